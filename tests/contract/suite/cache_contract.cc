// Cache.
#include <optional>
#include <string>

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
  static void Put(Cache& cache, const Entity& entity) { cache.Put(entity); }
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
  static void Put(Cache& cache, const Entity& entity) { cache.Put(entity); }
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
  static void Put(Cache& cache, const Entity& entity) { cache.Put(entity, nullptr); }
};

TEMPLATE_TEST_CASE("cache: has what was put, and nothing else", "[contract][cache]", Outdials,
                   Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  const auto entity = TestType::Version(1);
  CHECK_FALSE(TestType::Get(*cache, entity).has_value());
  TestType::Put(*cache, entity);
  CHECK(TestType::Get(*cache, entity) == entity);
  CHECK_FALSE(TestType::Get(*cache, TestType::Other()).has_value());
  TestType::Put(*cache, TestType::Other());
  CHECK(TestType::Get(*cache, entity) == entity);
}

TEMPLATE_TEST_CASE("cache: keeps the newest copy", "[contract][cache]", Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  TestType::Put(*cache, TestType::NeverChanged());
  CHECK(TestType::Get(*cache, TestType::NeverChanged()) == TestType::NeverChanged());
  for (const int version : {2, 1, 3, 1, 2}) TestType::Put(*cache, TestType::Version(version));
  CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
  TestType::Put(*cache, TestType::NeverChanged());
  CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
}

TEMPLATE_TEST_CASE("cache: returns no copy that a commit may have made old", "[contract][cache]",
                   Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  TestType::Put(*cache, TestType::Version(1));
  cache->Expect(TestType::Version(2));
  CHECK_FALSE(TestType::Get(*cache, TestType::Version(1)).has_value());
  // A reader that read the database before the commit puts what it read.
  TestType::Put(*cache, TestType::Version(1));
  CHECK_FALSE(TestType::Get(*cache, TestType::Version(1)).has_value());

  SECTION("until that change is put") {
    TestType::Put(*cache, TestType::Version(2));
    CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(2));
    TestType::Put(*cache, TestType::Version(1));
    CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(2));
  }
  SECTION("until a later change is put") {
    TestType::Put(*cache, TestType::Version(3));
    CHECK(TestType::Get(*cache, TestType::Version(1)) == TestType::Version(3));
  }
}

TEMPLATE_TEST_CASE("cache: does not go back to what is expected late", "[contract][cache]",
                   Outdials, Targets, Calls) {
  const EachImplementation<CacheImplementation> implementation(CacheImplementations());
  const auto cache = implementation->make();
  TestType::Put(*cache, TestType::Version(3));
  cache->Expect(TestType::Version(2));
  TestType::Put(*cache, TestType::Version(2));
  const auto copy = TestType::Get(*cache, TestType::Version(1));
  CHECK((!copy.has_value() || *copy == TestType::Version(3)));
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
  cache->Put(before, nullptr);
  cache->Expect(after);
  cache->Put(after, &before);
  CHECK(cache->GetOutdialTargetCall(after.id()) == after);
}

}  // namespace
}  // namespace outdial::contract
