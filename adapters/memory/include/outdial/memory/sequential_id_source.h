// Ids that are known beforehand.
#ifndef OUTDIAL_MEMORY_SEQUENTIAL_ID_SOURCE_H_
#define OUTDIAL_MEMORY_SEQUENTIAL_ID_SOURCE_H_

#include <atomic>
#include <cstdint>

#include "outdial/entities/use_counted.h"
#include "outdial/entities/uuid.h"
#include "outdial/memory/call_hook.h"
#include "outdial/ports/id_source.h"

namespace outdial::memory {

// Counts: 00000000-0000-4000-8000-000000000001, …0002, and so on, all valid version 4 UUIDs, in
// ascending order. Sources with different prefixes never give out the same id. Thread-safe, does
// not block.
class SequentialIdSource final : public IdSource {
 public:
  // `prefix` becomes the first eight hexadecimal digits. `hook` may be null, else it must outlive
  // the source.
  explicit SequentialIdSource(std::uint32_t prefix = 0, CallHook* hook = nullptr)
      : prefix_(prefix), hook_(hook) {}

  Uuid NewUuid() override;

  // The id that is given out as the `number`th, counted from 1; at most 2^48 - 1.
  static Uuid Nth(std::uint64_t number, std::uint32_t prefix = 0);

 private:
  const std::uint32_t prefix_;
  const Use<CallHook> hook_;
  std::atomic<std::uint64_t> given_out_ = 0;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SEQUENTIAL_ID_SOURCE_H_
