// A connection that dies in a commit: nobody is told whether it was made.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "support/catch.h"
#include "support/mysql_database.h"

namespace outdial {
namespace {

using contract::Must;
using contract::Outcome;

// Stands between a database and a client with one connection at a time, and passes everything on.
class CommitInterceptor {
 public:
  explicit CommitInterceptor(int server_port) : server_port_(server_port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t length = sizeof(address);
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      throw std::runtime_error("a socket cannot be had");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }

  ~CommitInterceptor() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }

  CommitInterceptor(const CommitInterceptor&) = delete;
  CommitInterceptor& operator=(const CommitInterceptor&) = delete;

  std::uint16_t port() const { return port_; }

  // What is kept from the other side at the next commit, with which the connection ends.
  enum class Lost { kNothing, kCommit, kAnswer };
  void Lose(Lost lost) { lost_ = lost; }

  // Whether that has happened.
  bool has_lost() const { return lost_ == Lost::kNothing; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  // Waits until one of them can be read; null when it is to stop.
  const pollfd* WaitFor(std::array<pollfd, 2>& entries) const {
    while (!stopping_) {
      if (::poll(entries.data(), entries.size(), /*timeout, milliseconds=*/20) <= 0) continue;
      return entries[0].revents != 0 ? &entries[0] : &entries[1];
    }
    return nullptr;
  }

  void Run() {
    while (true) {
      std::array<pollfd, 2> entries = {{{.fd = listener_, .events = POLLIN, .revents = 0},
                                        {.fd = -1, .events = 0, .revents = 0}}};
      if (WaitFor(entries) == nullptr) return;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = Loopback(server_port_);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
        while (PassOn(client, server)) {
        }
      }
      ::close(server);
      ::close(client);
    }
  }

  // Passes one packet on; false where the connection is to end.
  bool PassOn(int client, int server) {
    std::array<pollfd, 2> entries = {{{.fd = client, .events = POLLIN, .revents = 0},
                                      {.fd = server, .events = POLLIN, .revents = 0}}};
    const pollfd* const readable = WaitFor(entries);
    if (readable == nullptr) return false;
    const int from = readable->fd;
    std::array<char, 65536> buffer{};
    const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    const bool commits = from == client && bytes.ends_with(
                                               "\x03"
                                               "commit");
    const Lost lost = lost_;
    if (commits && lost == Lost::kCommit) {
      lost_ = Lost::kNothing;
      return false;
    }
    ::send(from == client ? server : client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (!commits || lost != Lost::kAnswer) return true;
    ::recv(server, buffer.data(), buffer.size(), 0);  // the answer
    lost_ = Lost::kNothing;
    return false;
  }

  const int server_port_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<Lost> lost_ = Lost::kNothing;
  std::thread thread_;
};

using Lost = CommitInterceptor::Lost;

class LostCommitTest {
 public:
  mysql::Settings SettingsThroughInterceptor() const {
    mysql::Settings settings = database.settings();
    settings.port = interceptor.port();
    return settings;
  }

  std::string Journaled(Lost lost, const std::string& reply) {
    interceptor.Lose(lost);
    return Outcome(mysql.services.outdials.Create({}, [&](const Outdial&) {
      return JournalEntry{.key = "key", .reply = reply, .tm_create = {}, .first_delivery = true};
    }));
  }

  std::size_t CountOutdials() { return Must(mysql.services.outdials.List({}, {})).size(); }

  test::EmptyMysqlDatabase database;
  CommitInterceptor interceptor{database.settings().port};
  MysqlServices mysql{SettingsThroughInterceptor()};
};

TEST_CASE_METHOD(LostCommitTest, "MySQL: a commit whose answer is lost is found in the journal") {
  SECTION("a new entry") {}
  SECTION("beside the entry of a request that looks alike") {
    CHECK(Journaled(Lost::kNothing, "earlier") == "OK");
  }
  const std::size_t before = CountOutdials();
  CHECK(Journaled(Lost::kAnswer, "reply") == "OK");
  CHECK(interceptor.has_lost());
  CHECK(CountOutdials() == before + 1);
  CHECK(Must(mysql.services.journal.Find("key"))->reply == "reply");
  CHECK(database.Query("select 1 from outdial_event_outbox").size() == before + 1);
}

TEST_CASE_METHOD(LostCommitTest, "MySQL: a commit that was not made is not in the journal") {
  SECTION("no entry") {}
  SECTION("the entry of a request that looks alike, with the same reply") {
    CHECK(Journaled(Lost::kNothing, "reply") == "OK");
  }
  const std::size_t before = CountOutdials();
  CHECK(Journaled(Lost::kCommit, "reply") == "DATABASE_UNAVAILABLE");
  CHECK(interceptor.has_lost());
  CHECK(CountOutdials() == before);
}

TEST_CASE_METHOD(LostCommitTest, "MySQL: what became of a change without a journal is not known") {
  CHECK(CountOutdials() == 0);  // the first use has a commit of its own: it looks at the migrations
  interceptor.Lose(Lost::kAnswer);
  CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
  CHECK(interceptor.has_lost());
  CHECK(CountOutdials() == 1);
}

}  // namespace
}  // namespace outdial
