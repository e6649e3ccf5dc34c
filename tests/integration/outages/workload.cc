#include "workload.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "support/process.h"

namespace outdial::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kEvents[] = "workload-events";
constexpr milliseconds kPause(20);  // before something that failed is tried again

// One request at a time, on a connection that is made anew where it was lost.
class Caller {
 public:
  explicit Caller(std::string broker) : broker_(std::move(broker)) {}

  // Whether there is a connection, now.
  bool Connect() {
    try {
      if (rpc_ == nullptr) rpc_ = std::make_unique<RpcClient>(broker_);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }

  // The envelope of the reply. nullopt where the connection is lost. Only with a connection.
  std::optional<nlohmann::json> Call(const std::string& method, const std::string& uri,
                                     const nlohmann::json& data) {
    try {
      // Numbered: two reports on one target look alike.
      rpc_->Send(MakeEnvelope(method, uri, data.dump()), std::to_string(++number_));
    } catch (const std::runtime_error&) {
      rpc_ = nullptr;
      return std::nullopt;
    }
    std::optional<AmqpDelivery> reply;
    try {
      reply = rpc_->Receive();
    } catch (const std::runtime_error&) {
      rpc_ = nullptr;
      return std::nullopt;
    }
    if (!reply.has_value()) throw std::logic_error("no answer to " + method + " " + uri);
    return nlohmann::json::parse(reply->message.body);
  }

 private:
  const std::string broker_;
  std::unique_ptr<RpcClient> rpc_;
  int number_ = 0;
};

// "2026-01-15T09:30:00.000000Z" as MariaDB writes it.
std::string ToSqlTime(std::string time) {
  time[time.find('T')] = ' ';
  time.pop_back();
  return time;
}

bool IsBetween(int value, int least, int more) { return value >= least && value <= least + more; }

}  // namespace

Workload::Workload(std::string broker, int clients)
    : broker_(std::move(broker)), client_count_(clients) {
  AmqpClient listener(broker_);
  listener.DeclareQueue(kEvents, /*durable=*/true);
  listener.DeclareExchange(kEventExchange, "fanout");
  listener.Bind(kEvents, kEventExchange);
  Caller caller(broker_);
  if (!caller.Connect()) throw std::runtime_error("there is no broker");
  const auto outdial = caller.Call("POST", "/v1/outdials", {{"name", "list"}});
  if (!outdial.has_value() || (*outdial)["status_code"] != 200) {
    throw std::runtime_error("no list to work on");
  }
  outdial_id_ = (*outdial)["data"]["id"];
  listener_ = std::thread([this] { Listen(); });
  for (int i = 0; i < clients; ++i) clients_.emplace_back([this, i] { Work(i); });
}

Workload::~Workload() {
  StopClients();
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  listener_.join();
}

void Workload::StopClients() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& client : clients_) client.join();
  clients_.clear();
}

void Workload::SetRate(double requests_per_second) {
  const std::lock_guard lock(mutex_);
  interval_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(client_count_ / requests_per_second));
}

// Waits until `next` and moves it on; one that is late does not catch up.
void Workload::WaitForTurn(steady_clock::time_point& next) {
  std::unique_lock lock(mutex_);
  if (interval_.count() == 0) return;
  changed_.wait_until(lock, next, [this] { return stopping_; });
  next = std::max(next, steady_clock::now()) + interval_;
}

void Workload::Work(int number) {
  Caller caller(broker_);
  steady_clock::time_point next_turn{};
  // nullopt where nobody knows whether it was done.
  const auto ask = [&](const char* method, const std::string& uri,
                       const Json& data) -> std::optional<Json> {
    WaitForTurn(next_turn);
    while (!caller.Connect()) {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, kPause, [this] { return stopping_; })) return std::nullopt;
    }
    const std::optional<Json> reply = caller.Call(method, uri, data);
    std::unique_lock lock(mutex_);
    ++tally_.sent;
    changed_.notify_all();
    if (reply.has_value() && (*reply)["status_code"] == 200) {
      ++tally_.answered;
      return (*reply)["data"];
    }
    if (reply.has_value() && (*reply)["status_code"] != 503) {
      throw std::logic_error("an answer that must not be: " + reply->dump());
    }
    ++(reply.has_value() ? tally_.refused : tally_.unanswered);
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
    return std::nullopt;
  };
  const auto dial = [&](Known& known) {
    const std::string uri = "/v1/outdialtargets/" + known.id;
    ++known.unsure_calls;
    if (!ask("POST", uri + "/progressing", {{"destination_index", 0}}).has_value()) return;
    --known.unsure_calls;
    ++known.calls;
    ++known.unsure_reports;
    if (!ask("PUT", uri + "/status", {{"status", "idle"}}).has_value()) return;
    --known.unsure_reports;
    ++known.reports;
  };
  try {
    for (int i = 0;; ++i) {
      const std::string name = "c" + std::to_string(number) + "-" + std::to_string(i);
      Known known;
      const auto target =
          ask("POST", "/v1/outdials/" + outdial_id_ + "/targets",
              {{"name", name}, {"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}});
      if (target.has_value()) {
        known.id = (*target)["id"];
        // What is unsure is left alone: the next dial would meet either state.
        for (int j = 0; j < 2 && known.unsure_calls + known.unsure_reports == 0; ++j) dial(known);
      }
      const std::lock_guard lock(mutex_);
      known_.emplace(name, std::move(known));
      if (stopping_) return;
    }
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    failure_ = error.what();
    changed_.notify_all();
  }
}

void Workload::Listen() {
  std::unique_ptr<AmqpClient> client;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (closing_) return;
    }
    try {
      if (client == nullptr) {
        client = std::make_unique<AmqpClient>(broker_);
        client->Consume(kEvents, AmqpClient::Acknowledgement::kManual, /*prefetch=*/100);
      }
      const std::optional<AmqpDelivery> delivery = client->Receive(milliseconds(100));
      if (!delivery.has_value()) continue;
      const Json event = Json::parse(delivery->message.body);
      {
        const std::lock_guard lock(mutex_);
        ++events_;
        Versions& versions = seen_[event["data"]["id"]];
        const Json& tm_update = event["data"]["tm_update"];  // null: a new list
        const std::string version = tm_update.is_null() ? "" : ToSqlTime(tm_update);
        if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
          versions.push_back(version);
        }
        changed_.notify_all();
      }
      client->Acknowledge(*delivery);
    } catch (const std::runtime_error&) {
      client = nullptr;  // the broker is away
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPause, [this] { return closing_; });
    }
  }
}

void Workload::WaitFor(const char* what, const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  const bool met =
      changed_.wait_for(lock, kPatience, [&] { return condition() || !failure_.empty(); });
  if (!failure_.empty()) throw std::runtime_error(failure_);
  if (!met) throw std::runtime_error(std::string("waited in vain for ") + what);
}

void Workload::WaitForAnswers(int count) {
  int before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = tally_.answered;
  }
  WaitFor("answers", [&] { return tally_.answered >= before + count; });
}

void Workload::WaitForRefusals(int count) {
  int before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = tally_.refused;
  }
  WaitFor("refusals", [&] { return tally_.refused >= before + count; });
}

void Workload::WaitForEventOf(const std::string& id) {
  WaitFor("an event", [&] { return seen_.count(id) > 0; });
}

Tally Workload::Finish() {
  StopClients();
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw std::runtime_error(failure_);
  return tally_;
}

std::vector<std::string> Workload::FindDifferences(TestDatabase& database) {
  struct Row {
    std::string id;
    int try_count;
    int calls;
    std::string tm_update;
  };
  std::multimap<std::string, Row> rows;  // by name
  for (const auto& row : database.Query(
           "select name, lower(insert(insert(insert(insert(hex(id), 9, 0, '-'), 14, 0, '-'), 19, 0,"
           " '-'), 24, 0, '-')), try_count_0, (select count(*) from outdial_outdialtargetcalls"
           " where outdial_target_id = t.id), tm_update from outdial_outdialtargets t"
           " where outdial_id = unhex(replace('" +
           outdial_id_ + "', '-', ''))")) {
    rows.emplace(*row[0], Row{*row[1], std::stoi(*row[2]), std::stoi(*row[3]), *row[4]});
  }
  // Events come in order: the last of each target is the last to come.
  std::vector<std::string> differences;
  try {
    WaitFor("events", [&] {
      return std::all_of(rows.begin(), rows.end(), [&](const auto& entry) {
        const Versions& versions = seen_[entry.second.id];
        return std::find(versions.begin(), versions.end(), entry.second.tm_update) !=
               versions.end();
      });
    });
  } catch (const std::runtime_error& error) {
    differences.emplace_back(error.what());
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [name, known] : known_) {
    const auto [first, last] = rows.equal_range(name);
    const auto count = std::distance(first, last);
    if (count > 1) differences.push_back(name + " was created more than once");
    if (count == 0 && !known.id.empty()) differences.push_back(name + " is lost");
    if (count != 1) continue;
    const Row& row = first->second;
    if (!known.id.empty() && row.id != known.id) differences.push_back(name + " has another id");
    if (!IsBetween(row.try_count, known.calls, known.unsure_calls)) {
      differences.push_back(name + " has a wrong try count");
    }
    if (row.calls != row.try_count) differences.push_back(name + " has other calls than tries");
    const Versions& versions = seen_[row.id];
    if (!std::is_sorted(versions.begin(), versions.end())) {
      differences.push_back(name + " has events out of order");
    }
    if (!IsBetween(static_cast<int>(versions.size()), 1 + row.try_count + known.reports,
                   known.unsure_reports)) {
      differences.push_back(name + " has other events than changes");
    }
    rows.erase(first);
  }
  for (const auto& [name, row] : rows) differences.push_back(name + " was asked for by nobody");
  return differences;
}

int Workload::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

int Workload::distinct_events() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [id, versions] : seen_) count += versions.size();
  return static_cast<int>(count);
}

}  // namespace outdial::test
