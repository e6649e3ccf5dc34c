// What clients of a daemon were told and what its listeners heard, and whether all of that is true.
#ifndef OUTDIAL_TESTS_INTEGRATION_OUTAGES_LEDGER_H_
#define OUTDIAL_TESTS_INTEGRATION_OUTAGES_LEDGER_H_

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/servers.h"

namespace outdial::test {

// A time in which a target was one caller's, and nobody else's. From when the caller knew it until
// he said that he was done, or until the lease may have run out.
struct Win {
  std::string target;
  std::string call;
  int try_count;
  std::chrono::steady_clock::time_point begin;
  std::chrono::steady_clock::time_point end;
  std::string activeflow{};  // what its call belongs to, once that was acknowledged
};

// An entity's version is its `tm_update`, and what it holds then is told by a hash of its JSON.
// Thread-safe.
class Ledger {
 public:
  using Json = nlohmann::json;
  using Time = std::chrono::steady_clock::time_point;

  // A list that was made.
  void AddList(const std::string& id);

  // A target of this name is about to be asked for; and it is there.
  void AskedFor(const std::string& name);
  void Created(const Json& target);
  // 0: the last one that was created, and so on; empty where there are not so many.
  std::string LastTarget(std::size_t number) const;

  // An answer to what was asked at `asked` holds this entity. `changed`: it is the result of a
  // change, so that answers to what is asked from now on must be as new.
  void Told(const Json& entity, Time asked, bool changed);
  // Answers may be older than that.
  void AllowOldAnswers();

  // A target is about to be deleted: from here on it may be gone.
  void Deleting(const std::string& target);
  bool IsDeleting(const std::string& target) const;

  void AddWin(Win win);
  // A request may have won this target, or up to `limit` of this list. Nobody was told.
  void MayHaveWon(const std::string& target);
  void MayHaveClaimed(const std::string& list, int limit);

  // What arrives at an event's or a webhook's queue.
  void Hear(const Json& event);
  void HearWebhook(const Json& request);

  bool HasHeardOf(const std::string& id) const;
  int events() const;
  int distinct_events() const;
  int webhooks() const;
  std::vector<Win> wins() const;
  std::vector<std::string> targets() const;  // all that were created

  // The database agrees with what is known, or these are the differences. Nothing may be under way.
  std::vector<std::string> Compare(TestDatabase& database) const;
  // Whether the last event of everything in the database has been heard.
  bool HasHeardAll(TestDatabase& database) const;

 private:
  struct Heard {
    std::string version;
    std::string type;
    std::size_t hash;
    std::string status;
    int try_count;
    bool deleted;
  };
  struct Acknowledged {
    std::string version;
    Time time;
  };
  using Differences = std::vector<std::string>;

  static void Add(std::vector<Heard>& heard, const Json& event, Differences& differences);

  // With mutex_ held.
  void CompareTargets(TestDatabase& database, Differences& differences) const;
  void CompareCalls(TestDatabase& database, Differences& differences) const;
  void CompareLists(TestDatabase& database, Differences& differences) const;
  void CompareAnswers(Differences& differences) const;
  void CompareWins(Differences& differences) const;

  mutable std::mutex mutex_;  // guards what follows
  std::set<std::string> lists_;
  std::map<std::string, std::string> names_;  // of targets: their ids, empty where nobody knows
  std::vector<std::string> targets_;
  std::set<std::string> deleting_;
  std::vector<Win> wins_;
  std::map<std::string, int> may_have_won_;                         // by target
  std::map<std::string, int> may_have_claimed_;                     // by list
  std::map<std::string, std::map<std::string, std::size_t>> told_;  // by id and version
  std::map<std::string, Acknowledged> newest_;                      // by id
  std::map<std::string, std::vector<Heard>> heard_;  // by id, in the order of their first time
  std::map<std::string, std::vector<Heard>> webhooks_heard_;
  bool old_answers_allowed_ = false;
  int events_ = 0;
  int webhooks_ = 0;
  Differences differences_;  // found already
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_OUTAGES_LEDGER_H_
