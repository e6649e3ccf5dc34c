#include "connection.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace outdial::redis {
namespace {

absl::Status NoAnswer() { return absl::UnavailableError("it does not answer in time"); }

bool IsNoScript(const Reply& reply) {
  return IsError(reply) && TextOf(*reply).starts_with("NOSCRIPT");
}

void AddScriptCall(Pipeline& pipeline, std::string_view command, std::string_view script,
                   const ScriptCall& call) {
  const std::string key_count = std::to_string(call.keys.size());
  std::vector<std::string_view> words = {command, script, key_count};
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  pipeline.Add(words);
}

}  // namespace

absl::Status ErrorOf(const Reply& reply) {
  const std::string_view text = TextOf(*reply);
  // Its first word is what kind of error it is: NOAUTH, LOADING, OOM.
  return absl::UnavailableError(
      absl::StrCat("it answers ", std::string(text.substr(0, text.find(' ')))));
}

std::string_view TextOf(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, reply.len);
}

void Pipeline::Add(absl::Span<const std::string_view> command) {
  absl::StrAppend(&bytes_, "*", command.size(), "\r\n");
  for (const std::string_view word : command) {
    absl::StrAppend(&bytes_, "$", word.size(), "\r\n");
    bytes_.append(word);
    bytes_.append("\r\n");
  }
  ++size_;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Settings& settings) {
  const timeval timeout = absl::ToTimeval(settings.timeout);
  redisContext* const context =
      ::redisConnectWithTimeout(settings.address.host.c_str(), settings.address.port, timeout);
  if (context == nullptr) return absl::UnavailableError("there is no memory for a connection");
  std::unique_ptr<Connection> connection(new Connection(context));
  if (context->err != 0) return absl::UnavailableError("it cannot be reached");
  if (absl::Status status = connection->SetTimeout(settings.timeout); !status.ok()) return status;
  if (absl::Status status = connection->SetUp(settings); !status.ok()) return status;
  return connection;
}

absl::Status Connection::SetTimeout(absl::Duration timeout) {
  const bool set = ::redisSetTimeout(context_.get(), absl::ToTimeval(timeout)) == REDIS_OK;
  return set ? absl::OkStatus() : NoAnswer();
}

absl::Status Connection::SetUp(const Settings& settings) {
  Pipeline pipeline;
  if (!settings.password.empty()) pipeline.Add({"AUTH", settings.password});
  const std::string database = std::to_string(settings.database);
  if (settings.database != 0) pipeline.Add({"SELECT", database});
  for (const Script script : kScripts) pipeline.Add({"SCRIPT", "LOAD", SourceOf(script)});
  const auto replies = Run(pipeline);
  if (!replies.ok()) return replies.status();
  for (const Reply& reply : *replies) {
    if (IsError(reply)) return ErrorOf(reply);
  }
  for (std::size_t i = 0; i < script_names_.size(); ++i) {
    const std::size_t first = replies->size() - script_names_.size();
    script_names_[i] = TextOf(*(*replies)[first + i]);
  }
  return absl::OkStatus();
}

absl::Status Connection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    // hiredis would write(): a signal would come where the server has gone.
    const ssize_t sent = ::send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return NoAnswer();
    if (sent < 0) return absl::UnavailableError("the connection is lost");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Reply>> Connection::Run(const Pipeline& pipeline) {
  if (absl::Status status = Send(pipeline.bytes()); !status.ok()) return status;
  std::vector<Reply> replies;
  replies.reserve(pipeline.size());
  while (replies.size() < pipeline.size()) {
    void* reply = nullptr;
    if (::redisGetReply(context_.get(), &reply) != REDIS_OK) {
      const bool late = context_->err == REDIS_ERR_IO && errno == EAGAIN;
      return late ? NoAnswer() : absl::UnavailableError("the connection is lost");
    }
    replies.emplace_back(static_cast<redisReply*>(reply));
  }
  return replies;
}

absl::StatusOr<std::vector<Reply>> Connection::RunScript(Script script,
                                                         absl::Span<const ScriptCall> calls) {
  const std::string& name = script_names_[static_cast<std::size_t>(script)];
  Pipeline pipeline;
  for (const ScriptCall& call : calls) AddScriptCall(pipeline, "EVALSHA", name, call);
  auto replies = Run(pipeline);
  if (!replies.ok()) return replies;

  // Somebody may have told the server to forget its scripts.
  Pipeline again;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (IsNoScript((*replies)[i])) AddScriptCall(again, "EVAL", SourceOf(script), calls[i]);
  }
  if (again.size() > 0) {
    auto late_replies = Run(again);
    if (!late_replies.ok()) return late_replies;
    auto next = late_replies->begin();
    for (Reply& reply : *replies) {
      if (IsNoScript(reply)) reply = std::move(*next++);
    }
  }
  for (const Reply& reply : *replies) {
    if (IsError(reply)) return ErrorOf(reply);
  }
  return replies;
}

}  // namespace outdial::redis
