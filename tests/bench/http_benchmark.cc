// The daemon over HTTP: how fast it starts, how much memory it takes, how many requests it answers
// to a client on the same processors.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmark.h"
#include "support/daemon_process.h"
#include "support/process.h"
#include "support/raw_http.h"
#include "support/temporary_directory.h"

namespace outdial::bench {
namespace {

using test::DaemonProcess;
using test::MakeRequest;
using test::RawConnection;

constexpr int kConnections = 8;
constexpr int kTargets = 1000;
constexpr absl::Duration kDuration = absl::Seconds(8);
constexpr int kStarts = 15;

const std::string kManager = std::string(OUTDIAL_BIN_DIR) + "/outdial-manager";

std::string Ask(RawConnection& connection, const std::string& request) {
  connection.Send(request);
  const auto answer = connection.ReadAnswer();
  if (!answer.has_value() || answer->status_code != 200) throw std::runtime_error("no answer");
  return answer->body;
}

std::string IdIn(const std::string& entity) {
  constexpr std::string_view kBegin = "{\"id\":\"";
  return entity.substr(kBegin.size(), 36);
}

// Requests for each of the targets of a new list.
std::vector<std::string> MakeTargets(int port) {
  RawConnection connection(port);
  const std::string outdial_id = IdIn(Ask(connection, MakeRequest("POST", "/v1/outdials", "{}")));
  std::vector<std::string> requests;
  for (int i = 0; i < kTargets; ++i) {
    const std::string target = Ask(
        connection,
        MakeRequest("POST", "/v1/outdials/" + outdial_id + "/targets",
                    R"({"name":"party","destination_0":{"type":"tel","target":"+15551230001"}})"));
    requests.push_back(MakeRequest("GET", "/v1/outdialtargets/" + IdIn(target)));
  }
  return requests;
}

// One connection with one request under way. Counts bytes instead of reading answers, so that the
// client does not cost more than what it measures: all answers to these requests are as long.
class Client {
 public:
  // Learns from the answer to `request` how long answers are.
  Client(int port, const std::string& request) : connection_(port) {
    Ask(request);
    std::string answer;
    // The body of an entity is the one place where a brace ends it.
    while (!answer.ends_with("}")) answer += ReceiveSome();
    length_ = answer.size();
  }

  int descriptor() const { return connection_.descriptor(); }

  void Ask(const std::string& request) { connection_.Send(request); }

  // Takes what has arrived. Whether the answer is complete.
  bool Receive() {
    received_ += ReceiveSome().size();
    if (received_ < length_) return false;
    received_ = 0;
    return true;
  }

 private:
  std::string_view ReceiveSome() {
    const ssize_t count = ::recv(connection_.descriptor(), buffer_.data(), buffer_.size(), 0);
    if (count <= 0) throw std::runtime_error("a connection has ended");
    return {buffer_.data(), static_cast<std::size_t>(count)};
  }

  RawConnection connection_;
  std::array<char, 4096> buffer_{};
  std::size_t length_ = 0;
  std::size_t received_ = 0;
};

// One thread keeps all connections busy.
Result Load(int port, const std::vector<std::string>& requests, absl::Duration duration) {
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<pollfd> descriptors;
  std::size_t next = 0;
  for (int i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<Client>(port, requests.front()));
    descriptors.push_back({.fd = clients.back()->descriptor(), .events = POLLIN, .revents = 0});
    clients.back()->Ask(requests[next++]);
  }
  Result result{"GET /v1/outdialtargets/{id}, 8 connections", 0, absl::ZeroDuration()};
  const absl::Time start = absl::Now();
  while (result.elapsed < duration) {
    ::poll(descriptors.data(), descriptors.size(), 1000);
    for (std::size_t i = 0; i < clients.size(); ++i) {
      if (descriptors[i].revents == 0 || !clients[i]->Receive()) continue;
      ++result.iterations;
      clients[i]->Ask(requests[next++ % requests.size()]);
    }
    result.elapsed = absl::Now() - start;
  }
  return result;
}

// From exec to the first answer of GET /healthz.
absl::Duration StartOnce(const std::string& dsn, int port) {
  const absl::Time start = absl::Now();
  test::Process process({kManager, "--database_dsn", dsn, "--http_listen_address",
                         "127.0.0.1:" + std::to_string(port), "--prometheus_listen_address",
                         "none"});
  while (absl::Now() - start < absl::Seconds(10)) {
    try {
      RawConnection connection(port);
      Ask(connection, MakeRequest("GET", "/healthz"));
      return absl::Now() - start;
    } catch (const std::runtime_error&) {
      // Nobody listens yet. A client that tried without a pause would keep the daemon from it.
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
  }
  throw std::runtime_error("the daemon does not start: " + process.error_output());
}

// The median.
Result MeasureStart(const std::string& name, const std::string& dsn, int port) {
  std::vector<absl::Duration> times;
  for (int i = 0; i < kStarts; ++i) times.push_back(StartOnce(dsn, port));
  std::sort(times.begin(), times.end());
  return {name, 1, times[kStarts / 2]};
}

int Main() {
  const test::TemporaryDirectory folder;
  const std::string dsn = "sqlite:" + folder.Join("outdial.db");
  Report report;
  auto daemon = std::make_unique<DaemonProcess>(
      kManager, dsn, std::vector<std::string>{"--prometheus_listen_address", "127.0.0.1:0"});
  const int port = daemon->port();
  const long idle = test::ResidentKiB(daemon->process().pid());

  const std::vector<std::string> requests = MakeTargets(port);
  Load(port, requests, absl::Seconds(1));
  const Result reads = Load(port, requests, kDuration);
  const long loaded = test::ResidentKiB(daemon->process().pid());
  if (daemon->Stop() != 0) throw std::runtime_error("the daemon did not stop in order");
  report.Add(reads, nullptr);

  const Result start = MeasureStart("exec to GET /healthz", dsn, port);
  report.Add(start, nullptr);
  std::printf("resident: %ld KiB idle, %ld KiB after the load\n", idle, loaded);

  report.Check("GET of a target: 12000 a second over 8 connections", reads.per_second() >= 12'000);
  report.Check("idle on SQLite: under 16 MB resident", idle * 1024 < 16'000'000);
  report.Check("exec to GET /healthz: under 50 ms", start.elapsed < absl::Milliseconds(50));
  return report.exit_code();
}

}  // namespace
}  // namespace outdial::bench

int main() {
  try {
    return outdial::bench::Main();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http_benchmark: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
