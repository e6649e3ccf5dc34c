#include "support/bad_input.h"

#include <set>
#include <string>

#include "router_fixture.h"
#include "support/catch.h"

namespace outdial::router {
namespace {

TEST_CASE_METHOD(RouterFixture, "every bad input gets its typed answer and changes nothing") {
  const test::BadInputWorld world([this](const std::string& method, const std::string& uri,
                                         const std::string& body) -> test::BadInputWorld::Answer {
    Reply reply = Send(method, uri, body);
    const bool failed = reply.envelope.status_code != 200;
    CHECK(reply.envelope.data_type == (failed ? wire::kErrorDataType : wire::kJsonDataType));
    return {reply.envelope.status_code, reply.envelope.data};
  });
  const std::string before = world.Snapshot();
  for (const test::BadInput& input : test::BadInputs()) {
    CHECK(world.Check(input) == "");
  }
  CHECK(world.Snapshot() == before);
}

TEST_CASE("the table of bad input has no case twice and each row of the contract") {
  std::set<std::string> names;
  std::set<int> codes;
  for (const test::BadInput& input : test::BadInputs()) {
    INFO(input.name);
    CHECK(names.insert(input.name + "|" + input.method).second);
    codes.insert(input.status_code);
  }
  CHECK(codes == std::set<int>{400, 404, 405, 409, 429});
}

TEST_CASE("the check of a refusal tells right from wrong") {
  const test::BadInput input{"n", "GET", "/", "", 400, "WRONG_TYPE", "name"};
  const std::string right =
      R"({"status":"INVALID_ARGUMENT","reason":"WRONG_TYPE","domain":"outdial-manager","message":"m","details":[{"field":"name"}]})";
  CHECK(test::CheckRefusal(input, 400, right).empty());
  CHECK_FALSE(test::CheckRefusal(input, 404, right).empty());
  CHECK_FALSE(test::CheckRefusal(input, 400, "").empty());
  CHECK_FALSE(test::CheckRefusal(input, 400, "{}").empty());
  for (const char* part :
       {"INVALID_ARGUMENT", "WRONG_TYPE", "outdial-manager", "name", "message"}) {
    std::string wrong = right;
    wrong.replace(wrong.find(part), 1, "x");
    CHECK_FALSE(test::CheckRefusal(input, 400, wrong).empty());
  }
}

}  // namespace
}  // namespace outdial::router
