// The daemon on RabbitMQ, MariaDB and Redis, against what these do without it: a server that
// answers without thinking, and the same transactions from the database's own client library. Run
// it by tests/with-servers.sh; arguments name the parts to run.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "amqp_rpc.h"
#include "benchmark.h"
#include "nlohmann/json.hpp"
#include "support/amqp_client.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/process.h"
#include "support/raw_http.h"
#include "support/servers.h"

namespace outdial::bench {
namespace {

using Json = nlohmann::json;
using test::MakeEnvelope;

constexpr char kNullQueue[] = "null-server.request";
constexpr int kCachedTargets = 1000;
constexpr int kManyTargets = 1'000'000;
constexpr int kFewTargets = 1000;
constexpr int kDialers = 8;
constexpr int kMillion = 1'000'000;

[[noreturn]] void Fail(const std::string& what) { throw std::runtime_error(what); }

// The daemon on the servers of this run, in a virtual host and a database of its own.
class Daemon {
 public:
  Daemon() {
    const test::Finished migrated =
        test::RunToEnd({std::string(OUTDIAL_BIN_DIR) + "/outdial-control", "--database_dsn",
                        database_.dsn(), "database", "migrate"});
    if (migrated.exit_code != 0) Fail(migrated.error_output);
    Start();
    if (!test::Eventually([this] { return IsReady(); })) Fail("the daemon is not ready");
  }

  void Start() {
    process_ = std::make_unique<test::DaemonProcess>(std::vector<std::string>{
        std::string(OUTDIAL_BIN_DIR) + "/outdial-manager", "--database_dsn", database_.dsn(),
        "--rabbitmq_address", vhost_.address(), "--redis_address", test::SharedRedisAddress(),
        "--prometheus_listen_address", "127.0.0.1:0"});
  }

  void Stop() {
    if (process_->Stop() != 0) Fail("the daemon did not stop in order");
  }

  std::string broker() const { return vhost_.address(); }
  test::TestDatabase& database() { return database_; }
  long resident() const { return test::ResidentKiB(process_->process().pid()); }

 private:
  bool IsReady() const {
    return test::AskOnce(process_->metrics_port(), test::MakeRequest("GET", "/readyz"))
               .status_code == 200;
  }

  test::TestVhost vhost_;
  test::TestDatabase database_;
  std::unique_ptr<test::DaemonProcess> process_;
};

// What the reply to a request holds; it must be a 200.
Json DataOf(const std::string& reply) {
  Json envelope = Json::parse(reply);
  if (envelope["status_code"] != 200) Fail(reply);
  return envelope["data"];
}

// A client of the daemon's that waits for each answer.
class Client {
 public:
  explicit Client(const std::string& broker) : rpc_(broker) {}

  Json Call(const std::string& method, const std::string& uri, const Json& data = nullptr) {
    return Json::parse(rpc_.Call(MakeEnvelope(method, uri, data.is_null() ? "" : data.dump())));
  }
  Json Ask(const std::string& method, const std::string& uri, const Json& data = nullptr) {
    const Json envelope = Call(method, uri, data);
    if (envelope["status_code"] != 200) Fail(envelope.dump());
    return envelope["data"];
  }
  std::string MakeOutdial() { return Ask("POST", "/v1/outdials", {{"name", "list"}})["id"]; }

 private:
  test::RpcClient rpc_;
};

const std::string kNewTarget =
    R"({"name":"party","destination_0":{"type":"tel","target":"+15551230001"}})";

// What the servers have been asked so far.
struct Counts {
  std::int64_t redis = 0;
  std::int64_t queries = 0;
  std::int64_t commits = 0;
};

std::int64_t RedisCommands() {
  const std::string address = test::SharedRedisAddress();
  test::RawConnection redis(std::stoi(address.substr(address.find(':') + 1)));
  redis.Send("INFO stats\r\n");
  if (!redis.ReadUntil("total_commands_processed:")) Fail("Redis does not answer");
  return std::stoll(redis.ReadLine());
}

Counts ReadCounts(Daemon& daemon) {
  Counts counts{.redis = RedisCommands()};
  for (const auto& row : daemon.database().Query(
           "show global status where variable_name in ('Questions', 'Com_commit')")) {
    (*row[0] == "Questions" ? counts.queries : counts.commits) = std::stoll(*row[1]);
  }
  return counts;
}

// Prints what `operation`, which does something `count` times, asks of the servers, for one of them
// on average.
Counts PrintCounts(Daemon& daemon, const std::string& name, int count,
                   const std::function<void()>& operation) {
  const Counts before = ReadCounts(daemon);
  operation();
  const Counts after = ReadCounts(daemon);
  const auto each = [count](std::int64_t difference) {
    return static_cast<double>(difference) / count;
  };
  std::printf("%-40s %6.2f Redis commands %6.2f SQL statements %6.2f commits\n", name.c_str(),
              each(after.redis - before.redis), each(after.queries - before.queries),
              each(after.commits - before.commits));
  return {after.redis - before.redis, after.queries - before.queries,
          after.commits - before.commits};
}

void Accumulate(Result& sum, const Result& part) {
  sum.name = part.name;
  sum.iterations += part.iterations;
  sum.elapsed += part.elapsed;
}

void MeasureReads(Report& report, Daemon& daemon) {
  Client client(daemon.broker());
  const std::string outdial = client.MakeOutdial();
  std::vector<std::string> requests;
  std::string reply;
  for (int i = 0; i < kCachedTargets; ++i) {
    const std::string id =
        client.Ask("POST", "/v1/outdials/" + outdial + "/targets", Json::parse(kNewTarget))["id"];
    requests.push_back(MakeEnvelope("GET", "/v1/outdialtargets/" + id));
    if (i == 0) reply = client.Call("GET", "/v1/outdialtargets/" + id).dump();
  }
  const NullServer null_server(daemon.broker(), kNullQueue, reply);
  std::atomic<std::size_t> next = 0;
  const auto make_request = [&](int) { return requests[next++ % requests.size()]; };
  const auto load = [&](const char* name, const char* queue, int connections, int outstanding,
                        absl::Duration duration) {
    return RunLoad(name,
                   {.address = daemon.broker(),
                    .queue = queue,
                    .connections = connections,
                    .outstanding = outstanding},
                   duration, make_request, nullptr);
  };
  for (const auto& [connections, outstanding] : {std::pair(4, 16), std::pair(1, 1)}) {
    Result null_result;
    Result daemon_result;
    for (int turn = 0; turn < 5; ++turn) {
      const absl::Duration duration = turn == 0 ? absl::Milliseconds(500) : absl::Seconds(2);
      const Result null_turn = load("null server", kNullQueue, connections, outstanding, duration);
      const Result daemon_turn =
          load("GET of a cached target", test::kRequestQueue, connections, outstanding, duration);
      if (turn == 0) continue;  // warms up
      Accumulate(null_result, null_turn);
      Accumulate(daemon_result, daemon_turn);
    }
    std::printf("%d connections, %d outstanding on each\n", connections, outstanding);
    report.Add(null_result, &null_result);
    report.Add(daemon_result, &null_result);
    const double share = daemon_result.per_second() / null_result.per_second();
    if (connections > 1) {
      report.Check("GET of a cached target: 0.4 of the null server's", share >= 0.4);
    } else {
      report.Check("GET, one at a time: 1.6x the null server's latency", share >= 1 / 1.6);
    }
  }
  const Counts counts = PrintCounts(daemon, "GET of a cached target", 1000, [&] {
    for (int i = 0; i < 1000; ++i) client.Ask("GET", Json::parse(make_request(0))["uri"]);
  });
  report.Check("GET of a cached target: one Redis command", counts.redis <= 1000 + 5);
}

// What the daemon commits for a new target, from as many connections as it has workers, without
// anything in between.
Result CommitAlone(Daemon& daemon, const std::string& outdial_id, absl::Duration duration) {
  daemon.database().Query(
      "create table if not exists alone_outbox (id bigint primary key auto_increment,"
      " payload text)");
  daemon.database().Query(
      "create table if not exists alone_journal (name char(32) primary key, reply text)");
  const std::string id = "unhex(replace('" + outdial_id + "', '-', ''))";
  std::atomic<std::int64_t> commits = 0;
  std::vector<std::thread> threads;
  const absl::Time start = absl::Now();
  for (int i = 0; i < kDialers; ++i) {
    threads.emplace_back([&] {
      test::DatabaseConnection connection(daemon.database().port(), daemon.database().name());
      while (absl::Now() - start < duration) {
        connection.Query("begin");
        connection.Query("select id, tm_delete from outdial_outdials where id = " + id +
                         " lock in share mode");
        connection.Query(
            "insert into outdial_outdialtargets (id, outdial_id, name, detail, data, status,"
            " destination_0, try_count_0, try_count_1, try_count_2, try_count_3, try_count_4,"
            " tm_create, tm_update) values (unhex(replace(uuid(), '-', '')), " +
            id +
            ", 'party', '', '', 'idle', '{\"type\":\"tel\",\"target\":\"+15551230001\"}',"
            " 0, 0, 0, 0, 0, now(6), now(6))");
        connection.Query("insert into alone_outbox (payload) values (repeat('x', 500))");
        connection.Query(
            "insert into alone_journal (name, reply) values (md5(uuid()), repeat('x', 500))");
        connection.Query("commit");
        ++commits;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return {"MariaDB alone, 8 connections", commits, absl::Now() - start};
}

void MeasureCreation(Report& report, Daemon& daemon) {
  Client client(daemon.broker());
  const std::string outdial = client.MakeOutdial();
  const std::string request =
      MakeEnvelope("POST", "/v1/outdials/" + outdial + "/targets", kNewTarget);
  const auto create = [&](absl::Duration duration,
                          const std::function<std::string(int)>& make_request) {
    return RunLoad("creation of a target, 64 outstanding",
                   {.address = daemon.broker(),
                    .queue = test::kRequestQueue,
                    .connections = 4,
                    .outstanding = 16},
                   duration, make_request, [](int, const std::string& reply) { DataOf(reply); });
  };
  Result alone;
  Result created;
  for (int turn = 0; turn < 4; ++turn) {
    const Result alone_turn = CommitAlone(daemon, outdial, absl::Seconds(2));
    const Result created_turn = create(absl::Seconds(2), [&](int) { return request; });
    if (turn == 0) continue;
    Accumulate(alone, alone_turn);
    Accumulate(created, created_turn);
  }
  report.Add(alone, &alone);
  report.Add(created, &alone);
  report.Check("creation of a target: 0.3 of MariaDB alone",
               created.per_second() >= 0.3 * alone.per_second());
  std::atomic<int> left = 5000;
  const Counts counts = PrintCounts(daemon, "creation of a target", left, [&] {
    create(absl::InfiniteDuration(), [&](int) { return left-- > 0 ? request : ""; });
  });
  // The relay and the journal clear up in transactions of their own, in batches.
  report.Check("creation of a target: one transaction", counts.commits <= 5000 * 6 / 5);
}

// A new list of this many targets, each with one destination.
std::string FillList(Daemon& daemon, int targets) {
  std::string id = Client(daemon.broker()).MakeOutdial();
  daemon.database().Query(
      "insert into outdial_outdialtargets (id, outdial_id, name, detail, data, status,"
      " destination_0, try_count_0, try_count_1, try_count_2, try_count_3, try_count_4,"
      " tm_create, tm_update) select unhex(insert(insert(md5(concat('" +
      id + "', seq)), 13, 1, '4'), 17, 1, '8')), unhex(replace('" + id +
      "', '-', '')), 'party', '', '', 'idle', '{\"type\":\"tel\",\"target\":\"+15551230001\"}',"
      " 0, 0, 0, 0, 0, now(6), now(6) from seq_1_to_" +
      std::to_string(targets));
  return id;
}

// Dials targets of a list, each once, with `available`, `progressing` and `status`, until `cycles`
// are done by all together. A target that another dialer has won is left to it.
Result Dial(Daemon& daemon, const std::string& name, const std::string& outdial, int dialers,
            int cycles) {
  std::mutex mutex;
  std::set<std::string> dialled;
  std::atomic<int> left = cycles;
  std::exception_ptr failure;
  const auto dial = [&](int number) {
    Client client(daemon.broker());
    const std::string available =
        "/v1/outdials/" + outdial + "/available?try_count_0=1&limit=" + std::to_string(dialers);
    while (left > 0) {
      const Json targets = client.Ask("GET", available);
      if (targets.empty()) Fail("nobody is left");
      // Each begins at another place, so that they seldom want the same.
      const std::size_t first =
          targets.size() * static_cast<std::size_t>(number) / static_cast<std::size_t>(dialers);
      for (std::size_t i = 0; i < targets.size(); ++i) {
        const std::string id = targets[(first + i) % targets.size()]["id"];
        const std::string uri = "/v1/outdialtargets/" + id;
        const Json won = client.Call("POST", uri + "/progressing", {{"destination_index", 0}});
        if (won["status_code"] == 409) continue;
        if (won["status_code"] != 200) Fail(won.dump());
        {
          const std::lock_guard lock(mutex);
          if (!dialled.insert(id).second) Fail("a target was dialled twice");
        }
        client.Ask("PUT", uri + "/status", {{"status", "done"}});
        --left;
        break;
      }
    }
  };
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < dialers; ++i) {
    threads.emplace_back([&, i] {
      try {
        dial(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        left = 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return {name, static_cast<std::int64_t>(dialled.size()), absl::Now() - start};
}

// One claimer that takes fifty at a time and leaves them progressing.
Result Claim(Daemon& daemon, const std::string& name, const std::string& outdial, int targets) {
  constexpr int kLimit = 50;
  Client client(daemon.broker());
  std::set<std::string> claimed;
  const absl::Time start = absl::Now();
  for (int i = 0; i < targets / kLimit; ++i) {
    for (const Json& target : client.Ask("POST", "/v1/outdials/" + outdial + "/claim",
                                         {{"try_count_0", 1}, {"limit", kLimit}})) {
      if (!claimed.insert(target["id"]).second) Fail("a target was claimed twice");
    }
  }
  return {name, static_cast<std::int64_t>(claimed.size()), absl::Now() - start};
}

// Waits until the daemon has nothing left to do: what it was asked before is not to be measured.
void WaitUntilIdle(Daemon& daemon) {
  for (const std::string table : {"outdial_event_outbox", "outdial_request_journal"}) {
    const bool empty = test::Eventually(
        [&] { return daemon.database().Query("select 1 from " + table + " limit 1").empty(); });
    if (!empty) Fail(table + " is never empty");
  }
}

void MeasureDialling(Report& report, Daemon& daemon) {
  const std::string many = FillList(daemon, kManyTargets);
  std::map<std::string, std::pair<Result, Result>> results;  // on few targets, and on many
  const std::string for_alone = Client(daemon.broker()).MakeOutdial();
  Result alone;
  const auto measure = [&](Result& sum, const std::function<Result()>& run) {
    WaitUntilIdle(daemon);
    Accumulate(sum, run());
  };
  // Some before that are not counted, so that both find everything warm.
  Dial(daemon, "", many, 1, 200);
  constexpr int kTurns = 3;
  for (int turn = 0; turn < kTurns; ++turn) {
    const std::string few = FillList(daemon, kFewTargets);
    measure(alone, [&] { return CommitAlone(daemon, for_alone, absl::Seconds(2)); });
    auto& one = results["one dialer"];
    measure(one.first, [&] { return Dial(daemon, "one dialer, 1000 targets", few, 1, 400); });
    measure(one.second, [&] { return Dial(daemon, "one dialer, 1000000 targets", many, 1, 400); });
    const std::string few_for_eight = FillList(daemon, kFewTargets);
    auto& eight = results["eight dialers"];
    measure(eight.first, [&] {
      return Dial(daemon, "eight dialers, 1000 targets", few_for_eight, kDialers, 900);
    });
    measure(eight.second,
            [&] { return Dial(daemon, "eight dialers, 1000000 targets", many, kDialers, 900); });
    const std::string few_to_claim = FillList(daemon, kFewTargets);
    auto& claim = results["claim limit 50 (targets)"];
    measure(claim.first,
            [&] { return Claim(daemon, "claim limit 50, 1000 targets", few_to_claim, 1000); });
    measure(claim.second,
            [&] { return Claim(daemon, "claim limit 50, 1000000 targets", many, 5000); });
  }
  // The goals are those of a machine on which MariaDB alone commits 10,000 a second: there 300
  // cycles of one dialer, 1,000 of eight, and 5,000 targets claimed.
  report.Add(alone, &alone);
  const std::map<std::string, double> goals = {
      {"one dialer", 0.03}, {"eight dialers", 0.1}, {"claim limit 50 (targets)", 0.5}};
  for (const auto& [name, pair] : results) {
    const auto& [on_few, on_many] = pair;
    report.Add(on_few, &alone);
    report.Add(on_many, &alone);
    const double goal = goals.at(name);
    report.Check(absl::StrCat(name, ": ", goal, " of MariaDB alone, on a million"),
                 on_many.per_second() >= goal * alone.per_second());
    report.Check(name + ": a million within 1.5x of a thousand",
                 on_many.nanoseconds() <= 1.5 * on_few.nanoseconds());
  }
  PrintCounts(daemon, "dial cycle, one dialer", 200, [&] { Dial(daemon, "", many, 1, 200); });
  PrintCounts(daemon, "dial cycle, eight dialers", 400, [&] { Dial(daemon, "", many, 8, 400); });
  PrintCounts(daemon, "claim limit 50", 20, [&] { Claim(daemon, "", many, 20 * 50); });
}

void MeasureMemory(Report& report, Daemon& daemon) {
  Client client(daemon.broker());
  const std::string outdial = client.MakeOutdial();
  std::vector<std::string> requests;
  for (int i = 0; i < kCachedTargets; ++i) {
    const std::string id =
        client.Ask("POST", "/v1/outdials/" + outdial + "/targets", Json::parse(kNewTarget))["id"];
    requests.push_back(MakeEnvelope("GET", "/v1/outdialtargets/" + id));
  }
  const std::string create =
      MakeEnvelope("POST", "/v1/outdials/" + outdial + "/targets", kNewTarget);
  const std::string available =
      MakeEnvelope("GET", "/v1/outdials/" + outdial + "/available?try_count_0=1&limit=10");
  std::atomic<int> sent = 0;
  const auto run_until = [&](int count) {
    RunLoad(
        "",
        {.address = daemon.broker(),
         .queue = test::kRequestQueue,
         .connections = 4,
         .outstanding = 16},
        absl::InfiniteDuration(),
        [&](int) -> std::string {
          const int number = sent++;
          if (number >= count) return "";
          if (number % 100 == 0) return create;
          if (number % 100 == 50) return available;
          return requests[static_cast<std::size_t>(number) % requests.size()];
        },
        nullptr);
    sent = count;
    return daemon.resident();
  };
  const long early = run_until(kMillion / 10);
  const long late = run_until(kMillion);
  std::printf("resident: %ld KiB after 100,000 requests, %ld KiB after 1,000,000\n", early, late);
  report.Check("resident after a million requests: under 24 MB", late * 1024 < 24'000'000);
  report.Check("resident: flat (within 5 %)",
               static_cast<double>(late) <= 1.05 * static_cast<double>(early));
}

// From exec to the reply to a request that waits in the queue. The median.
void MeasureStart(Report& report, Daemon& daemon) {
  test::RpcClient client(daemon.broker());
  std::vector<absl::Duration> times;
  for (int i = 0; i < 9; ++i) {
    daemon.Stop();
    client.Send(MakeEnvelope("GET", "/v1/outdials?page_size=1"));
    const absl::Time start = absl::Now();
    daemon.Start();
    if (!client.Receive().has_value()) Fail("no reply");
    times.push_back(absl::Now() - start);
  }
  std::sort(times.begin(), times.end());
  const Result start{"exec to the first reply", 1, times[times.size() / 2]};
  report.Add(start, nullptr);
  report.Check("exec to the first reply: under 100 ms", start.elapsed < absl::Milliseconds(100));
}

// All parts, or those that are named.
int Main(const std::set<std::string>& names) {
  const std::vector<std::pair<std::string, void (*)(Report&, Daemon&)>> parts = {
      {"reads", MeasureReads},
      {"creation", MeasureCreation},
      {"start", MeasureStart},
      {"memory", MeasureMemory},
      {"dialling", MeasureDialling}};
  for (const std::string& name : names) {
    if (std::none_of(parts.begin(), parts.end(), [&](const auto& p) { return p.first == name; })) {
      Fail("there is no part " + name);
    }
  }
  Daemon daemon;
  Report report;
  for (const auto& [name, measure] : parts) {
    if (names.empty() || names.count(name) > 0) measure(report, daemon);
  }
  return report.exit_code();
}

}  // namespace
}  // namespace outdial::bench

int main(int argc, char** argv) {
  try {
    return outdial::bench::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rabbitmq_benchmark: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
