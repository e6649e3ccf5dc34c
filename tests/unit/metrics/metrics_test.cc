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
  metrics.ObserveRequest("/outdials/<outdial-id>", "GET", 200, absl::Milliseconds(70));
  metrics.ObserveRequest("/outdials/<outdial-id>", "GET", 409, absl::Microseconds(700));
  metrics.ObserveRequest(kRouteNotFound, "BREW", 404, absl::Seconds(4));
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

TEST_CASE("requests are counted by status code, those without one of their own as 500") {
  Metrics metrics;
  CHECK(Has(metrics, R"(outdial_manager_requests_total{code="503"} 0)"));
  for (const int code : {200, 200, 404, 500, 418}) {
    metrics.ObserveRequest("/outdials", "GET", code, absl::Milliseconds(1));
  }
  CHECK(Has(metrics, R"(outdial_manager_requests_total{code="200"} 2)"));
  CHECK(Has(metrics, R"(outdial_manager_requests_total{code="404"} 1)"));
  CHECK(Has(metrics, R"(outdial_manager_requests_total{code="500"} 2)"));
}

TEST_CASE("what has known labels is there before it happens") {
  Metrics metrics;
  metrics.ExpectRequest("/outdials", "GET");
  CHECK(Has(metrics,
            "outdial_manager_receive_request_process_time_count{method=\"GET\",type=\"/"
            "outdials\"} 0"));
  CHECK(Has(metrics, R"(outdial_manager_notify_total{type="outdialtarget_deleted"} 0)"));
  CHECK(Has(metrics, "outdial_manager_queue_to_reply_seconds_count 0"));
  CHECK(Has(metrics, R"(outdial_manager_cache_hits_total{entity="outdialtargetcall"} 0)"));
  CHECK(Has(metrics, R"(outdial_manager_requests_in_hand{transport="rabbitmq"} 0)"));
  CHECK(Has(metrics, "outdial_manager_outbox_events 0"));
  CHECK(Has(metrics, "# TYPE outdial_manager_outbox_events gauge"));
  CHECK(Has(metrics, "# TYPE outdial_manager_cache_hits_total counter"));
  // What is not used is neither up nor down.
  CHECK(metrics.Expose().find("outdial_manager_server_up{") == std::string::npos);
}

TEST_CASE("messages are measured in seconds, from their arrival to the reply") {
  Metrics metrics;
  metrics.ObserveQueueToReply(absl::Milliseconds(750));
  CHECK(Has(metrics, R"(outdial_manager_queue_to_reply_seconds_bucket{le="0.5"} 0)"));
  CHECK(Has(metrics, R"(outdial_manager_queue_to_reply_seconds_bucket{le="1"} 1)"));
  CHECK(Has(metrics, "outdial_manager_queue_to_reply_seconds_sum 0.75"));
}

TEST_CASE("what is watched is read when it is asked for") {
  Metrics metrics;
  double hits = 3;
  metrics.Watch(Watched::kCacheHits, "outdial", [&] { return hits; });
  metrics.Watch(Watched::kServerUp, "redis", [] { return 1; });
  metrics.Watch(Watched::kReconnects, "rabbitmq", [] { return 2; });
  metrics.Watch(Watched::kReconnects, "rabbitmq", [] { return 5; });
  metrics.Watch(Watched::kOutboxOldestEventAge, "", [] { return 1.5; });
  CHECK(Has(metrics, R"(outdial_manager_cache_hits_total{entity="outdial"} 3)"));
  hits = 4;
  CHECK(Has(metrics, R"(outdial_manager_cache_hits_total{entity="outdial"} 4)"));
  CHECK(Has(metrics, R"(outdial_manager_cache_hits_total{entity="outdialtarget"} 0)"));
  CHECK(Has(metrics, R"(outdial_manager_server_up{adapter="redis"} 1)"));
  CHECK(Has(metrics, R"(outdial_manager_reconnects_total{adapter="rabbitmq"} 7)"));
  CHECK(Has(metrics, R"(outdial_manager_reconnects_total{adapter="mysql"} 0)"));
  CHECK(Has(metrics, "outdial_manager_outbox_oldest_event_age_seconds 1.5"));
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
        metrics.ObserveRequest("/route" + std::to_string(j % 10), "PUT", 200,
                               absl::Milliseconds(1));
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
