// The broker behind TLS, with certificates that are made for the test.
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "contract/suite/values.h"
#include "fixture.h"
#include "outdial/entities/event.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

void RunOpenssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  const Finished finished = RunToEnd(arguments);
  if (finished.exit_code != 0) throw std::runtime_error("openssl: " + finished.error_output);
}

// Who signs: a certificate and a key.
class Authority {
 public:
  explicit Authority(const TemporaryDirectory& directory) : directory_(directory) {
    RunOpenssl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=outdial test authority", "-keyout", directory_.Join("ca.key"), "-out",
                certificate()});
  }

  std::string certificate() const { return directory_.Join("ca.pem"); }

  // Makes `name`.pem and `name`.key, for what `subjects` names ("DNS:localhost,IP:127.0.0.1").
  void Sign(const std::string& name, const std::string& subjects) const {
    const std::string request = directory_.Join(name + ".csr");
    const std::string extensions = directory_.Join(name + ".ext");
    std::ofstream(extensions) << "subjectAltName=" << subjects << "\n";
    RunOpenssl({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout",
                directory_.Join(name + ".key"), "-out", request});
    RunOpenssl({"x509", "-req", "-in", request, "-CA", certificate(), "-CAkey",
                directory_.Join("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", extensions,
                "-out", directory_.Join(name + ".pem")});
  }

 private:
  const TemporaryDirectory& directory_;
};

struct TlsFixture {
  // A broker with the certificate `name`. `options` come after those that all have.
  void StartBroker(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> all = {"listeners.ssl.1 = 127.0.0.1:" + std::to_string(port),
                                    "ssl_options.cacertfile = " + authority.certificate(),
                                    "ssl_options.certfile = " + directory.Join(name + ".pem"),
                                    "ssl_options.keyfile = " + directory.Join(name + ".key")};
    all.insert(all.end(), options.begin(), options.end());
    broker = std::make_unique<RabbitmqServer>(all);
    broker->Start();
  }

  std::string Address(const std::string& host, const std::string& parameters) const {
    return "amqps://guest:guest@" + host + ":" + std::to_string(port) + "/?" + parameters;
  }

  std::string Trusted() const { return "cacertfile=" + authority.certificate(); }

  // Whether something can be published.
  static bool Reaches(const std::string& address) {
    metrics::Metrics metrics;
    rabbitmq::EventPublisher publisher(
        {.address = rabbitmq::ParseAddress(address).value(), .confirm_timeout = absl::Seconds(60)},
        metrics);
    return publisher.Publish({{EventType::kOutdialCreated, Outdial(contract::OutdialFields(1))}})
        .ok();
  }

  TemporaryDirectory directory;
  const Authority authority{directory};
  const int port = FreePort();
  std::unique_ptr<RabbitmqServer> broker;
};

TEST_CASE_METHOD(TlsFixture, "the daemon serves over TLS, from a broker that it trusts") {
  authority.Sign("broker", "DNS:localhost,IP:127.0.0.1");
  StartBroker("broker");
  const std::string path = directory.Join("outdial.db");
  {
    DaemonProcess daemon(kManager, "sqlite:" + path,
                         {"--rabbitmq_address", Address("localhost", Trusted())});
    REQUIRE(Eventually([&] { return IsReady(daemon); }));
    RpcClient rpc(broker->address());
    // More than one record of TLS at a time, in both directions.
    const std::string detail(60'000, 'd');
    for (int i = 0; i < 20; ++i) {
      rpc.Send(MakeEnvelope("POST", "/v1/outdials", R"({"detail":")" + detail + "\"}"),
               std::to_string(i));
    }
    for (int i = 0; i < 20; ++i) {
      const auto reply = rpc.Receive();
      REQUIRE(reply.has_value());
      CHECK(Json::parse(reply->message.body)["data"]["detail"] == detail);
    }
    CHECK(daemon.Stop() == 0);
  }
  CHECK(Reaches(Address("127.0.0.1", Trusted())));
  CHECK(Reaches(Address("localhost", "verify=verify_none")));
  // Nobody that the system knows has signed it, and no such file is there.
  CHECK_FALSE(Reaches(Address("localhost", "")));
  CHECK_FALSE(Reaches(Address("localhost", "cacertfile=/no/such/file")));
  CHECK_FALSE(Reaches(Address("localhost", Trusted() + "&certfile=/no/such&keyfile=/file")));
  // TLS and what is none do not understand each other.
  CHECK_FALSE(Reaches("amqp://guest:guest@localhost:" + std::to_string(port)));
  CHECK_FALSE(
      Reaches("amqps://guest:guest@localhost:" + std::to_string(broker->port()) + "?" + Trusted()));
}

TEST_CASE_METHOD(TlsFixture, "a certificate for another host is refused; ours is shown") {
  authority.Sign("broker", "DNS:broker.example,IP:127.0.0.1");
  authority.Sign("client", "DNS:client.example");
  StartBroker("broker",
              {"ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true"});
  const std::string ours =
      "&certfile=" + directory.Join("client.pem") + "&keyfile=" + directory.Join("client.key");
  CHECK(Reaches(Address("127.0.0.1", Trusted() + ours)));
  CHECK_FALSE(Reaches(Address("localhost", Trusted() + ours)));
  CHECK(Reaches(Address("localhost", "verify=verify_none" + ours)));
  CHECK_FALSE(Reaches(Address("127.0.0.1", Trusted())));
}

}  // namespace
}  // namespace outdial::test
