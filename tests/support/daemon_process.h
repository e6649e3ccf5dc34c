// The real daemon, started by a test.
#ifndef OUTDIAL_TESTS_SUPPORT_DAEMON_PROCESS_H_
#define OUTDIAL_TESTS_SUPPORT_DAEMON_PROCESS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/process.h"

namespace outdial::test {

// outdial-manager on a free port of 127.0.0.1. It has started when the constructor returns, which
// throws std::runtime_error where it does not. See Process for whose thread may start it.
class DaemonProcess {
 public:
  // `program` is the path of outdial-manager, `dsn` its --database_dsn. `arguments` come after
  // those that tests share: no listener for metrics alone.
  DaemonProcess(const std::string& program, const std::string& dsn,
                const std::vector<std::string>& arguments = {},
                const Process::Environment& environment = {});

  // As it is: `command` is its path and all of its arguments.
  explicit DaemonProcess(std::vector<std::string> command,
                         const Process::Environment& environment = {});

  Process& process() { return process_; }

  // The port of the HTTP transport, and of the listener for metrics; 0 where there is none.
  int port() const { return PortOf("http"); }
  int metrics_port() const { return PortOf("prometheus"); }

  // The value of `key` in the log line that says that it has started.
  std::string StartField(std::string_view key) const;

  // Stops it as a service manager does; the exit code.
  int Stop();

 private:
  int PortOf(std::string_view key) const;

  Process process_;
  std::string start_line_;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_DAEMON_PROCESS_H_
