// Programs that a test starts.
#ifndef OUTDIAL_TESTS_SUPPORT_PROCESS_H_
#define OUTDIAL_TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace outdial::test {

// Longer than anything takes, on a busy machine and under sanitizers: reaching it is a failure.
inline constexpr std::chrono::seconds kPatience{60};

// A running program and what it writes. The program must not outlive the thread that started it: it
// is killed with it. Thread-safe.
class Process {
 public:
  using Environment = std::map<std::string, std::string>;

  // `command` is a path and arguments. Of this program's environment it gets what finds libraries
  // and sets sanitizers up, and nothing else; `environment` comes on top.
  explicit Process(std::vector<std::string> command, const Environment& environment = {});

  // Kills it where it still runs.
  ~Process();

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;

  // The exit code, or 128 and the number of the signal that ended it. nullopt where it still runs
  // after `timeout`.
  std::optional<int> WaitForExit(std::chrono::milliseconds timeout = kPatience);

  // Waits until it has written `text` to standard error. False where it ends without, or at the
  // deadline.
  bool WaitForError(const std::string& text, std::chrono::milliseconds timeout = kPatience);

  // What it has written so far.
  std::string output() const;
  std::string error_output() const;

 private:
  struct Stream {
    int descriptor = -1;
    std::string text;
    bool ended = false;
    std::thread reader;
  };

  void Read(Stream& stream);

  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Stream output_;
  Stream error_;
};

// Starts a program and waits for its end.
struct Finished {
  int exit_code;
  std::string output;
  std::string error_output;
};
Finished RunToEnd(std::vector<std::string> command, const Process::Environment& environment = {});

// How much of a process is in memory. Throws std::runtime_error where there is no such process.
long ResidentKiB(pid_t process);

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_PROCESS_H_
