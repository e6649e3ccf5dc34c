#include "interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace outdial::rabbitmq {

Interrupt::Interrupt() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category());
}

Interrupt::~Interrupt() { ::close(descriptor_); }

void Interrupt::Set() {
  is_set_ = true;
  ::eventfd_write(descriptor_, 1);
}

bool Interrupt::WaitFor(absl::Duration duration) const {
  pollfd entry{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, ToPollTimeout(duration)) > 0;
}

int ToPollTimeout(absl::Duration duration) {
  const std::int64_t milliseconds =
      absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1)));
  return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 60'000));
}

}  // namespace outdial::rabbitmq
