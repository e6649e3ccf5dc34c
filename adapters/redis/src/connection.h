// One connection to a Redis server.
#ifndef OUTDIAL_REDIS_SRC_CONNECTION_H_
#define OUTDIAL_REDIS_SRC_CONNECTION_H_

#include <hiredis/hiredis.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "outdial/redis/cache.h"
#include "scripts.h"

namespace outdial::redis {

struct FreeReply {
  void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

inline bool IsError(const Reply& reply) { return reply->type == REDIS_REPLY_ERROR; }
// What a reply that is an error says, without what should not be told.
absl::Status ErrorOf(const Reply& reply);
// The text of a reply that has one, else nothing.
std::string_view TextOf(const redisReply& reply);

// Commands that go to the server in one round trip.
class Pipeline {
 public:
  void Add(absl::Span<const std::string_view> command);

  std::size_t size() const { return size_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t size_ = 0;
};

// One run of a script.
struct ScriptCall {
  std::vector<std::string> keys{};
  std::vector<std::string> arguments{};
};

// Used by one thread at a time. Errors are Unavailable, and say in a few words what happened,
// without an address; the connection is of no use after one.
class Connection {
 public:
  // Connects, gives the password and chooses the database.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Settings& settings);

  // For each step of sending and receiving from now on.
  absl::Status SetTimeout(absl::Duration timeout);

  // One round trip; the replies in order, which may be errors of the server's.
  absl::StatusOr<std::vector<Reply>> Run(const Pipeline& pipeline);

  // One round trip, or two where the server has not seen the script before. The replies in order.
  // A reply that is an error of the server's is an error too.
  absl::StatusOr<std::vector<Reply>> RunScript(Script script, absl::Span<const ScriptCall> calls);

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { ::redisFree(context); }
  };

  explicit Connection(redisContext* context) : context_(context) {}

  absl::Status SetUp(const Settings& settings);
  absl::Status Send(std::string_view bytes);

  const std::unique_ptr<redisContext, FreeContext> context_;
  std::array<std::string, kScripts.size()> script_names_;  // what the server calls them
};

}  // namespace outdial::redis

#endif  // OUTDIAL_REDIS_SRC_CONNECTION_H_
