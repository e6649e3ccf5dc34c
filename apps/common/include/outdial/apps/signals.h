// The signals that end a program, and those that do not.
#ifndef OUTDIAL_APPS_SIGNALS_H_
#define OUTDIAL_APPS_SIGNALS_H_

namespace outdial::apps {

// Keeps SIGTERM and SIGINT for WaitForStopSignal. To be called before the first thread is made:
// threads inherit it.
void BlockStopSignals();

// A write that nobody reads, or that a limit of the file's size forbids, fails; it does not end the
// process.
void IgnoreWriteSignals();

// Waits for a stop signal, also one that came earlier, and returns its number. From then
// on another one ends the process at once.
int WaitForStopSignal();

// Takes SIGTERM and SIGINT as long as it lives, for a program that does something else meanwhile:
// the first one is noted, another one ends the process at once. One at a time; not together with
// BlockStopSignals.
class StopSignalWatch {
 public:
  StopSignalWatch();
  ~StopSignalWatch();

  StopSignalWatch(const StopSignalWatch&) = delete;
  StopSignalWatch& operator=(const StopSignalWatch&) = delete;

  // A file descriptor that can be read from, for poll, once a signal has come.
  int descriptor() const { return descriptor_; }

  // Whether a signal has come.
  bool stopped() const { return signal() != 0; }

  // What a shell says of a process that the signal which has come has ended.
  int exit_code() const;

 private:
  static int signal();  // 0: none has come

  const int descriptor_;
};

}  // namespace outdial::apps

#endif  // OUTDIAL_APPS_SIGNALS_H_
