// A router on a database in memory.
#ifndef OUTDIAL_TESTS_UNIT_ROUTER_ROUTER_FIXTURE_H_
#define OUTDIAL_TESTS_UNIT_ROUTER_ROUTER_FIXTURE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/number_normalizer.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"
#include "outdial/wire/json.h"
#include "support/catch.h"

namespace outdial::router {

// Passes all calls on to a FailureInjector; lets somebody else come between a request and its
// writing transaction.
class Interloper final : public memory::CallHook {
 public:
  explicit Interloper(memory::CallHook& next) : next_(next) {}

  // Called once, before the next writing transaction.
  std::function<void()> before_write;

  absl::Status Before(memory::Call call) override {
    if (call == memory::Call::kDatabaseWrite && before_write) {
      std::exchange(before_write, nullptr)();
    }
    return next_.Before(call);
  }

  absl::Status After(memory::Call call) override { return next_.After(call); }

 private:
  memory::CallHook& next_;
};

struct RouterFixture {
  RouterFixture() = default;
  explicit RouterFixture(ServiceSettings service_settings) : settings(service_settings) {}

  Reply Send(const std::string& method, const std::string& uri, const std::string& body = "",
             std::optional<Idempotency> idempotency = std::nullopt) {
    return router.Handle({.method = method,
                          .uri = uri,
                          .body = body,
                          .idempotency = std::move(idempotency),
                          .request_id = "r1"});
  }

  // What a request that succeeds is answered.
  wire::Json Ok(const std::string& method, const std::string& uri, const std::string& body = "") {
    const Reply reply = Send(method, uri, body);
    INFO(method << " " << uri << " " << body << ": " << reply.envelope.data);
    REQUIRE(reply.envelope.status_code == 200);
    REQUIRE(reply.envelope.data_type == wire::kJsonDataType);
    return *wire::ParseJson(reply.envelope.data);
  }

  // As Ok, of which only the id is wanted.
  std::string Create(const std::string& uri, const std::string& body) {
    return Ok("POST", uri, body).at("id").get<std::string>();
  }

  // The status code and the reason of a request that fails: "404 URI_NOT_FOUND".
  std::string Refusal(const std::string& method, const std::string& uri,
                      const std::string& body = "",
                      std::optional<Idempotency> idempotency = std::nullopt) {
    const Reply reply = Send(method, uri, body, std::move(idempotency));
    INFO(method << " " << uri << " " << body << ": " << reply.envelope.data);
    REQUIRE(reply.envelope.data_type == wire::kErrorDataType);
    return std::to_string(reply.envelope.status_code) + " " +
           wire::ParseJson(reply.envelope.data)->at("reason").get<std::string>();
  }

  ServiceSettings settings;
  memory::FailureInjector failures;
  Interloper interloper{failures};
  memory::Database database{{.hook = &interloper}};
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids{0xabcdef01};
  memory::NumberNormalizer numbers;
  Services services{database, cache, clock, ids, settings, &numbers};
  metrics::Metrics metrics;
  Router router{services, metrics};
};

}  // namespace outdial::router

#endif  // OUTDIAL_TESTS_UNIT_ROUTER_ROUTER_FIXTURE_H_
