#include "outdial/apps/signals.h"

#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigaction is not in <csignal>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace outdial::apps {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// What a shell says of a process that a signal ended.
int ExitCodeOf(int signal) { return 128 + signal; }

extern "C" void ExitAtOnce(int signal) { ::_exit(ExitCodeOf(signal)); }

// What the handler of a StopSignalWatch may touch.
std::atomic<int> watch_descriptor = -1;
std::atomic<int> noted_signal = 0;

extern "C" void NoteSignal(int signal) {
  const int error = errno;
  int none = 0;
  if (!noted_signal.compare_exchange_strong(none, signal)) ExitAtOnce(signal);
  constexpr std::uint64_t kOne = 1;
  [[maybe_unused]] const auto written = ::write(watch_descriptor, &kOne, sizeof kOne);
  errno = error;
}

void HandleStopSignals(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void IgnoreWriteSignals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

int WaitForStopSignal() {
  const sigset_t signals = StopSignals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  HandleStopSignals(ExitAtOnce);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return signal;
}

StopSignalWatch::StopSignalWatch() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category());
  noted_signal = 0;
  watch_descriptor = descriptor_;
  HandleStopSignals(NoteSignal);
}

StopSignalWatch::~StopSignalWatch() {
  HandleStopSignals(SIG_DFL);
  ::close(descriptor_);
}

int StopSignalWatch::signal() { return noted_signal; }

int StopSignalWatch::exit_code() const { return ExitCodeOf(signal()); }

}  // namespace outdial::apps
