#include "workload.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

#include "support/eventually.h"
#include "support/process.h"

namespace outdial::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kEvents[] = "workload-events";
constexpr milliseconds kPause(20);  // before something that failed is tried again
constexpr milliseconds kReadPause(5);
constexpr std::size_t kLists = 3;
constexpr int kCreators = 2;
constexpr int kTries = 3;
constexpr std::size_t kRecentTargets = 100;  // those that are read and deleted
constexpr int kTargets = 40;                 // at the beginning: eight dialers meet often
constexpr int kDialLease = 10;               // seconds
constexpr int kClaimLease = 1;               // a restart takes longer
constexpr int kLastLease = 60;               // for those who end all
constexpr char kCustomer[] = "2b5a1e0c-3d44-4c7b-9f39-1c0b5a7e8d10";  // has webhooks

std::string IdOf(const nlohmann::json& entity) { return entity.at("id"); }

}  // namespace

// What became of a request, and between which times.
struct Workload::Answer {
  int status = 0;
  Json data{};
  Clock::time_point asked{};
  Clock::time_point answered{};
  bool repeated = false;

  bool ok() const { return status == 200; }
  bool known() const { return status != 0 && status != 503; }
};

// A target that a caller has won.
struct Workload::Held {
  std::string target;
  std::string call;
  int try_count;
  Clock::time_point begin;
  Clock::time_point lease_end;  // not before this
  int lease;                    // seconds
};

// One request at a time, on a connection that is made anew where it was lost.
class Workload::Client {
 public:
  Client(std::string broker, unsigned seed) : broker_(std::move(broker)), random_(seed) {}

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
  std::optional<Json> Call(const std::string& method, const std::string& uri, const Json& data) {
    std::optional<AmqpDelivery> reply;
    try {
      // Numbered: two requests may look alike. Every other one is persistent: a broker that dies
      // may deliver it later, to have the effect that nobody is told of, and again, to have none.
      const int number = ++number_;
      rpc_->Send(MakeEnvelope(method, uri, data.is_null() ? "" : data.dump()),
                 std::to_string(number), number % 2 == 0 ? std::optional(2) : std::nullopt);
      reply = rpc_->Receive();
    } catch (const std::runtime_error&) {
      rpc_ = nullptr;
      return std::nullopt;
    }
    if (!reply.has_value()) throw std::logic_error("no answer to " + method + " " + uri);
    return Json::parse(reply->message.body);
  }

  // From 0 to `end`, without it.
  std::size_t Random(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

  std::string NewUuid() {
    std::string id = "00000000-0000-4000-8000-000000000000";
    for (std::size_t i = 0; i < id.size(); ++i) {
      if (id[i] == '0') id[i] = "0123456789abcdef"[Random(16)];
    }
    return id;
  }

  Clock::time_point next_turn{};

 private:
  const std::string broker_;
  std::mt19937 random_;
  std::unique_ptr<RpcClient> rpc_;
  int number_ = 0;
};

Workload::Workload(std::string broker, int dialers) : broker_(std::move(broker)) {
  AmqpClient listener(broker_);
  listener.DeclareQueue(kEvents, /*durable=*/true);
  listener.DeclareExchange(kEventExchange, "fanout");
  listener.Bind(kEvents, kEventExchange);
  listener.DeclareQueue(kWebhookQueue, /*durable=*/true);
  Client client(broker_, 0);
  if (!client.Connect()) throw std::runtime_error("there is no broker");
  for (std::size_t i = 0; i < kLists; ++i) {
    const Answer list =
        Ask(client, "POST", "/v1/outdials", {{"name", "list"}, {"customer_id", kCustomer}});
    if (!list.ok()) throw std::runtime_error("no list to work on");
    lists_.push_back(IdOf(list.data));
    ledger_.AddList(lists_.back());
  }
  listener_ = std::thread([this] { Listen(); });
  for (int i = 0; i < dialers; ++i) {
    StartClient(i % 2 == 0 ? &Workload::Dial : &Workload::Claim);
  }
  for (int i = 0; i < kCreators; ++i) StartClient(&Workload::Create);
  for (const auto work : {&Workload::Delete, &Workload::Read, &Workload::KeepLists}) {
    StartClient(work);
  }
}

Workload::~Workload() {
  Stop(/*abandon=*/true);
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  listener_.join();
}

void Workload::StartClient(void (Workload::*work)(Client&)) {
  clients_.emplace_back([this, work, seed = static_cast<unsigned>(clients_.size() + 1)] {
    try {
      Client client(broker_, seed);
      while (!Stopping()) (this->*work)(client);
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      failure_ = error.what();
      changed_.notify_all();
    }
  });
}

void Workload::Stop(bool abandon) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    abandoning_ = abandon;
    changed_.notify_all();
  }
  for (std::thread& client : clients_) client.join();
  clients_.clear();
}

bool Workload::Stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Workload::Pause(milliseconds duration) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, duration, [this] { return stopping_; });
}

void Workload::SetRate(double requests_per_second) {
  const std::lock_guard lock(mutex_);
  interval_ = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(static_cast<double>(clients_.size()) / requests_per_second));
}

// Waits until `next` and moves it on; one that is late does not catch up.
void Workload::WaitForTurn(Clock::time_point& next) {
  std::unique_lock lock(mutex_);
  if (interval_.count() == 0) return;
  changed_.wait_until(lock, next, [this] { return stopping_; });
  next = std::max(next, Clock::now()) + interval_;
}

void Workload::Count(int Tally::*counter, int number) {
  const std::lock_guard lock(mutex_);
  tally_.*counter += number;
}

Workload::Answer Workload::Ask(Client& client, const std::string& method, const std::string& uri,
                               const Json& data, const std::vector<int>& expected) {
  WaitForTurn(client.next_turn);
  while (!client.Connect()) {
    std::unique_lock lock(mutex_);
    if (abandoning_) throw std::runtime_error("the broker is away at the end");
    changed_.wait_for(lock, kPause, [this] { return abandoning_; });
  }
  Answer answer;
  answer.asked = Clock::now();
  const std::optional<Json> reply = client.Call(method, uri, data);
  answer.answered = Clock::now();
  if (reply.has_value()) {
    answer.status = reply->at("status_code");
    if (answer.ok()) answer.data = reply->at("data");
    if (answer.known() &&
        std::find(expected.begin(), expected.end(), answer.status) == expected.end()) {
      throw std::logic_error("an answer that must not be to " + method + " " + uri + ": " +
                             reply->dump());
    }
  }
  const std::lock_guard lock(mutex_);
  ++tally_.sent;
  if (answer.ok()) {
    ++tally_.answered;
  } else if (answer.known()) {
    ++tally_.conflicts;
  } else {
    ++(reply.has_value() ? tally_.refused : tally_.unanswered);
  }
  changed_.notify_all();
  return answer;
}

Workload::Answer Workload::Insist(Client& client, const std::string& method, const std::string& uri,
                                  const Json& data, const std::vector<int>& expected) {
  Answer answer = Ask(client, method, uri, data, expected);
  const Clock::time_point asked = answer.asked;
  while (!answer.known()) {
    {
      std::unique_lock lock(mutex_);
      if (abandoning_) throw std::runtime_error("the daemon cannot at the end");
      changed_.wait_for(lock, kPause, [this] { return abandoning_; });
    }
    answer = Ask(client, method, uri, data, expected);
    answer.asked = asked;
    answer.repeated = true;
  }
  return answer;
}

void Workload::Create(Client& client) {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    // As fast as they are dialled.
    if (tally_.created < kTargets + (tally_.won + tally_.claimed) / 2) {
      name = client.NewUuid();
    }
  }
  if (name.empty()) return Pause(kPause);
  ledger_.AskedFor(name);
  const Answer answer =
      Ask(client, "POST", "/v1/outdials/" + lists_[client.Random(kLists)] + "/targets",
          {{"name", name}, {"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}});
  // One that may be there is not asked for again: there would be two.
  if (!answer.ok()) return Pause(kPause);
  ledger_.Created(answer.data);
  ledger_.Told(answer.data, answer.asked, /*changed=*/true);
  Count(&Tally::created);
}

void Workload::Delete(Client& client) {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    enough = tally_.deleted >= tally_.created / 10;
  }
  const std::string id = ledger_.LastTarget(client.Random(kRecentTargets));
  if (enough || id.empty() || ledger_.IsDeleting(id)) return Pause(kPause);
  ledger_.Deleting(id);
  const Answer answer = Insist(client, "DELETE", "/v1/outdialtargets/" + id, nullptr);
  ledger_.Told(answer.data, answer.asked, /*changed=*/true);
  Count(&Tally::deleted);
  // Somebody who won it may report at any time, which changes all but this.
  const Answer again = Insist(client, "DELETE", "/v1/outdialtargets/" + id, nullptr);
  ledger_.Told(again.data, again.asked, /*changed=*/false);
  if (again.data.at("tm_delete") != answer.data.at("tm_delete")) {
    throw std::logic_error(id + " was deleted twice");
  }
}

void Workload::Read(Client& client) {
  const std::string id = ledger_.LastTarget(client.Random(kRecentTargets));
  if (id.empty()) return Pause(kPause);
  const Answer answer = Ask(client, "GET", "/v1/outdialtargets/" + id, nullptr);
  if (answer.ok()) {
    ledger_.Told(answer.data, answer.asked, /*changed=*/false);
    Count(&Tally::read);
  }
  Pause(kReadPause);
}

void Workload::KeepLists(Client& client) {
  const auto rename = [&](const std::string& id) {
    const Answer answer = Insist(client, "PUT", "/v1/outdials/" + id, {{"name", client.NewUuid()}});
    ledger_.Told(answer.data, answer.asked, /*changed=*/true);
    Pause(kPause);
  };
  rename(lists_[client.Random(kLists)]);
  const Answer made = Ask(client, "POST", "/v1/outdials", {{"customer_id", kCustomer}});
  if (!made.ok()) return;
  const std::string uri = "/v1/outdials/" + IdOf(made.data);
  ledger_.AddList(IdOf(made.data));
  ledger_.Told(made.data, made.asked, /*changed=*/true);
  rename(IdOf(made.data));
  const Answer deleted = Insist(client, "DELETE", uri, nullptr);
  ledger_.Told(deleted.data, deleted.asked, /*changed=*/true);
  // Nothing can be done with it any more.
  Insist(client, "POST", uri + "/targets", Json::object(), {404});
  Insist(client, "POST", uri + "/claim", {{"try_count_0", kTries}}, {404});
  const Answer read = Insist(client, "GET", uri, nullptr);
  ledger_.Told(read.data, read.asked, /*changed=*/false);
  if (read.data != deleted.data) throw std::logic_error(uri + " came back");
}

void Workload::Dial(Client& client) {
  const std::string& list = lists_[client.Random(kLists)];
  const Answer available = Ask(
      client, "GET",
      "/v1/outdials/" + list + "/available?limit=5&try_count_0=" + std::to_string(kTries), nullptr);
  if (!available.ok() || available.data.empty()) return Pause(kPause);
  for (const Json& target : available.data) {
    ledger_.Told(target, available.asked, /*changed=*/false);
  }
  const std::size_t any = client.Random(available.data.size());
  const std::optional<Held> held = TryToWin(client, available.data.at(any));
  if (held.has_value()) Carry(client, *held);
}

std::optional<Workload::Held> Workload::TryToWin(Client& client, const Json& target) {
  const std::string id = IdOf(target);
  const std::string uri = "/v1/outdialtargets/" + id;
  const Answer won =
      Ask(client, "POST", uri + "/progressing",
          {{"destination_index", 0}, {"lease_seconds", kDialLease}}, {200, 404, 409});
  if (!won.known()) ledger_.MayHaveWon(id);
  if (won.status == 404 && !ledger_.IsDeleting(id)) throw std::logic_error(id + " is lost");
  if (!won.ok()) return std::nullopt;
  ledger_.Told(won.data, won.asked, /*changed=*/true);
  Count(&Tally::won);
  // Which call is ours is told by its try.
  const Answer calls = Insist(client, "GET", uri + "/calls?page_size=1000", nullptr);
  for (const Json& call : calls.data) {
    if (call.at("try_count") != won.data.at("try_count_0")) continue;
    return Held{.target = id,
                .call = IdOf(call),
                .try_count = call.at("try_count"),
                .begin = won.answered,
                .lease_end = won.asked + seconds(kDialLease),
                .lease = kDialLease};
  }
  throw std::logic_error(id + " was won without a call");
}

void Workload::Claim(Client& client) {
  const std::vector<Held> claimed = ClaimSome(
      client, lists_[client.Random(kLists)],
      {{"try_count_0", kTries}, {"limit", 1 + client.Random(3)}, {"lease_seconds", kClaimLease}});
  if (claimed.empty()) return Pause(kPause);
  for (const Held& held : claimed) Carry(client, held);
}

std::vector<Workload::Held> Workload::ClaimSome(Client& client, const std::string& list,
                                                const Json& request) {
  const Answer answer = Ask(client, "POST", "/v1/outdials/" + list + "/claim", request);
  if (!answer.known()) ledger_.MayHaveClaimed(list, request.at("limit"));
  std::vector<Held> claimed;
  for (Json target : answer.data) {
    const int lease = request.at("lease_seconds");
    claimed.push_back({.target = IdOf(target),
                       .call = target.at("outdialtargetcall_id"),
                       .try_count = target.at("try_count_0"),
                       .begin = answer.answered,
                       .lease_end = answer.asked + seconds(lease),
                       .lease = lease});
    for (const char* const key : {"destination_index", "outdialtargetcall_id", "lease_until"}) {
      target.erase(key);
    }
    ledger_.Told(target, answer.asked, /*changed=*/true);
  }
  Count(&Tally::claimed, static_cast<int>(claimed.size()));
  return claimed;
}

void Workload::Carry(Client& client, Held held) {
  const std::string activeflow = client.NewUuid();
  Insist(client, "PUT", "/v1/outdialtargetcalls/" + held.call, {{"activeflow_id", activeflow}});
  while (client.Random(3) == 0 && !Stopping()) {
    Pause(kPause);
    Renew(client, held);
  }
  Win win{.target = held.target,
          .call = held.call,
          .try_count = held.try_count,
          .begin = held.begin,
          .end = held.lease_end,
          .activeflow = activeflow};
  if (client.Random(20) == 0) {
    Count(&Tally::abandoned);
  } else {
    const Clock::time_point reporting = Clock::now();
    Report(client, held, client.Random(3) == 0 ? "done" : "idle");
    win.end = std::min(held.lease_end, reporting);
  }
  ledger_.AddWin(std::move(win));
}

void Workload::Renew(Client& client, Held& held) {
  const Answer answer =
      Ask(client, "POST", "/v1/outdialtargets/" + held.target + "/renew",
          {{"lease_seconds", held.lease}, {"outdialtargetcall_id", held.call}}, {200, 404, 409});
  if (answer.ok()) {
    held.lease_end = std::max(held.lease_end, answer.asked + seconds(held.lease));
    Count(&Tally::renewed);
  } else if (answer.known() && answer.answered < held.lease_end &&
             !ledger_.IsDeleting(held.target)) {
    throw std::logic_error(held.target + " was lost while it was held");
  }
}

void Workload::Report(Client& client, Held& held, const char* status) {
  const Answer answer =
      Insist(client, "PUT", "/v1/outdialtargets/" + held.target + "/status",
             {{"status", status}, {"outdialtargetcall_id", held.call}}, {200, 409});
  if (answer.ok()) {
    ledger_.Told(answer.data, answer.asked, /*changed=*/true);
  } else if (!answer.repeated && answer.answered < held.lease_end) {
    throw std::logic_error(held.target + " was another's while it was held");
  }
}

Tally Workload::Finish(TestDatabase& database) {
  Stop(/*abandon=*/false);
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }
  const bool idle = Eventually([&] {
    return database
        .Query(
            "select 1 from outdial_outdialtargets where status = 'progressing' and"
            " tm_delete is null limit 1")
        .empty();
  });
  if (!idle) throw std::runtime_error("a lease does not run out");
  Client client(broker_, 0);
  DialTheRest(client);
  ReadAll(client);
  const std::lock_guard lock(mutex_);
  return tally_;
}

void Workload::DialTheRest(Client& client) {
  for (const std::string& list : lists_) {
    while (true) {
      const std::vector<Held> claimed = ClaimSome(
          client, list, {{"try_count_0", 1'000'000}, {"limit", 10}, {"lease_seconds", kLastLease}});
      if (claimed.empty()) break;
      for (Held held : claimed) {
        Report(client, held, "done");
        ledger_.AddWin({.target = held.target,
                        .call = held.call,
                        .try_count = held.try_count,
                        .begin = held.begin,
                        .end = held.lease_end,
                        .activeflow = "00000000-0000-0000-0000-000000000000"});
      }
    }
  }
}

void Workload::ReadAll(Client& client) {
  for (const std::string& id : ledger_.targets()) {
    const Answer answer = Insist(client, "GET", "/v1/outdialtargets/" + id, nullptr);
    ledger_.Told(answer.data, answer.asked, /*changed=*/false);
  }
  for (const Win& win : ledger_.wins()) {
    const Answer answer = Insist(client, "GET", "/v1/outdialtargetcalls/" + win.call, nullptr);
    if (answer.data.at("activeflow_id") != win.activeflow || answer.data.at("status") != "done") {
      throw std::runtime_error("an old copy of a call: " + answer.data.dump());
    }
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
        for (const char* const queue : {kEvents, kWebhookQueue}) {
          client->Consume(queue, AmqpClient::Acknowledgement::kManual, /*prefetch=*/100);
        }
      }
      const std::optional<AmqpDelivery> delivery = client->Receive(milliseconds(100));
      if (!delivery.has_value()) continue;
      const Json message = Json::parse(delivery->message.body);
      if (delivery->exchange == kEventExchange) {
        ledger_.Hear(message);
      } else {
        ledger_.HearWebhook(message);
      }
      client->Acknowledge(*delivery);
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
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
  WaitFor("an event", [&] { return ledger_.HasHeardOf(id); });
}

std::vector<std::string> Workload::FindDifferences(TestDatabase& database) {
  const bool heard = Eventually([&] { return ledger_.HasHeardAll(database); });
  std::vector<std::string> differences = ledger_.Compare(database);
  if (!heard) differences.emplace_back("not all events have arrived");
  return differences;
}

}  // namespace outdial::test
