#include "outdial/metrics/metrics.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "outdial/version.h"
#include "support/catch.h"

namespace outdial::metrics {
namespace {

bool Has(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.Expose()).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("requests are measured in milliseconds, by route and method") {
  Metrics metrics;
  metrics.ObserveRequest("/outdials/<outdial-id>", "GET", absl::Milliseconds(70));
  metrics.ObserveRequest("/outdials/<outdial-id>", "GET", absl::Microseconds(700));
  metrics.ObserveRequest(kRouteNotFound, "BREW", absl::Seconds(4));
  const std::string name = "outdial_manager_receive_request_process_time";
  const std::string route = R"(method="GET",type="/outdials/<outdial-id>")";
  CHECK(Has(metrics, "# TYPE " + name + " histogram"));
  CHECK(Has(metrics, name + "_count{" + route + "} 2"));
  CHECK(Has(metrics, name + "_sum{" + route + "} 70.7"));
  CHECK(Has(metrics, name + "_bucket{" + route + R"(,le="0.5"} 0)"));
  CHECK(Has(metrics, name + "_bucket{" + route + R"(,le="1"} 1)"));
  CHECK(Has(metrics, name + "_bucket{" + route + R"(,le="50"} 1)"));
  CHECK(Has(metrics, name + "_bucket{" + route + R"(,le="100"} 2)"));
  const std::string other = R"(method="other",type="notfound")";
  CHECK(Has(metrics, name + "_bucket{" + other + R"(,le="3000"} 0)"));
  CHECK(Has(metrics, name + "_bucket{" + other + R"(,le="+Inf"} 1)"));
}

TEST_CASE("notifications are counted and measured by event type") {
  Metrics metrics;
  metrics.ObserveNotification("outdial_created", absl::Milliseconds(2));
  metrics.ObserveNotification("outdial_created", absl::Milliseconds(4));
  CHECK(Has(metrics, R"(outdial_manager_notify_total{type="outdial_created"} 2)"));
  CHECK(Has(metrics, R"(outdial_manager_notify_process_time_count{type="outdial_created"} 2)"));
  CHECK(Has(metrics, R"(outdial_manager_notify_process_time_sum{type="outdial_created"} 6)"));
}

TEST_CASE("the version is told") {
  CHECK(Has(Metrics(), std::string("outdial_manager_build_info{version=\"") + kVersion + "\"} 1"));
}

TEST_CASE("threads may observe at the same time, also what was not seen before") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        metrics.ObserveRequest("/route" + std::to_string(j % 10), "PUT", absl::Milliseconds(1));
        metrics.ObserveNotification("outdial_updated", absl::Milliseconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(Has(metrics, R"(outdial_manager_notify_total{type="outdial_updated"} 400)"));
  for (int i = 0; i < 10; ++i) {
    CHECK(Has(metrics,
              "outdial_manager_receive_request_process_time_count{method=\"PUT\",type=\"/"
              "route" +
                  std::to_string(i) + "\"} 40"));
  }
}

}  // namespace
}  // namespace outdial::metrics
