// DSNs, as deployments hold them.
#include "outdial/mysql/settings.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "support/catch.h"

namespace outdial::mysql {
namespace {

Settings Parse(const std::string& dsn) {
  CAPTURE(dsn);
  const absl::StatusOr<Settings> settings = ParseDsn(dsn);
  REQUIRE(settings.ok());
  return *settings;
}

TEST_CASE("MySQL DSN: the Go driver's form") {
  const Settings settings =
      Parse("bin-manager:p@ss:w/rd@tcp(db.internal:3307)/bin_manager?parseTime=true&loc=UTC");
  CHECK(settings.user == "bin-manager");
  CHECK(settings.password == "p@ss:w/rd");
  CHECK(settings.host == "db.internal");
  CHECK(settings.port == 3307);
  CHECK(settings.unix_socket == "");
  CHECK(settings.database == "bin_manager");
  CHECK(settings.tls == Tls::kOff);
}

TEST_CASE("MySQL DSN: passwords hold any character") {
  for (const std::string password : {"", "p@ss:w/rd", "@", ":", "/", "//", "@tcp(", ")/x", "a?b=c",
                                     "%41", "a b", "'\"\\", "="}) {
    CAPTURE(password);
    CHECK(Parse("u:" + password + "@tcp(h:1)/d").password == password);
    CHECK(Parse("u:" + password + "@unix(/run/mysqld.sock)/d?x=y").password == password);
  }
}

TEST_CASE("MySQL DSN: what is left out has a default") {
  CHECK(Parse("user@/d").user == "user");
  CHECK(Parse("user@/d").password == "");
  CHECK(Parse("user@/d").host == "127.0.0.1");
  CHECK(Parse("user@/d").port == 3306);
  CHECK(Parse("tcp(h)/d").host == "h");
  CHECK(Parse("tcp(h)/d").user == "");
  CHECK(Parse("u@tcp/d").host == "127.0.0.1");
  CHECK(Parse("u@tcp()/d").host == "127.0.0.1");
  CHECK(Parse("u@tcp(:3307)/d").port == 3307);
  CHECK(Parse("u@(h:3307)/d").host == "h");
  CHECK(Parse("u@tcp(h)/d?").database == "d");
}

TEST_CASE("MySQL DSN: addresses") {
  CHECK(Parse("u@tcp([::1]:3307)/d").host == "::1");
  CHECK(Parse("u@tcp([::1]:3307)/d").port == 3307);
  CHECK(Parse("u@tcp([fe80::1%eth0])/d").host == "fe80::1%eth0");
  CHECK(Parse("u@tcp(::1)/d").host == "::1");
  CHECK(Parse("u@unix(/run/mysqld/mysqld.sock)/d").unix_socket == "/run/mysqld/mysqld.sock");
}

TEST_CASE("MySQL DSN: a URL") {
  const Settings settings = Parse("mysql://us%65r:p%40ss%3Aw%2Frd@db.internal:3307/d%20b?tls=true");
  CHECK(settings.user == "user");
  CHECK(settings.password == "p@ss:w/rd");
  CHECK(settings.host == "db.internal");
  CHECK(settings.port == 3307);
  CHECK(settings.database == "d b");
  CHECK(settings.tls == Tls::kVerified);
  CHECK(Parse("mysql://u:p@ss:w/rd@h/d").password == "p@ss:w/rd");
  CHECK(Parse("mysql://u:p@ss:w/rd@h/d").host == "h");
  CHECK(Parse("mysql://h/d").user == "");
  CHECK(Parse("mysql://[::1]:3307/d").host == "::1");
  CHECK(Parse("mysql://u@h/d?x=/").database == "d");
}

TEST_CASE("MySQL DSN: parameters") {
  const Settings settings = Parse("u@tcp(h)/d?timeout=5s&readTimeout=1m30s&writeTimeout=500ms");
  CHECK(settings.connect_timeout == absl::Seconds(5));
  CHECK(settings.read_timeout == absl::Seconds(90));
  CHECK(settings.write_timeout == absl::Milliseconds(500));
  const Settings defaults = Parse("u@tcp(h)/d?timeout=0&readTimeout=0s");
  CHECK(defaults.connect_timeout == Settings().connect_timeout);
  CHECK(defaults.read_timeout == Settings().read_timeout);

  CHECK(Parse("u@tcp(h)/d?tls=false").tls == Tls::kOff);
  CHECK(Parse("u@tcp(h)/d?tls=true").tls == Tls::kVerified);
  CHECK(Parse("u@tcp(h)/d?tls=skip-verify").tls == Tls::kUnverified);
  CHECK(Parse("u@tcp(h)/d?tls=preferred").tls == Tls::kPreferred);

  for (const char* ignored :
       {"parseTime=true", "charset=utf8", "collation=utf8mb4_bin", "loc=UTC", "loc=", "x", "&&",
        "time_zone=%27%2B09%3A00%27", "multiStatements=true", "=", "maxAllowedPacket=0"}) {
    CAPTURE(ignored);
    CHECK(Parse(std::string("u@tcp(h)/d?") + ignored).database == "d");
  }
}

TEST_CASE("MySQL DSN: what is wrong is refused, without being repeated") {
  for (const std::string dsn : {"",
                                "hush",
                                "hush.db",
                                "/hush/hush.db",
                                "hush/d",
                                "u:hush@tcp(h:3306)",
                                "u:hush@tcp(h:3306)/",
                                "u:hush@tcp(h:3306)/?x=y",
                                "u:hush@tcp(h:0)/d",
                                "u:hush@tcp(h:65536)/d",
                                "u:hush@tcp(h:x)/d",
                                "u:hush@tcp(h:-1)/d",
                                "u:hush@tcp(h:3306/d",
                                "u:hush@tcp(h:3306)x/d",
                                "u:hush@udp(h:3306)/d",
                                "u:hush@unix()/d",
                                "u:hush@tcp([::1)/d",
                                "u:hush@tcp([::1]3306)/d",
                                "u:hush@tcp(h;x)/d",
                                "u:hush@tcp(h x)/d",
                                "u:hush@tcp(h)/d?loc=Asia%2FSeoul",
                                "u:hush@tcp(h)/d?loc=Local",
                                "u:hush@tcp(h)/d?timeout=hush",
                                "u:hush@tcp(h)/d?timeout=-1s",
                                "u:hush@tcp(h)/d?readTimeout=25h",
                                "u:hush@tcp(h)/d?tls=hush",
                                "u:hush@tcp(h)/d?x=%",
                                "u:hush@tcp(h)/d%0",
                                "u:hu\nsh@tcp(h)/d",
                                "u:hush@tcp(h)/d%00",
                                "mysql://",
                                "mysql://h",
                                "mysql://h/",
                                "mysql://u:hush%@h/d",
                                "mysql://u%zz:hush@h/d",
                                "postgres://u:hush@h/d"}) {
    CAPTURE(dsn);
    const absl::Status status = ParseDsn(dsn).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(status.message().find("hush") == absl::string_view::npos);
  }
}

}  // namespace
}  // namespace outdial::mysql
