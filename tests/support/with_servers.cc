// Runs a command beside MariaDB, Redis and RabbitMQ, which it starts before and ends after.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "support/servers.h"

namespace outdial::test {
namespace {

pid_t command = -1;

extern "C" void PassOn(int signal) {
  if (command > 0) ::kill(command, signal);
}

void SetVariable(const char* name, int port) {
  ::setenv(name, std::to_string(port).c_str(), /*overwrite=*/1);
}

// The exit code, or 128 and the number of the signal that ended it.
int Run(char** arguments) {
  // The servers end in order also where this program is told to end.
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    action.sa_handler = PassOn;
    sigaction(signal, &action, nullptr);
  }
  command = ::fork();
  if (command == 0) {
    ::execvp(arguments[0], arguments);
    std::cerr << "cannot run " << arguments[0] << '\n';
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(command, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int RunWithServers(char** arguments) {
  MariadbServer mariadb;
  RedisServer redis;
  RabbitmqServer rabbitmq;
  mariadb.Start();
  redis.Start();
  rabbitmq.Start();
  SetVariable(kMariadbPortVariable, mariadb.port());
  SetVariable(kRedisPortVariable, redis.port());
  SetVariable(kRabbitmqPortVariable, rabbitmq.port());
  SetVariable(kRabbitmqManagementPortVariable, rabbitmq.management_port());
  return Run(arguments);
}

}  // namespace
}  // namespace outdial::test

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: with_servers COMMAND [ARGUMENT...]\n";
    return 2;
  }
  try {
    return outdial::test::RunWithServers(argv + 1);
  } catch (const std::exception& error) {
    std::cerr << "with_servers: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
