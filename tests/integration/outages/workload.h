// Clients at work on the daemon's queue, and the proof that what they were told is true.
#ifndef OUTDIAL_TESTS_INTEGRATION_OUTAGES_WORKLOAD_H_
#define OUTDIAL_TESTS_INTEGRATION_OUTAGES_WORKLOAD_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/amqp_client.h"
#include "support/servers.h"

namespace outdial::test {

// What became of the requests of all clients.
struct Tally {
  int sent = 0;
  int answered = 0;    // 200
  int refused = 0;     // 503: the daemon lives and cannot, or does not know whether it could
  int unanswered = 0;  // went away with the broker, or their answers did
};

// Clients that create targets, dial each of them and report on it, over and over, and somebody who
// listens to the events. Every client has one request under way and waits kPatience for its answer:
// none in that time is a failure. Where the broker goes away they wait for it to come back.
class Workload {
 public:
  // `broker` is an AMQP address. Makes a list, which a daemon must answer, and begins.
  Workload(std::string broker, int clients);

  // Finishes.
  ~Workload();

  // From now on all clients together send this many requests a second at most.
  void SetRate(double requests_per_second);

  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  // These wait until `count` more requests are answered by 200, or refused by 503. Throw
  // std::runtime_error after kPatience, or where a client saw what must not be.
  void WaitForAnswers(int count);
  void WaitForRefusals(int count);

  // Waits, as above, until an event has arrived whose entity has this id.
  void WaitForEventOf(const std::string& id);

  // Has the clients end what they have under way, and begin no more. Throws std::runtime_error
  // where one of them saw what must not be.
  Tally Finish();

  // After Finish: waits until the events of all changes have arrived, and compares what clients and
  // listener know with `database`. Each difference is a line.
  std::vector<std::string> FindDifferences(TestDatabase& database);

  // How many events have arrived, and how many of them for the first time.
  int events() const;
  int distinct_events() const;

 private:
  using Json = nlohmann::json;

  enum class Outcome { kDone, kUnsure };

  // What a client knows of a target that it has made, or may have made.
  struct Known {
    std::string id;  // empty: its creation was not answered
    int calls = 0;
    int reports = 0;
    int unsure_calls = 0;
    int unsure_reports = 0;
  };

  // What events say of a target: its versions, in the order in which they first appeared.
  using Versions = std::vector<std::string>;

  void Run(const std::function<void(AmqpClient&)>& body);
  void Work(int number);
  void Listen();
  void WaitFor(const char* what, const std::function<bool()>& condition);
  void StopClients();

  void WaitForTurn(std::chrono::steady_clock::time_point& next);

  const std::string broker_;
  const int client_count_;
  std::string outdial_id_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;                // clients begin nothing; guarded by mutex_, as the rest
  bool closing_ = false;                 // the listener ends
  std::chrono::nanoseconds interval_{};  // between two requests of one client
  Tally tally_;
  std::map<std::string, Known> known_;    // by name
  std::map<std::string, Versions> seen_;  // by id
  int events_ = 0;
  std::string failure_;
  std::vector<std::thread> clients_;
  std::thread listener_;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_OUTAGES_WORKLOAD_H_
