// The end of a program that makes a mistake.
#ifndef OUTDIAL_TESTS_SUPPORT_DEATH_H_
#define OUTDIAL_TESTS_SUPPORT_DEATH_H_

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <functional>
#include <string>

#include "support/catch.h"

namespace outdial {

// Runs `mistake` in a process of its own and returns what that wrote before it was aborted; an
// empty text where it was not.
inline std::string DeathMessage(const std::function<void()>& mistake) {
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Catch2 must not report the signal as its own.
    std::signal(SIGABRT, SIG_DFL);
    dup2(pipe_ends[1], STDERR_FILENO);
    mistake();
    _exit(0);
  }
  close(pipe_ends[1]);
  std::string message;
  std::array<char, 512> buffer{};
  ssize_t size = 0;
  while ((size = read(pipe_ends[0], buffer.data(), buffer.size())) > 0) {
    message.append(buffer.data(), static_cast<std::size_t>(size));
  }
  close(pipe_ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? message : "";
}

}  // namespace outdial

#endif  // OUTDIAL_TESTS_SUPPORT_DEATH_H_
