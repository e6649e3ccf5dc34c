#include "support/bad_input.h"

#include "fixture.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

TEST_CASE_METHOD(DaemonFixture, "every bad input gets its typed answer over RabbitMQ") {
  const BadInputWorld world([this](const std::string& method, const std::string& uri,
                                   const std::string& body) -> BadInputWorld::Answer {
    const std::string quoted = nlohmann::json(uri).dump();
    const Json reply = Json::parse(rpc.Call(
        MakeEnvelope(method, std::string_view(quoted).substr(1, quoted.size() - 2), body)));
    const bool failed = reply["status_code"] != 200;
    CHECK(reply["data_type"] == (failed ? "voipbin_error" : "application/json"));
    return {reply["status_code"], reply["data"].dump()};
  });
  const std::string before = world.Snapshot();
  int sent = 0;
  for (const BadInput& input : BadInputs()) {
    if (!FitsIntoEnvelope(input)) continue;
    INFO(input.name);
    CHECK(world.Check(input) == "");
    ++sent;
  }
  CHECK(sent > 100);
  CHECK(world.Snapshot() == before);
  CHECK(daemon->Stop() == 0);
}

}  // namespace
}  // namespace outdial::test
