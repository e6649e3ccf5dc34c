#include "support/bad_input.h"

#include <algorithm>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

// Whether HTTP can carry it: a blank ends the URI.
bool FitsIntoRequestLine(const std::string& uri) {
  return std::all_of(uri.begin(), uri.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

TEST_CASE_METHOD(DaemonFixture, "every bad input gets its typed answer over HTTP") {
  const BadInputWorld world([this](const std::string& method, const std::string& uri,
                                   const std::string& body) -> BadInputWorld::Answer {
    HttpAnswer answer = api.Send(method, uri, body);
    CHECK(answer.headers.at("content-type") == "application/json");
    return {answer.status_code, std::move(answer.body)};
  });
  const std::string before = world.Snapshot();
  int sent = 0;
  for (const BadInput& input : BadInputs()) {
    if (!FitsIntoRequestLine(input.uri)) continue;
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
