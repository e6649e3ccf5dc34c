// Connections that are encrypted.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "contract/suite/values.h"
#include "outdial/mysql/database.h"
#include "support/catch.h"
#include "support/mysql_database.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temporary_directory.h"

namespace outdial {
namespace {

using contract::Outcome;

// An authority, and a server's certificate by it.
class Certificates {
 public:
  explicit Certificates(const std::string& alternative_name) {
    OpenSsl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
             "/CN=authority", "-keyout", folder_.Join("ca.key"), "-out", authority()});
    OpenSsl({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=server",
             "-addext", "subjectAltName=" + alternative_name, "-CA", authority(), "-CAkey",
             folder_.Join("ca.key"), "-keyout", key(), "-out", certificate()});
  }

  std::string authority() const { return folder_.Join("ca.pem"); }
  std::string certificate() const { return folder_.Join("server.pem"); }
  std::string key() const { return folder_.Join("server.key"); }

 private:
  static void OpenSsl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"/usr/bin/env", "openssl"});
    const test::Finished finished = test::RunToEnd(std::move(arguments));
    if (finished.exit_code != 0) throw std::runtime_error(finished.error_output);
  }

  const test::TemporaryDirectory folder_;
};

std::string Connect(const test::MariadbServer& server, mysql::Tls tls) {
  mysql::Settings settings = test::SettingsOf(server.Dsn("mysql"));
  settings.tls = tls;
  return Outcome(mysql::ListMigrations(settings));
}

// How many encrypted connections the server has taken.
std::string Encrypted(test::DatabaseConnection& admin) {
  return admin.Query("show global status like 'Ssl_finished_accepts'").at(0).at(1).value();
}

TEST_CASE("MySQL: encryption with a server that can") {
  const std::string name = GENERATE(as<std::string>(), "IP:127.0.0.1", "DNS:another.example");
  CAPTURE(name);
  const Certificates certificates(name);
  test::MariadbServer server({"--ssl-ca=" + certificates.authority(),
                              "--ssl-cert=" + certificates.certificate(),
                              "--ssl-key=" + certificates.key()});
  server.Start();
  test::DatabaseConnection admin(server.port(), "");
  const std::string before = Encrypted(admin);
  CHECK(Connect(server, mysql::Tls::kOff) == "OK");
  CHECK(Encrypted(admin) == before);
  CHECK(Connect(server, mysql::Tls::kPreferred) == "OK");
  CHECK(Connect(server, mysql::Tls::kUnverified) == "OK");
  CHECK(Encrypted(admin) == std::to_string(std::stoi(before) + 2));

  // Where OpenSSL looks for authorities.
  CHECK(Connect(server, mysql::Tls::kVerified) == "DATABASE_UNAVAILABLE");
  ::setenv("SSL_CERT_FILE", certificates.authority().c_str(), 1);
  const bool of_the_host = name == "IP:127.0.0.1";
  CHECK(Connect(server, mysql::Tls::kVerified) == (of_the_host ? "OK" : "DATABASE_UNAVAILABLE"));
  ::unsetenv("SSL_CERT_FILE");
}

TEST_CASE("MySQL: encryption with a server that cannot") {
  test::MariadbServer server;
  server.Start();
  CHECK(Connect(server, mysql::Tls::kOff) == "OK");
  CHECK(Connect(server, mysql::Tls::kPreferred) == "OK");
  CHECK(Connect(server, mysql::Tls::kUnverified) == "DATABASE_UNAVAILABLE");
  CHECK(Connect(server, mysql::Tls::kVerified) == "DATABASE_UNAVAILABLE");
}

}  // namespace
}  // namespace outdial
