#include "ledger.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace outdial::test {
namespace {

// An id as the wire writes it.
std::string IdOf(const std::string& column) {
  return "lower(insert(insert(insert(insert(hex(" + column +
         "), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))";
}

// A time as the wire writes it; empty where it is not set.
std::string TimeOf(const std::string& column) {
  return "coalesce(date_format(" + column + ", '%Y-%m-%dT%H:%i:%s.%fZ'), '')";
}

std::string VersionOf(const nlohmann::json& entity) {
  const nlohmann::json& time = entity.at("tm_update");
  return time.is_null() ? "" : time.get<std::string>();
}

std::size_t HashOf(const nlohmann::json& entity) { return std::hash<std::string>{}(entity.dump()); }

}  // namespace

void Ledger::AddList(const std::string& id) {
  const std::lock_guard lock(mutex_);
  lists_.insert(id);
}

void Ledger::AskedFor(const std::string& name) {
  const std::lock_guard lock(mutex_);
  names_[name];
}

void Ledger::Created(const Json& target) {
  const std::lock_guard lock(mutex_);
  names_[target.at("name")] = target.at("id");
  targets_.push_back(target.at("id"));
}

std::string Ledger::LastTarget(std::size_t number) const {
  const std::lock_guard lock(mutex_);
  return number < targets_.size() ? targets_[targets_.size() - 1 - number] : "";
}

void Ledger::Told(const Json& entity, Time asked, bool changed) {
  const std::string id = entity.at("id");
  const std::string version = VersionOf(entity);
  const std::lock_guard lock(mutex_);
  const std::size_t hash = HashOf(entity);
  if (told_[id].emplace(version, hash).first->second != hash) {
    differences_.push_back(id + " was told in two ways that are one version");
  }
  Acknowledged& newest = newest_[id];
  if (newest.time < asked && version < newest.version && !old_answers_allowed_) {
    differences_.push_back(id + " was told as of " + version + " after " + newest.version);
  }
  if (changed && newest.version <= version) newest = {version, std::chrono::steady_clock::now()};
}

void Ledger::AllowOldAnswers() {
  const std::lock_guard lock(mutex_);
  old_answers_allowed_ = true;
}

void Ledger::Deleting(const std::string& target) {
  const std::lock_guard lock(mutex_);
  deleting_.insert(target);
}

bool Ledger::IsDeleting(const std::string& target) const {
  const std::lock_guard lock(mutex_);
  return deleting_.count(target) > 0;
}

void Ledger::AddWin(Win win) {
  const std::lock_guard lock(mutex_);
  wins_.push_back(std::move(win));
}

void Ledger::MayHaveWon(const std::string& target) {
  const std::lock_guard lock(mutex_);
  ++may_have_won_[target];
}

void Ledger::MayHaveClaimed(const std::string& list, int limit) {
  const std::lock_guard lock(mutex_);
  may_have_claimed_[list] += limit;
}

void Ledger::Add(std::vector<Heard>& heard, const Json& event, Differences& differences) {
  const Json& entity = event.at("data");
  Heard next{.version = VersionOf(entity),
             .type = event.at("type"),
             .hash = HashOf(entity),
             .status = entity.value("status", ""),
             .try_count = entity.value("try_count_0", 0),
             .deleted = !entity.at("tm_delete").is_null()};
  const auto same = std::find_if(heard.begin(), heard.end(),
                                 [&](const Heard& other) { return other.version == next.version; });
  if (same == heard.end()) {
    heard.push_back(std::move(next));
  } else if (same->hash != next.hash || same->type != next.type) {
    differences.push_back(entity.at("id").get<std::string>() + " has two events in one version");
  }
}

void Ledger::Hear(const Json& event) {
  const std::lock_guard lock(mutex_);
  ++events_;
  Add(heard_[event.at("data").at("id")], event, differences_);
}

void Ledger::HearWebhook(const Json& request) {
  const Json& event = request.at("data").at("data");
  const std::lock_guard lock(mutex_);
  ++webhooks_;
  Add(webhooks_heard_[event.at("data").at("id")], event, differences_);
}

bool Ledger::HasHeardOf(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return heard_.count(id) > 0;
}

int Ledger::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

int Ledger::distinct_events() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& entry : heard_) count += entry.second.size();
  return static_cast<int>(count);
}

int Ledger::webhooks() const {
  const std::lock_guard lock(mutex_);
  return webhooks_;
}

std::vector<Win> Ledger::wins() const {
  const std::lock_guard lock(mutex_);
  return wins_;
}

std::vector<std::string> Ledger::targets() const {
  const std::lock_guard lock(mutex_);
  return targets_;
}

bool Ledger::HasHeardAll(TestDatabase& database) const {
  for (const std::string table : {"outdial_outdials", "outdial_outdialtargets"}) {
    for (const auto& row :
         database.Query("select " + IdOf("id") + ", " + TimeOf("tm_update") + " from " + table)) {
      const std::lock_guard lock(mutex_);
      const auto found = heard_.find(*row[0]);
      // Events come in order: the last of each is the last to come.
      if (found == heard_.end() || found->second.back().version < *row[1]) return false;
    }
  }
  return true;
}

std::vector<std::string> Ledger::Compare(TestDatabase& database) const {
  const std::lock_guard lock(mutex_);
  Differences differences = differences_;
  CompareTargets(database, differences);
  CompareCalls(database, differences);
  CompareLists(database, differences);
  CompareAnswers(differences);
  CompareWins(differences);
  return differences;
}

void Ledger::CompareTargets(TestDatabase& database, Differences& differences) const {
  // One change leads from each event to the next, so none is missing and none is too many.
  const auto follows = [](const Heard& before, const Heard& after) {
    const bool tried = after.try_count == before.try_count + 1;
    if (!tried && after.try_count != before.try_count) return false;
    if (after.type == "outdialtarget_deleted") return !before.deleted && after.deleted && !tried;
    if (after.type != "outdialtarget_updated" || after.deleted != before.deleted) return false;
    if (after.status == "progressing") return tried && before.status == "idle" && !after.deleted;
    // Whoever held it when it was deleted reports on it all the same.
    return !tried && (before.status == "progressing" || before.deleted);
  };
  std::map<std::string, std::string> rest = names_;
  for (const auto& row : database.Query("select " + IdOf("id") +
                                        ", name, status, try_count_0,"
                                        " tm_delete is not null, " +
                                        TimeOf("tm_update") + " from outdial_outdialtargets")) {
    const std::string& id = *row[0];
    const std::string& name = *row[1];
    const auto known = rest.find(name);
    if (known == rest.end()) {
      differences.push_back(name + " was created more than once, or asked for by nobody");
      continue;
    }
    if (!known->second.empty() && known->second != id) differences.push_back(name + " changed id");
    rest.erase(known);
    const bool deleted = *row[4] == "1";
    if (deleted && deleting_.count(id) == 0) differences.push_back(name + " was deleted by nobody");
    if (!deleted && *row[2] != "done") differences.push_back(name + " is forgotten: " + *row[2]);

    const auto found = heard_.find(id);
    if (found == heard_.end()) {
      differences.push_back(name + " has no events");
      continue;
    }
    const std::vector<Heard>& events = found->second;
    if (events.front().type != "outdialtarget_created" || events.front().try_count != 0) {
      differences.push_back(name + " has no event of its creation");
    }
    for (std::size_t i = 1; i < events.size(); ++i) {
      if (events[i].version <= events[i - 1].version || !follows(events[i - 1], events[i])) {
        differences.push_back(name + " has events out of order, missing or too many, at " +
                              events[i].version);
      }
    }
    const Heard& last = events.back();
    if (last.version != *row[5] || last.status != *row[2] || last.try_count != std::stoi(*row[3]) ||
        last.deleted != deleted) {
      differences.push_back(name + " is not what its last event says");
    }
  }
  for (const auto& [name, id] : rest) {
    if (!id.empty()) differences.push_back(name + " is lost");
  }
}

void Ledger::CompareCalls(TestDatabase& database, Differences& differences) const {
  std::map<std::string, const Win*> wins;  // by call
  for (const Win& win : wins_) {
    if (!wins.emplace(win.call, &win).second) differences.push_back(win.call + " was won twice");
  }
  std::map<std::string, int> nobodys;  // wins that nobody was told of, by target
  std::map<std::string, std::string> list_of;
  std::map<std::string, int> tries;
  std::map<std::string, int> calls;
  for (const auto& row :
       database.Query("select " + IdOf("t.id") + ", " + IdOf("t.outdial_id") + ", t.try_count_0, " +
                      IdOf("c.id") + ", c.try_count, c.status, " + IdOf("c.activeflow_id") +
                      " from outdial_outdialtargets t left join outdial_outdialtargetcalls c on"
                      " c.outdial_target_id = t.id order by t.id, c.try_count")) {
    const std::string& target = *row[0];
    list_of[target] = *row[1];
    tries[target] = std::stoi(*row[2]);
    if (!row[3].has_value()) continue;
    const std::string& call = *row[3];
    const int try_count = std::stoi(*row[4]);
    if (try_count != ++calls[target]) differences.push_back(call + " is not the next try");
    if (*row[5] != "done") differences.push_back(call + " is still open");
    const auto won = wins.find(call);
    if (won == wins.end()) {
      ++nobodys[target];
      continue;
    }
    const Win& win = *won->second;
    if (win.target != target || win.try_count != try_count || win.activeflow != *row[6]) {
      differences.push_back(call + " is not what its caller was told");
    }
    wins.erase(won);
  }
  for (const auto& entry : wins) differences.push_back(entry.first + " is lost");
  for (const auto& [target, count] : tries) {
    if (calls[target] != count) differences.push_back(target + " has other calls than tries");
  }
  std::map<std::string, int> claimed;  // by list
  for (const auto& [target, count] : nobodys) {
    const auto found = may_have_won_.find(target);
    const int unsure = found == may_have_won_.end() ? 0 : found->second;
    claimed[list_of[target]] += std::max(0, count - unsure);
  }
  for (const auto& [list, count] : claimed) {
    const auto found = may_have_claimed_.find(list);
    if (count > (found == may_have_claimed_.end() ? 0 : found->second)) {
      differences.push_back(list + " has targets that were tried and nobody was told");
    }
  }
}

void Ledger::CompareLists(TestDatabase& database, Differences& differences) const {
  const auto follows = [](const Heard& before, const Heard& after) {
    if (before.deleted) return false;
    return after.type == (after.deleted ? "outdial_deleted" : "outdial_updated");
  };
  for (const auto& row :
       database.Query("select " + IdOf("id") + ", tm_delete is not null, " + TimeOf("tm_update") +
                      ", " + IdOf("customer_id") + " from outdial_outdials")) {
    const std::string& id = *row[0];
    const auto found = heard_.find(id);
    if (found == heard_.end()) {
      differences.push_back(id + " has no events");
      continue;
    }
    const std::vector<Heard>& events = found->second;
    if (events.front().type != "outdial_created") differences.push_back(id + " began otherwise");
    for (std::size_t i = 1; i < events.size(); ++i) {
      if (events[i].version <= events[i - 1].version || !follows(events[i - 1], events[i])) {
        differences.push_back(id + " has events out of order, missing or too many");
      }
    }
    if (events.back().version != *row[2] || events.back().deleted != (*row[1] == "1")) {
      differences.push_back(id + " is not what its last event says");
    }
    if (row[3]->find_first_not_of("0-") == std::string::npos) continue;
    const auto webhooks = webhooks_heard_.find(id);
    const auto same = [](const Heard& one, const Heard& other) {
      return one.version == other.version && one.type == other.type && one.hash == other.hash;
    };
    if (webhooks == webhooks_heard_.end() ||
        !std::equal(events.begin(), events.end(), webhooks->second.begin(), webhooks->second.end(),
                    same)) {
      differences.push_back(id + " has other webhooks than events");
    }
  }
  for (const std::string& id : lists_) {
    if (heard_.count(id) == 0) differences.push_back(id + " is lost");
  }
}

void Ledger::CompareAnswers(Differences& differences) const {
  for (const auto& [id, versions] : told_) {
    const auto found = heard_.find(id);
    for (const auto& [version, hash] : versions) {
      const std::string& wanted = version;
      const bool heard = found != heard_.end() &&
                         std::any_of(found->second.begin(), found->second.end(),
                                     [&, expected = hash](const Heard& event) {
                                       return event.version == wanted && event.hash == expected;
                                     });
      if (!heard) differences.push_back(id + " was told as of " + version + ", without an event");
    }
  }
}

void Ledger::CompareWins(Differences& differences) const {
  std::vector<Win> wins = wins_;
  std::sort(wins.begin(), wins.end(), [](const Win& one, const Win& other) {
    return std::tie(one.target, one.try_count) < std::tie(other.target, other.try_count);
  });
  const Win* before = nullptr;
  for (const Win& win : wins) {
    if (before != nullptr && before->target == win.target &&
        (before->try_count == win.try_count || win.begin < before->end)) {
      differences.push_back(win.target + " was two callers' at a time, in try " +
                            std::to_string(win.try_count));
    }
    if (win.begin < win.end) before = &win;
  }
}

}  // namespace outdial::test
