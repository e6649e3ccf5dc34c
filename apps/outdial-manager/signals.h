// The signals that end the daemon.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_SIGNALS_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_SIGNALS_H_

namespace outdial::manager {

// Keeps SIGTERM and SIGINT for WaitForStopSignal. To be called before the first thread is made:
// threads inherit it.
void BlockStopSignals();

// Waits for one of them, also one that came earlier, and returns its number. From then on another
// one ends the process at once.
int WaitForStopSignal();

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_SIGNALS_H_
