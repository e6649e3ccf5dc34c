#include "outdial/system/random_id_source.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "outdial/entities/uuid.h"

namespace outdial::system {

Uuid RandomIdSource::NewUuid() {
  Uuid::Bytes bytes;
  {
    const std::lock_guard lock(mutex_);
    if (ids_left_ == 0) {
      if (getentropy(buffer_.data(), buffer_.size()) != 0) {
        // Going on would mean ids that others can guess, or that are given out twice.
        std::perror("outdial: the operating system's random source failed");
        std::abort();
      }
      ids_left_ = kBufferedIds;
    }
    --ids_left_;
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(ids_left_ * bytes.size()),
                bytes.size(), bytes.begin());
  }
  return Uuid::Version4(bytes);
}

}  // namespace outdial::system
