#include "support/daemon_process.h"

#include <signal.h>

#include <sstream>
#include <stdexcept>

namespace outdial::test {
namespace {

constexpr std::string_view kStarted = "\"message\":\"started\"";

std::vector<std::string> Command(const std::string& program, const std::string& dsn,
                                 const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {program,       "--database_dsn",
                                      dsn,           "--http_listen_address",
                                      "127.0.0.1:0", "--prometheus_listen_address",
                                      "none"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::string FindLine(const std::string& text, std::string_view part) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != std::string::npos) return line;
  }
  return "";
}

}  // namespace

DaemonProcess::DaemonProcess(const std::string& program, const std::string& dsn,
                             const std::vector<std::string>& arguments,
                             const Process::Environment& environment)
    : DaemonProcess(Command(program, dsn, arguments), environment) {}

DaemonProcess::DaemonProcess(std::vector<std::string> command,
                             const Process::Environment& environment)
    : process_(std::move(command), environment) {
  // The line is there as a whole once its last field is.
  if (!process_.WaitForError("\"prometheus\":")) {
    throw std::runtime_error("the daemon does not start: " + process_.error_output());
  }
  start_line_ = FindLine(process_.error_output(), kStarted);
}

int DaemonProcess::PortOf(std::string_view key) const {
  const std::string address = StartField(key);
  const std::size_t colon = address.rfind(':');
  return colon == std::string::npos ? 0 : std::stoi(address.substr(colon + 1));
}

std::string DaemonProcess::StartField(std::string_view key) const {
  const std::string begin = "\"" + std::string(key) + "\":\"";
  const std::size_t position = start_line_.find(begin);
  if (position == std::string::npos) throw std::runtime_error("no " + std::string(key));
  const std::size_t value = position + begin.size();
  return start_line_.substr(value, start_line_.find('"', value) - value);
}

int DaemonProcess::Stop() {
  process_.Signal(SIGTERM);
  const std::optional<int> exit_code = process_.WaitForExit();
  if (!exit_code.has_value()) throw std::runtime_error("the daemon does not stop");
  return *exit_code;
}

}  // namespace outdial::test
