#include "world.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "fuzz.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"

namespace outdial::fuzz {
namespace {

constexpr std::string_view kParty =
    R"({"destination_0":{"type":"tel","target":"+1"},"destination_1":{"type":"tel","target":"+2"}})";
constexpr std::string_view kTargets = "/v1/outdials/00000000-0000-4000-8000-000000000001/targets";
constexpr std::string_view kProgressing =
    "/v1/outdialtargets/00000000-0000-4000-8000-000000000003/progressing";

void CheckReply(const router::Reply& reply) {
  const wire::ReplyEnvelope& envelope = reply.envelope;
  const auto data = wire::ParseJson(envelope.data);
  OUTDIAL_FUZZ_CHECK(data.ok());
  OUTDIAL_FUZZ_CHECK((envelope.status_code == 405) == !reply.allowed_methods.empty());
  if (envelope.status_code == 200) {
    OUTDIAL_FUZZ_CHECK(envelope.data_type == wire::kJsonDataType);
    OUTDIAL_FUZZ_CHECK(data->is_object() || data->is_array());
  } else {
    static const std::set<int> codes = {400, 404, 405, 409, 429};
    OUTDIAL_FUZZ_CHECK(codes.contains(envelope.status_code));
    OUTDIAL_FUZZ_CHECK(envelope.data_type == wire::kErrorDataType);
    for (const char* key : {"status", "reason", "domain", "message"}) {
      OUTDIAL_FUZZ_CHECK(data->at(key).is_string());
    }
    OUTDIAL_FUZZ_CHECK(data->size() == (data->contains("details") ? 5U : 4U));
  }
  const auto again = wire::ParseReplyEnvelope(wire::DumpReplyEnvelope(envelope));
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(*again == envelope);
}

}  // namespace

Uuid CountingIdSource::NewUuid() { return memory::SequentialIdSource::Nth(++given_out_); }

World::World() : services_(database_, cache_, clock_, ids_), router_(services_, metrics_) {
  Restart();
}

void World::Restart() {
  database_.Replace();
  ids_.Restart();
  OUTDIAL_FUZZ_CHECK(Send("POST", "/v1/outdials", "{}").envelope.status_code == 200);
  OUTDIAL_FUZZ_CHECK(Send("POST", kTargets, kParty).envelope.status_code == 200);
  OUTDIAL_FUZZ_CHECK(Send("POST", kTargets, kParty).envelope.status_code == 200);
  OUTDIAL_FUZZ_CHECK(Send("POST", kProgressing, "").envelope.status_code == 200);
  events_ = CountEvents();
}

router::Reply World::Send(std::string_view method, std::string_view uri, std::string_view body,
                          std::optional<router::Idempotency> idempotency) {
  return router_.Handle({.method = method,
                         .uri = uri,
                         .body = body,
                         .idempotency = std::move(idempotency),
                         .request_id = {}});
}

std::size_t World::CountEvents() {
  std::size_t count = 0;
  const absl::Status status = database_.Read([&](const UnitOfWork& work) -> absl::Status {
    const auto size = work.outbox().Size();
    if (size.ok()) count = *size;
    return size.status();
  });
  OUTDIAL_FUZZ_CHECK(status.ok());
  return count;
}

void World::Check(std::string_view method, std::string_view uri, std::string_view body) {
  const router::Idempotency idempotency{.key = "key", .look_up = true};
  const router::Reply first = Send(method, uri, body, idempotency);
  const std::size_t events = CountEvents();
  const router::Reply second = Send(method, uri, body, idempotency);
  CheckReply(first);
  OUTDIAL_FUZZ_CHECK(second.envelope == first.envelope);
  OUTDIAL_FUZZ_CHECK(CountEvents() == events);
  if (first.envelope.status_code == 200 && method != "GET") {
    Restart();
  } else {
    OUTDIAL_FUZZ_CHECK(events == events_);
  }
}

}  // namespace outdial::fuzz
