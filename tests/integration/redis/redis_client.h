// Somebody else who uses the same Redis server, and what the tests of the cache ask for.
#ifndef OUTDIAL_TESTS_INTEGRATION_REDIS_REDIS_CLIENT_H_
#define OUTDIAL_TESTS_INTEGRATION_REDIS_REDIS_CLIENT_H_

#include <hiredis/hiredis.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/redis/cache.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/process.h"

namespace outdial::test {

// One connection. A command that fails fails the test.
class RedisClient {
 public:
  explicit RedisClient(int port) : context_(::redisConnect("127.0.0.1", port)) {
    REQUIRE(context_ != nullptr);
    REQUIRE(context_->err == 0);
  }

  // A text, a number as text, or nullopt for nil.
  std::optional<std::string> Command(const std::vector<std::string>& words) {
    const ReplyPointer reply = Send(words);
    if (reply->type == REDIS_REPLY_NIL) return std::nullopt;
    if (reply->type == REDIS_REPLY_INTEGER) return std::to_string(reply->integer);
    return std::string(reply->str, reply->len);
  }

  std::optional<std::string> Get(const std::string& key) { return Command({"GET", key}); }
  void Set(const std::string& key, const std::string& text) { Command({"SET", key, text}); }
  bool Exists(const std::string& key) { return Command({"EXISTS", key}) == "1"; }

  // How often the server has carried out a command since CONFIG RESETSTAT.
  int Calls(const std::string& command) {
    const std::string stats = *Command({"INFO", "commandstats"});
    const std::string start = "cmdstat_" + command + ":calls=";
    const std::size_t found = stats.find(start);
    return found == std::string::npos ? 0 : std::stoi(stats.substr(found + start.size()));
  }
  void ResetCalls() { Command({"CONFIG", "RESETSTAT"}); }

 private:
  struct FreeReply {
    void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
  };
  using ReplyPointer = std::unique_ptr<redisReply, FreeReply>;
  struct FreeContext {
    void operator()(redisContext* context) const { ::redisFree(context); }
  };

  ReplyPointer Send(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    ReplyPointer reply(static_cast<redisReply*>(::redisCommandArgv(
        context_.get(), static_cast<int>(words.size()), texts.data(), sizes.data())));
    REQUIRE(reply != nullptr);
    if (reply->type == REDIS_REPLY_ERROR) FAIL(reply->str);
    return reply;
  }

  const std::unique_ptr<redisContext, FreeContext> context_;
};

inline bool GetsOnline(const redis::Cache& cache) {
  return cache.WaitUntilOnline(absl::FromChrono(kPatience));
}

// Longer than a server takes that runs, so that only one that is held is late.
inline constexpr absl::Duration kLongTimeout = absl::Seconds(20);
inline constexpr absl::Duration kShortTimeout = absl::Milliseconds(300);

inline redis::Settings SettingsFor(int port, absl::Duration timeout = kLongTimeout) {
  return {.address = {"127.0.0.1", static_cast<std::uint16_t>(port)},
          .connections = 3,
          .timeout = timeout,
          .max_backoff = absl::Milliseconds(200),
          .long_outage = absl::Hours(24)};
}

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_REDIS_REDIS_CLIENT_H_
