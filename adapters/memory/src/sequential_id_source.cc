#include "outdial/memory/sequential_id_source.h"

#include <cstddef>
#include <cstdint>

#include "hooked.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/uuid.h"

namespace outdial::memory {
namespace {

// Writes the `count` lowest bytes of `number`, the highest first, so that they end before `end`.
void WriteBigEndian(Uuid::Bytes& bytes, std::size_t end, std::size_t count, std::uint64_t number) {
  for (std::size_t i = 1; i <= count; ++i, number >>= 8) {
    bytes[end - i] = static_cast<std::uint8_t>(number & 0xff);
  }
}

}  // namespace

Uuid SequentialIdSource::NewUuid() {
  TellHook(hook_.get(), Call::kIdsNewUuid);
  return Nth(given_out_.fetch_add(1, std::memory_order_relaxed) + 1, prefix_);
}

Uuid SequentialIdSource::Nth(std::uint64_t number, std::uint32_t prefix) {
  if (number >> 48 != 0) StopAtMisuse("SequentialIdSource::Nth is asked for more than 2^48 - 1");
  Uuid::Bytes bytes{};
  WriteBigEndian(bytes, 4, 4, prefix);
  WriteBigEndian(bytes, bytes.size(), 6, number);
  return Uuid::Version4(bytes);
}

}  // namespace outdial::memory
