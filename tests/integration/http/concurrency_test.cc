#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

TEST_CASE_METHOD(DaemonFixture, "more connections than are served at a time are all served") {
  // They stay open: each takes the place of one that is idle.
  std::vector<std::unique_ptr<RawConnection>> connections;
  constexpr int kConnections = 70;
  for (int i = 0; i < kConnections; ++i) {
    connections.push_back(std::make_unique<RawConnection>(daemon->port()));
    connections.back()->Send(MakeRequest("GET", "/healthz"));
    const auto answer = connections.back()->ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 200);
  }
}

TEST_CASE_METHOD(DaemonFixture, "many clients at the same time claim each target once") {
  constexpr int kClients = 16;
  constexpr int kTargets = 200;
  const std::string outdial_id = api.MakeOutdial();
  for (int i = 0; i < kTargets; ++i) api.MakeTarget(outdial_id);

  std::vector<std::vector<std::string>> claimed(kClients);
  RunClients(kClients, daemon->port(), [&](int i, Api& client) {
    while (true) {
      const Json targets = client.Ask("POST", "/v1/outdials/" + outdial_id + "/claim",
                                      {{"try_count_0", 1}, {"limit", 3}});
      if (targets.empty()) return;
      for (const Json& target : targets)
        claimed[static_cast<std::size_t>(i)].push_back(target["id"]);
    }
  });
  std::set<std::string> all;
  std::size_t count = 0;
  for (const std::vector<std::string>& mine : claimed) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  CHECK(count == kTargets);
  CHECK(all.size() == kTargets);
}

TEST_CASE("one worker serves many clients") {
  DaemonFixture fixture({"--workers", "1"});
  RunClients(8, fixture.daemon->port(), [](int, Api& client) {
    for (int i = 0; i < 20; ++i) client.MakeOutdial();
  });
  CHECK(fixture.api.Ask("GET", "/v1/outdials?page_size=1000").size() == 160);
}

}  // namespace
}  // namespace outdial::test
