#include "fixture.h"

#include <stdexcept>
#include <utility>

#include "absl/status/statusor.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/page.h"
#include "outdial/sqlite/database.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

std::unique_ptr<Database> Open(const std::string& path) {
  sqlite::Settings settings;
  settings.path = path;
  auto database = sqlite::Open(settings);
  if (!database.ok()) throw std::runtime_error("the database cannot be opened");
  return *std::move(database);
}

Json DataOf(const std::string& what, Json envelope) {
  if (envelope["status_code"] != 200) throw std::runtime_error(what + ": " + envelope.dump());
  return envelope["data"];
}

}  // namespace

int CountOf(const std::string& text, const std::string& where) {
  int count = 0;
  for (std::size_t at = where.find(text); at != std::string::npos; at = where.find(text, at + 1)) {
    ++count;
  }
  return count;
}

LocalApi::LocalApi(const std::string& path)
    : database_(Open(path)),
      services_(*database_, cache_, clock_, ids_, {.record_events = false}),
      router_(services_, metrics_) {}

Json LocalApi::Ask(const std::string& method, const std::string& uri, const Json& body) {
  const std::string text = body.is_null() ? "" : body.dump();
  const router::Reply reply = router_.Handle(
      {.method = method, .uri = uri, .body = text, .idempotency = {}, .request_id = ""});
  if (reply.envelope.status_code != 200) {
    throw std::runtime_error(method + " " + uri + ": " + reply.envelope.data);
  }
  return Json::parse(reply.envelope.data);
}

std::string LocalApi::MakeOutdial(const std::string& name) {
  return Ask("POST", "/v1/outdials", {{"name", name}})["id"];
}

std::string LocalApi::MakeTarget(const std::string& outdial_id) {
  return Ask("POST", "/v1/outdials/" + outdial_id + "/targets",
             {{"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}})["id"];
}

std::string LocalApi::Snapshot() {
  std::string snapshot;
  for (const char* deleted : {"false", "true"}) {
    const Json outdials = Ask("GET", std::string("/v1/outdials?deleted=") + deleted);
    snapshot += outdials.dump() + "\n";
    for (const Json& outdial : outdials) {
      const std::string id = outdial["id"];
      snapshot += Ask("GET", "/v1/outdials/" + id + "/targets").dump() + "\n" +
                  Ask("GET", "/v1/outdialtargetcalls?outdial_id=" + id).dump() + "\n";
    }
  }
  return snapshot;
}

BrokerFixture::BrokerFixture() = default;

std::unique_ptr<DaemonProcess> BrokerFixture::StartDaemon(const std::vector<std::string>& arguments,
                                                          const std::string& address) {
  std::vector<std::string> all = {"--rabbitmq_address",
                                  address.empty() ? vhost.address() : address};
  all.insert(all.end(), arguments.begin(), arguments.end());
  auto daemon = std::make_unique<DaemonProcess>(kManager, "sqlite:" + path, all);
  if (!Eventually([&] { return IsReady(*daemon); })) {
    throw std::runtime_error("the daemon is not ready: " + daemon->process().error_output());
  }
  return daemon;
}

Json DaemonFixture::Call(const std::string& method, const std::string& uri, const Json& data) {
  return Json::parse(rpc.Call(MakeEnvelope(method, uri, data.is_null() ? "" : data.dump())));
}

Json DaemonFixture::Ask(const std::string& method, const std::string& uri, const Json& data) {
  return DataOf(method + " " + uri, Call(method, uri, data));
}

std::unique_ptr<rabbitmq::Consumer> ConsumerFixture::Start(
    const rabbitmq::ConsumerSettings& settings) {
  auto consumer = std::make_unique<rabbitmq::Consumer>(settings, router, services.journal);
  consumer->Start();
  if (!Eventually([&] { return consumer->stats().connections == settings.workers; })) {
    throw std::runtime_error("the consumer has no connections");
  }
  return consumer;
}

std::size_t ConsumerFixture::CountOutdials() {
  std::size_t count = 0;
  for (Page page{.size = 1000};;) {
    const std::vector<Outdial> outdials = services.outdials.List({}, page).value();
    if (outdials.empty()) return count;
    count += outdials.size();
    page.before = outdials.back().fields().tm_create;
  }
}

bool IsReady(const DaemonProcess& daemon, std::string* body) {
  const HttpAnswer answer = AskOnce(daemon.port(), MakeRequest("GET", "/readyz"));
  if (body != nullptr) *body = answer.body;
  return answer.status_code == 200;
}

}  // namespace outdial::test
