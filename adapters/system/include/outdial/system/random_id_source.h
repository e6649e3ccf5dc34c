// Ids from real chance.
#ifndef OUTDIAL_SYSTEM_RANDOM_ID_SOURCE_H_
#define OUTDIAL_SYSTEM_RANDOM_ID_SOURCE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <tuple>

#include "outdial/entities/uuid.h"
#include "outdial/ports/id_source.h"

namespace outdial::system {

// Gives out version 4 UUIDs made of bytes from the operating system's random source, which it asks
// once for several ids. Thread-safe; blocks only where a system that has just booted has not
// gathered enough randomness yet. A system without a working random source ends the process.
//
// After fork() only one of the two processes may go on using an object made before it: each has a
// copy of the bytes that are left.
class RandomIdSource final : public IdSource {
 public:
  Uuid NewUuid() override;

 private:
  static constexpr std::size_t kBufferedIds = 16;
  // Not more than getentropy() gives at a time.
  using Buffer = std::array<std::uint8_t, kBufferedIds * std::tuple_size_v<Uuid::Bytes>>;

  std::mutex mutex_;  // guards what follows
  Buffer buffer_{};
  std::size_t ids_left_ = 0;
};

}  // namespace outdial::system

#endif  // OUTDIAL_SYSTEM_RANDOM_ID_SOURCE_H_
