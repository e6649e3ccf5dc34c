// Cache.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/suite/each_implementation.h"
#include "contract/suite/port_implementations.h"
#include "contract/suite/values.h"
#include "outdial/ports/cache.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

// What the test cases need to know of each kind of entity.
struct Outdials {
  using Entity = Outdial;
  static Entity Version(int version) {
    Outdial::Fields fields = OutdialFields(1);
    fields.tm_create = At(0);
    fields.tm_update = At(version);
    fields.name = NameOf("\U0001F4DE version " + std::to_string(version));
    return Outdial(fields);
  }
  static Entity NeverChanged() {
    Outdial::Fields fields = OutdialFields(1);
    fields.tm_create = At(0);
    fields.tm_update = std::nullopt;
    return Outdial(fields);
  }
  static Entity Other() { return Outdial(OutdialFields(2)); }
  static std::optional<Entity> Get(Cache& cache, const Entity& entity) {
    return cache.GetOutdial(entity.id());
  }
  static CacheCopies Copies(const Entity& entity) { return {.outdials = {&entity, 1}}; }
};

struct Targets {
  using Entity = OutdialTarget;
  static Entity Version(int version) {
    OutdialTarget::Fields fields = TargetFields(1, IdOf<OutdialId>(1));
    fields.tm_create = At(0);
    fields.tm_update = At(version);
    fields.slots[4] = {Tel("+4"), version};
    fields.data = TextOf("{\"version\": \"\\u00e9\"}");
    return OutdialTarget(fields);
  }
  static Entity NeverChanged() {
    OutdialTarget::Fields fields = TargetFields(1, IdOf<OutdialId>(1));
    fields.tm_create = At(0);
    fields.tm_update = std::nullopt;
    return OutdialTarget(fields);
  }
  static Entity Other() { return OutdialTarget(TargetFields(2, IdOf<OutdialId>(1))); }
  static std::optional<Entity> Get(Cache& cache, const Entity& entity) {
    return cache.GetOutdialTarget(entity.id());
  }
  static CacheCopies Copies(const Entity& entity) { return {.targets = {&entity, 1}}; }
};

struct Calls {
  using Entity = OutdialTargetCall;
  static Entity Version(int version) {
    OutdialTargetCall::Fields fields = CallFields(1, IdOf<OutdialTargetId>(1));
    fields.tm_create = At(0);
    fields.tm_update = At(version);
    fields.try_count = version;
    return OutdialTargetCall(fields);
  }
  static Entity NeverChanged() {
    OutdialTargetCall::Fields fields = CallFields(1, IdOf<OutdialTargetId>(1));
    fields.tm_create = At(0);
    fields.tm_update = std::nullopt;
    return OutdialTargetCall(fields);
  }
  static Entity Other() { return OutdialTargetCall(CallFields(2, IdOf<OutdialTargetId>(1))); }
  static std::optional<Entity> Get(Cache& cache, const Entity& entity) {
    return cache.GetOutdialTargetCall(entity.id());
  }
  static CacheCopies Copies(const Entity& entity) { return {.calls = {&entity, 1}}; }
};

template <typename Kind>
void Put(Cache& cache, const typename Kind::Entity& entity) {
  cache.Put(Kind::Copies(entity), cache.Ticket());
}

template <typename Kind>
void Expect(Cache& cache, const typename Kind::Entity& entity) {
  cache.Expect(Kind::Copies(entity), {});
}

TEMPLATE_TEST_CASE("cache: has what was put, and nothing else", "[contract][cache]", Outdials,
                   Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  const auto entity = TestType::Version(1);
  CHECK_FALSE(TestType::Get(*cache, entity).has_value());
  Put<TestType>(*cache, entity);
  CHECK(TestType::Get(*cache, entity) == entity);
  CHECK_FALSE(TestType::Get(*cache, TestType::Other()).has_value());
  Put<TestType>(*cache, TestType::Other());
  CHECK(TestType::Get(*cache, entity) == entity);
}

TEST_CASE("cache: a copy of a target has no lease", "[contract][cache]") {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  OutdialTarget::Fields fields = Targets::Version(1).fields();
  fields.status = TargetStatus::kProgressing;
  fields.lease_until = At(30);
  const OutdialTarget target(fields);
  fields.lease_until = std::nullopt;
  Put<Targets>(*cache, target);
  CHECK(Targets::Get(*cache, target) == OutdialTarget(fields));
}

TEMPLATE_TEST_CASE("cache: keeps the newest copy", "[contract][cache]", Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  Put<TestType>(*cache, TestType::NeverChanged());
  CHECK(TestType::Get(*cache, TestType::NeverChanged()) == TestType::NeverChanged());
  for (const int version : {2, 1, 3, 1, 2}) Put<TestType>(*cache, TestType::Version(version));
  CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
  Put<TestType>(*cache, TestType::NeverChanged());
  CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
}

TEMPLATE_TEST_CASE("cache: returns no copy that a commit may have made old", "[contract][cache]",
                   Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  Put<TestType>(*cache, TestType::Version(1));
  Expect<TestType>(*cache, TestType::Version(2));
  CHECK_FALSE(TestType::Get(*cache, TestType::Version(1)).has_value());
  // A reader that read the database before the commit fills in what it read.
  cache->Fill(TestType::Copies(TestType::Version(1)), cache->Ticket());
  CHECK_FALSE(TestType::Get(*cache, TestType::Version(1)).has_value());

  SECTION("until that change is put") {
    Put<TestType>(*cache, TestType::Version(2));
    CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(2));
    Put<TestType>(*cache, TestType::Version(1));
    CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(2));
  }
  SECTION("until a later change is put") {
    Put<TestType>(*cache, TestType::Version(3));
    CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
  }
}

TEMPLATE_TEST_CASE("cache: what is withdrawn holds up nothing that comes later",
                   "[contract][cache]", Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  Put<TestType>(*cache, TestType::Version(1));
  Expect<TestType>(*cache, TestType::Version(2));
  cache->Withdraw(TestType::Copies(TestType::Version(2)));
  const auto copy = TestType::Get(*cache, TestType::Version(1));
  CHECK((!copy.has_value() || *copy == TestType::Version(1)));
  Expect<TestType>(*cache, TestType::Version(3));
  Put<TestType>(*cache, TestType::Version(3));
  CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
  // Nor what is there already.
  cache->Withdraw(TestType::Copies(TestType::Version(2)));
  cache->Withdraw(TestType::Copies(TestType::Version(4)));
  CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
}

TEMPLATE_TEST_CASE("cache: does not go back to what is expected late", "[contract][cache]",
                   Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  Put<TestType>(*cache, TestType::Version(3));
  Expect<TestType>(*cache, TestType::Version(2));
  Put<TestType>(*cache, TestType::Version(2));
  const auto copy = TestType::Get(*cache, TestType::Version(1));
  CHECK((!copy.has_value() || *copy == TestType::Version(3)));
}

TEMPLATE_TEST_CASE("cache: what is filled in gives way like what is put", "[contract][cache]",
                   Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  const auto fill = [&](int version) {
    cache->Fill(TestType::Copies(TestType::Version(version)), cache->Ticket());
    return TestType::Get(*cache, TestType::Version(version));
  };
  CHECK(fill(2) == TestType::Version(2));
  CHECK(fill(1) == TestType::Version(2));
  CHECK(fill(3) == TestType::Version(3));
}

TEST_CASE("cache: a change of many entities is one call", "[contract][cache]") {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  constexpr std::uint64_t kCount = 120;
  std::vector<Outdial> outdials;
  std::vector<OutdialTarget> targets;
  std::vector<OutdialTargetCall> calls;
  for (std::uint64_t i = 1; i <= kCount; ++i) {
    outdials.emplace_back(OutdialFields(i));
    targets.emplace_back(TargetFields(i, IdOf<OutdialId>(i)));
    calls.emplace_back(CallFields(i, IdOf<OutdialTargetId>(i)));
  }
  const CacheCopies all = {.outdials = outdials, .targets = targets, .calls = calls};
  const auto found = [&] {
    std::size_t count = 0;
    for (const auto& outdial : outdials) count += cache->GetOutdial(outdial.id()) == outdial;
    for (const auto& target : targets) count += cache->GetOutdialTarget(target.id()) == target;
    for (const auto& call : calls) count += cache->GetOutdialTargetCall(call.id()) == call;
    return count;
  };
  cache->Put(all, cache->Ticket());
  CHECK(found() == 3 * kCount);
  for (auto& target : targets) {
    OutdialTarget::Fields fields = target.fields();
    fields.tm_update = target.version() + absl::Seconds(1);
    target = OutdialTarget(fields);
  }
  cache->Expect(all, calls);
  CHECK(found() <= 2 * kCount);
  for (const auto& target : targets) CHECK_FALSE(cache->GetOutdialTarget(target.id()).has_value());
  cache->Put(all, cache->Ticket());
  CHECK(found() == 3 * kCount);
}

TEST_CASE("cache: a call that changed is found by its id", "[contract][cache]") {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  const OutdialTargetCall before = Calls::Version(1);
  OutdialTargetCall::Fields fields = before.fields();
  fields.activeflow_id = IdOf<ActiveflowId>(99);
  fields.reference_id = ReferenceId();
  fields.tm_update = At(2);
  const OutdialTargetCall after(fields);
  Put<Calls>(*cache, before);
  cache->Expect(Calls::Copies(after), {&before, 1});
  CHECK_FALSE(cache->GetOutdialTargetCall(after.id()).has_value());
  Put<Calls>(*cache, after);
  CHECK(cache->GetOutdialTargetCall(after.id()) == after);
}

}  // namespace
}  // namespace outdial::contract
