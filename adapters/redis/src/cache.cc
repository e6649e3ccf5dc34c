#include "outdial/redis/cache.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "link.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/timestamp.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"

namespace outdial::redis {
namespace {

constexpr char kOutdial[] = "outdial:";
constexpr char kTarget[] = "outdialtarget:";
constexpr char kCall[] = "outdialtargetcall:";
constexpr char kCallByActiveflow[] = "outdialtargetcall_activeflowid:";
constexpr char kCallByReference[] = "outdialtargetcall_referenceid:";

template <typename IdType>
std::string Key(const char* prefix, IdType id) {
  return absl::StrCat(prefix, id.ToString());
}

std::string KeyOf(const Outdial& outdial) { return Key(kOutdial, outdial.id()); }
std::string KeyOf(const OutdialTarget& target) { return Key(kTarget, target.id()); }
std::string KeyOf(const OutdialTargetCall& call) { return Key(kCall, call.id()); }

void AddReferences(const OutdialTargetCall& call, std::vector<std::string>& keys) {
  const OutdialTargetCall::Fields& fields = call.fields();
  if (!fields.activeflow_id.is_nil()) keys.push_back(Key(kCallByActiveflow, fields.activeflow_id));
  if (!fields.reference_id.is_nil()) keys.push_back(Key(kCallByReference, fields.reference_id));
}

template <typename Entity>
StoredCopy WithoutText(const Entity& entity) {
  return {.key = KeyOf(entity), .version = FormatTimestamp(entity.version())};
}

template <typename Entity>
StoredCopy WithText(const Entity& entity) {
  StoredCopy copy = WithoutText(entity);
  copy.text = wire::DumpJson(wire::ToJson(entity));
  return copy;
}

std::vector<StoredCopy> WithoutText(const CacheCopies& copies) {
  std::vector<StoredCopy> stored;
  stored.reserve(copies.outdials.size() + copies.targets.size() + copies.calls.size());
  for (const Outdial& outdial : copies.outdials) stored.push_back(WithoutText(outdial));
  for (const OutdialTarget& target : copies.targets) stored.push_back(WithoutText(target));
  for (const OutdialTargetCall& call : copies.calls) stored.push_back(WithoutText(call));
  return stored;
}

std::vector<StoredCopy> WithText(const CacheCopies& copies) {
  std::vector<StoredCopy> stored;
  stored.reserve(copies.outdials.size() + copies.targets.size() + copies.calls.size());
  for (const Outdial& outdial : copies.outdials) stored.push_back(WithText(outdial));
  for (const OutdialTarget& target : copies.targets) stored.push_back(WithText(target));
  for (const OutdialTargetCall& call : copies.calls) {
    stored.push_back(WithText(call));
    AddReferences(call, stored.back().references);
  }
  return stored;
}

struct Counts {
  std::atomic<std::uint64_t> hits = 0;
  std::atomic<std::uint64_t> misses = 0;

  Stats::Reads reads() const { return {hits, misses}; }
};

template <typename Entity, typename IdType>
std::optional<Entity> Get(Link& link, Counts& counts, const char* prefix, IdType id,
                          absl::StatusOr<Entity> (*read)(const wire::Json&)) {
  if (const std::optional<std::string> text = link.Get(Key(prefix, id)); text.has_value()) {
    if (const auto json = wire::ParseJson(*text); json.ok()) {
      absl::StatusOr<Entity> entity = read(*json);
      // Rubbish can look like an entity of which nothing is set.
      if (entity.ok() && entity->id() == id) {
        ++counts.hits;
        return *std::move(entity);
      }
    }
  }
  ++counts.misses;
  return std::nullopt;
}

// Before the link's thread begins.
const Settings& Checked(const Settings& settings) {
  if (settings.database < 0) StopAtMisuse("redis::Settings::database is below 0");
  CheckCountSetting("redis::Settings::connections", settings.connections);
  CheckTimeoutSetting("redis::Settings::timeout", settings.timeout);
  CheckTimeoutSetting("redis::Settings::max_backoff", settings.max_backoff);
  if (settings.long_outage != absl::InfiniteDuration()) {
    CheckTimeoutSetting("redis::Settings::long_outage", settings.long_outage);
  }
  return settings;
}

}  // namespace

struct Cache::State {
  explicit State(const Settings& settings) : link(Checked(settings)) {}

  Counts outdials;
  Counts targets;
  Counts calls;
  Link link;
};

Cache::Cache(const Settings& settings) : state_(std::make_unique<State>(settings)) {}

Cache::~Cache() = default;

std::optional<Outdial> Cache::GetOutdial(OutdialId id) {
  return Get(state_->link, state_->outdials, kOutdial, id, &wire::OutdialFromJson);
}

std::optional<OutdialTarget> Cache::GetOutdialTarget(OutdialTargetId id) {
  return Get(state_->link, state_->targets, kTarget, id, &wire::OutdialTargetFromJson);
}

std::optional<OutdialTargetCall> Cache::GetOutdialTargetCall(OutdialTargetCallId id) {
  return Get(state_->link, state_->calls, kCall, id, &wire::OutdialTargetCallFromJson);
}

CacheTicket Cache::Ticket() { return {state_->link.era()}; }

void Cache::Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) {
  const std::vector<StoredCopy> copies = WithoutText(next);
  std::vector<std::string> references;
  for (const OutdialTargetCall& call : next.calls) AddReferences(call, references);
  for (const OutdialTargetCall& call : replaced) AddReferences(call, references);
  if (!copies.empty()) state_->link.Expect(copies, references);
}

void Cache::Withdraw(const CacheCopies& next) {
  const std::vector<StoredCopy> copies = WithoutText(next);
  if (!copies.empty()) state_->link.Withdraw(copies);
}

void Cache::Put(const CacheCopies& committed, CacheTicket ticket) {
  const std::vector<StoredCopy> copies = WithText(committed);
  if (!copies.empty()) state_->link.Put(copies, ticket.value);
}

void Cache::Fill(const CacheCopies& read, CacheTicket ticket) {
  const std::vector<StoredCopy> copies = WithText(read);
  if (!copies.empty()) state_->link.Fill(copies, ticket.value);
}

bool Cache::WaitUntilOnline(absl::Duration timeout) const {
  return state_->link.WaitUntilOnline(std::min(timeout, kMaxTimeoutSetting));
}

bool Cache::WaitUntilMadeUp(absl::Duration timeout) const {
  return state_->link.WaitUntilMadeUp(std::min(timeout, kMaxTimeoutSetting));
}

Stats Cache::stats() const {
  Stats stats = state_->link.stats();
  stats.outdials = state_->outdials.reads();
  stats.targets = state_->targets.reads();
  stats.calls = state_->calls.reads();
  return stats;
}

}  // namespace outdial::redis
