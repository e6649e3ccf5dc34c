// Envelopes, and the requests in them, through the router.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz.h"
#include "outdial/entities/error.h"
#include "outdial/wire/envelope.h"
#include "world.h"

namespace {

namespace wire = outdial::wire;

void CheckRefusal(const absl::Status& status) {
  const outdial::Reason reason = outdial::GetReason(status);
  OUTDIAL_FUZZ_CHECK(reason == outdial::Reason::kBodyNotJson ||
                     reason == outdial::Reason::kBodyTooDeep ||
                     reason == outdial::Reason::kWrongType);
}

void CheckReplyEnvelope(std::string_view text) {
  const auto reply = wire::ParseReplyEnvelope(text);
  if (!reply.ok()) return CheckRefusal(reply.status());
  const auto again = wire::ParseReplyEnvelope(wire::DumpReplyEnvelope(*reply));
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(*again == *reply);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static outdial::fuzz::World& world = *new outdial::fuzz::World;
  const std::string_view text = outdial::fuzz::ToText(data, size);
  CheckReplyEnvelope(text);
  const auto request = wire::ParseRequestEnvelope(text);
  if (!request.ok()) {
    CheckRefusal(request.status());
    return 0;
  }
  const auto again = wire::ParseRequestEnvelope(wire::DumpRequestEnvelope(*request));
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(again->uri == request->uri && again->method == request->method &&
                     again->publisher == request->publisher &&
                     again->data_type == request->data_type && again->data == request->data &&
                     again->request_id == request->request_id);
  world.Check(request->method, request->uri, request->data);
  return 0;
}
