// IdSource.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "contract/suite/each_implementation.h"
#include "contract/suite/parallel.h"
#include "contract/suite/port_implementations.h"
#include "contract/suite/values.h"
#include "outdial/entities/uuid.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

TEST_CASE("id source: gives out version 4 UUIDs, each once", "[contract][ids]") {
  const EachImplementation<IdSourceImplementation> implementation(IdSourceImplementations());
  const auto ids = implementation->make();
  std::set<Uuid> given_out;
  for (int i = 0; i < 10'000; ++i) {
    const Uuid id = ids->NewUuid();
    const Uuid::Bytes& bytes = id.bytes();
    if (bytes[6] >> 4 != 4 || bytes[8] >> 6 != 2) FAIL("not version 4: " << id);
    if (!given_out.insert(id).second) FAIL("given out twice: " << id);
  }
}

TEST_CASE("id source: serves many threads", "[contract][ids][concurrency]") {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kIds = 5'000;
  const EachImplementation<IdSourceImplementation> implementation(IdSourceImplementations());
  const auto ids = implementation->make();
  std::vector<std::vector<Uuid>> given_out(kThreads);
  RunInParallel(kThreads, [&](int thread) {
    for (std::size_t i = 0; i < kIds; ++i) {
      given_out[static_cast<std::size_t>(thread)].push_back(ids->NewUuid());
    }
  });
  std::set<Uuid> all;
  for (const auto& mine : given_out) all.insert(mine.begin(), mine.end());
  CHECK(all.size() == kThreads * kIds);
}

}  // namespace
}  // namespace outdial::contract
