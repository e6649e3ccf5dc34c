// The signals that end the daemon, and those that do not.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_SIGNALS_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_SIGNALS_H_

namespace outdial::manager {

// Keeps SIGTERM and SIGINT for WaitForStopSignal. To be called before the first thread is made:
// threads inherit it.
void BlockStopSignals();

// A write that nobody reads, or that a limit of the file's size forbids, fails; it does not end the
// process.
void IgnoreWriteSignals();

// Waits for a stop signal, also one that came earlier, and returns its number. From then
// on another one ends the process at once.
int WaitForStopSignal();

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_SIGNALS_H_
