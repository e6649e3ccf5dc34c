#include "support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace outdial::test {
namespace {

bool IsInherited(std::string_view variable) {
  const std::string_view name = variable.substr(0, variable.find('='));
  return name == "PATH" || name == "HOME" || name == "TMPDIR" || name.starts_with("LD_") ||
         name.ends_with("SAN_OPTIONS") || name == "ASAN_SYMBOLIZER_PATH";
}

std::vector<std::string> MakeEnvironment(Process::Environment variables) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!IsInherited(*variable)) continue;
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> result;
  for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

struct Pipe {
  int read_end;
  int write_end;
};

Pipe MakePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return {ends[0], ends[1]};
}

}  // namespace

Process::Process(std::vector<std::string> command, const Environment& environment) {
  std::vector<std::string> variables = MakeEnvironment(environment);
  const std::vector<char*> arguments = Pointers(command);
  const std::vector<char*> variable_pointers = Pointers(variables);
  const Pipe output = MakePipe();
  const Pipe error = MakePipe();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) {
    // Only what is safe in a copy of a program with threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(output.write_end, STDOUT_FILENO);
    ::dup2(error.write_end, STDERR_FILENO);
    ::execve(arguments[0], arguments.data(), variable_pointers.data());
    ::_exit(127);
  }
  ::close(output.write_end);
  ::close(error.write_end);
  output_.descriptor = output.read_end;
  error_.descriptor = error.read_end;
  output_.reader = std::thread([this] { Read(output_); });
  error_.reader = std::thread([this] { Read(error_); });
}

Process::~Process() {
  if (!exit_code_.has_value()) {
    ::kill(pid_, SIGKILL);
    WaitForExit(std::chrono::hours(1));
  }
  for (Stream* stream : {&output_, &error_}) {
    stream->reader.join();
    ::close(stream->descriptor);
  }
}

void Process::Read(Stream& stream) {
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::read(stream.descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (count > 0) stream.text.append(buffer.data(), static_cast<std::size_t>(count));
    stream.ended = count <= 0;
    changed_.notify_all();
    if (stream.ended) return;
  }
}

void Process::Signal(int signal) const { ::kill(pid_, signal); }

std::optional<int> Process::WaitForExit(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (exit_code_.has_value()) return exit_code_;
  // Both streams end when the process does.
  if (!changed_.wait_for(lock, timeout, [this] { return output_.ended && error_.ended; })) {
    return std::nullopt;
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

bool Process::WaitForError(const std::string& text, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return error_.text.find(text) != std::string::npos; };
  changed_.wait_for(lock, timeout, [&] { return found() || error_.ended; });
  return found();
}

std::string Process::output() const {
  const std::lock_guard lock(mutex_);
  return output_.text;
}

std::string Process::error_output() const {
  const std::lock_guard lock(mutex_);
  return error_.text;
}

Finished RunToEnd(std::vector<std::string> command, const Process::Environment& environment) {
  Process process(std::move(command), environment);
  const std::optional<int> exit_code = process.WaitForExit();
  if (!exit_code.has_value()) throw std::runtime_error("the program does not end");
  return {*exit_code, process.output(), process.error_output()};
}

long ResidentKiB(pid_t process) {
  constexpr std::string_view kKey = "VmRSS:";
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kKey)) return std::stol(line.substr(kKey.size()));
  }
  throw std::runtime_error("no such process");
}

}  // namespace outdial::test
