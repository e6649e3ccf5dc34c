// A router on a database in memory that holds an outdial with two targets.
#ifndef OUTDIAL_TESTS_FUZZ_WORLD_H_
#define OUTDIAL_TESTS_FUZZ_WORLD_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "outdial/memory/database.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/ports/id_source.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"

namespace outdial::fuzz {

// Hands all calls on to a database that can be replaced by a new one.
class ReplaceableDatabase final : public Database {
 public:
  void Replace() { database_ = std::make_unique<memory::Database>(); }

  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    return database_->Read(body);
  }
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override {
    return database_->Write(body);
  }
  absl::Status Ping() override { return database_->Ping(); }

 private:
  std::unique_ptr<memory::Database> database_;
};

// Counts from 1 in each new world: 00000000-0000-4000-8000-000000000001, …
class CountingIdSource final : public IdSource {
 public:
  void Restart() { given_out_ = 0; }
  Uuid NewUuid() override;

 private:
  std::uint64_t given_out_ = 0;
};

// Each request meets the same state: …1 is an outdial, …2 an idle target of it with destination_0
// and destination_1, …3 one that is progressing in the call …4.
class World {
 public:
  World();

  // Sends a request, twice where it has an idempotency key, and checks everything that holds for
  // any request: the answer is well formed, an error has its typed body, and what failed, or only
  // reads, has changed nothing.
  void Check(std::string_view method, std::string_view uri, std::string_view body);

 private:
  void Restart();
  router::Reply Send(std::string_view method, std::string_view uri, std::string_view body,
                     std::optional<router::Idempotency> idempotency = std::nullopt);
  std::size_t CountEvents();

  ReplaceableDatabase database_;
  NoCache cache_;
  memory::ManualClock clock_;
  CountingIdSource ids_;
  Services services_;
  metrics::Metrics metrics_;
  router::Router router_;
  std::size_t events_ = 0;
};

}  // namespace outdial::fuzz

#endif  // OUTDIAL_TESTS_FUZZ_WORLD_H_
