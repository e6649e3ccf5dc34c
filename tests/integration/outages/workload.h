// Clients at work on the daemon's queue, and the proof that what they were told is true.
#ifndef OUTDIAL_TESTS_INTEGRATION_OUTAGES_WORKLOAD_H_
#define OUTDIAL_TESTS_INTEGRATION_OUTAGES_WORKLOAD_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "integration/outages/ledger.h"
#include "nlohmann/json.hpp"
#include "support/amqp_client.h"
#include "support/servers.h"

namespace outdial::test {

// What became of the requests of all clients.
struct Tally {
  int sent = 0;
  int answered = 0;    // 200
  int conflicts = 0;   // 404, 409: somebody else was faster, or what was held is over
  int refused = 0;     // 503: the daemon lives and cannot, or does not know whether it could
  int unanswered = 0;  // went away with the broker, or their answers did

  int created = 0;  // targets
  int deleted = 0;
  int won = 0;      // by `progressing`
  int claimed = 0;  // targets
  int renewed = 0;
  int abandoned = 0;  // won, and left to their leases
  int read = 0;       // by GET
};

// Clients that share a few lists, and somebody who listens to events and webhooks. Half of the
// dialers look for what is available and try to win it, half claim, with leases that may be over
// before the call is; each win is written to its target call, and reported, or left to its lease.
// Others create, delete and read targets, and make, rename and delete lists.
//
// Every client has one request under way and waits kPatience for its answer: none in that time is a
// failure. Every other request is persistent, and survives a broker that dies. Where the broker
// goes away they wait for it to come back. Where they do not know what became of a request they
// repeat it if two have the effect of one: reports and deletions say what they mean. A target that
// they may have won, or created, they leave alone.
class Workload {
 public:
  // `broker` is an AMQP address. Makes the lists, which a daemon must answer, and begins.
  Workload(std::string broker, int dialers);

  // Finishes.
  ~Workload();

  // From now on all clients together send this many requests a second at most.
  void SetRate(double requests_per_second);

  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // For more than one daemon: where Redis answers one of them too late, on a busy machine, others
  // read for some milliseconds what was before its change.
  void AllowOldAnswers() { ledger_.AllowOldAnswers(); }

  // These wait until `count` more requests are answered by 200, or refused by 503. Throw
  // std::runtime_error after kPatience, or where a client saw what must not be.
  void WaitForAnswers(int count);
  void WaitForRefusals(int count);

  // Waits, as above, until an event has arrived whose entity has this id.
  void WaitForEventOf(const std::string& id);

  // Has the clients end what they have under way, and begin no more. All that they could not finish
  // is finished for them: leases run out, and what is left is dialled. Then reads everything as any
  // client does. A daemon must answer. Throws std::runtime_error where somebody saw what must not
  // be.
  Tally Finish(TestDatabase& database);

  // After Finish: waits until the events of all changes have arrived, and compares what clients and
  // listener know with `database`. Each difference is a line.
  std::vector<std::string> FindDifferences(TestDatabase& database);

  const Ledger& ledger() const { return ledger_; }

 private:
  using Json = nlohmann::json;
  using Clock = std::chrono::steady_clock;

  class Client;
  struct Answer;
  struct Held;

  void StartClient(void (Workload::*work)(Client&));
  void Listen();
  bool Stopping();
  // Until the clients are to stop.
  void Pause(std::chrono::milliseconds duration);
  void WaitForTurn(Clock::time_point& next);
  void WaitFor(const char* what, const std::function<bool()>& condition);
  void Stop(bool abandon);
  void Count(int Tally::*counter, int number = 1);

  // One request. `status` is 0 where nobody knows what became of it; else a 503 or one of
  // `expected`.
  Answer Ask(Client& client, const std::string& method, const std::string& uri, const Json& data,
             const std::vector<int>& expected = {200});
  // The same until it is known.
  Answer Insist(Client& client, const std::string& method, const std::string& uri, const Json& data,
                const std::vector<int>& expected = {200});

  // What clients do, over and over.
  void Dial(Client& client);
  void Claim(Client& client);
  void Create(Client& client);
  void Delete(Client& client);
  void Read(Client& client);
  void KeepLists(Client& client);

  std::optional<Held> TryToWin(Client& client, const Json& target);
  std::vector<Held> ClaimSome(Client& client, const std::string& list, const Json& request);
  // Writes the call's activeflow, holds the target for a while, and reports.
  void Carry(Client& client, Held held);
  void Renew(Client& client, Held& held);
  void Report(Client& client, Held& held, const char* status);
  void DialTheRest(Client& client);
  void ReadAll(Client& client);

  const std::string broker_;
  std::vector<std::string> lists_;
  Ledger ledger_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;                // clients begin nothing; guarded by mutex_, as the rest
  bool abandoning_ = false;              // nor do they finish anything
  bool closing_ = false;                 // the listener ends
  std::chrono::nanoseconds interval_{};  // between two requests of one client
  Tally tally_;
  std::string failure_;
  std::vector<std::thread> clients_;
  std::thread listener_;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_OUTAGES_WORKLOAD_H_
