#include "link.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "outdial/logging/log.h"

namespace outdial::redis {
namespace {

using std::chrono::steady_clock;

// A script lets nobody else in while it runs.
constexpr std::size_t kCopiesPerScript = 50;
constexpr std::size_t kMakeUpBatch = 500;
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);
constexpr absl::Duration kLongestSilence = absl::Hours(1);
// Nobody waits for the link's own thread while it deletes all copies, and it would begin anew.
constexpr absl::Duration kForgetPatience = absl::Seconds(1);

constexpr std::array<std::string_view, 5> kCopyPrefixes = {
    "outdial:", "outdialtarget:", "outdialtargetcall:", "outdialtargetcall_activeflowid:",
    "outdialtargetcall_referenceid:"};
constexpr std::string_view kCopyPattern = "outdial*";

std::uint64_t RandomNumber() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// 0 means that the era is not known.
std::uint64_t NewEra() { return RandomNumber() | 1; }

std::string ExpectedKey(std::string_view key) {
  return absl::StrCat(std::string(kExpectedPrefix), std::string(key));
}

// Somewhere from half of `backoff` to all of it, so that not all processes come at the same time.
absl::Duration WithJitter(absl::Duration backoff) {
  return backoff / 2 + (backoff / 2) * (static_cast<double>(RandomNumber() % 1024) / 1024);
}

// Calls of Script::kExpect, with a limited number of copies each.
std::vector<ScriptCall> ExpectCalls(absl::Span<const StoredCopy> copies,
                                    absl::Span<const std::string> other_keys) {
  std::vector<ScriptCall> calls;
  for (std::size_t first = 0; first < copies.size(); first += kCopiesPerScript) {
    ScriptCall call;
    const auto chunk = copies.subspan(first, kCopiesPerScript);
    for (const StoredCopy& copy : chunk) call.keys.push_back(copy.key);
    for (const StoredCopy& copy : chunk) call.keys.push_back(ExpectedKey(copy.key));
    for (const StoredCopy& copy : chunk) call.arguments.push_back(copy.version);
    calls.push_back(std::move(call));
  }
  if (!other_keys.empty()) calls.push_back({.keys = {other_keys.begin(), other_keys.end()}});
  return calls;
}

// Calls of Script::kWithdraw.
std::vector<ScriptCall> WithdrawCalls(absl::Span<const StoredCopy> copies) {
  std::vector<ScriptCall> calls;
  for (std::size_t first = 0; first < copies.size(); first += kCopiesPerScript) {
    ScriptCall call;
    for (const StoredCopy& copy : copies.subspan(first, kCopiesPerScript)) {
      call.keys.push_back(ExpectedKey(copy.key));
      call.arguments.push_back(copy.version);
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

// Calls of Script::kPut.
std::vector<ScriptCall> PutCalls(absl::Span<const StoredCopy> copies, std::uint64_t era) {
  std::vector<ScriptCall> calls;
  for (std::size_t first = 0; first < copies.size(); first += kCopiesPerScript) {
    ScriptCall call{{std::string(kEraKey)}, {std::to_string(era)}};
    for (const StoredCopy& copy : copies.subspan(first, kCopiesPerScript)) {
      call.keys.push_back(copy.key);
      call.keys.push_back(ExpectedKey(copy.key));
      call.keys.insert(call.keys.end(), copy.references.begin(), copy.references.end());
      call.arguments.push_back(copy.version);
      call.arguments.push_back(copy.text);
      call.arguments.push_back(std::to_string(copy.references.size()));
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

// The value of a field of INFO's answer; empty where there is none.
std::string InfoField(std::string_view info, std::string_view name) {
  const std::string start = absl::StrCat("\n", std::string(name), ":");
  const std::size_t found = info.find(start);
  if (found == std::string_view::npos) return "";
  const std::string_view rest = info.substr(found + start.size());
  return std::string(rest.substr(0, rest.find_first_of("\r\n")));
}

// Runs single commands. Errors: also those of the server's.
absl::StatusOr<std::vector<Reply>> RunChecked(Connection& connection, const Pipeline& pipeline) {
  auto replies = connection.Run(pipeline);
  if (!replies.ok()) return replies;
  for (const Reply& reply : *replies) {
    if (IsError(reply)) return ErrorOf(reply);
  }
  return replies;
}

// No connection could be had.
absl::Status Offline() { return absl::FailedPreconditionError("no connection is free"); }
bool IsOffline(const absl::Status& status) { return absl::IsFailedPrecondition(status); }

bool IsCopyKey(std::string_view key) {
  return std::any_of(kCopyPrefixes.begin(), kCopyPrefixes.end(),
                     [key](std::string_view prefix) { return key.starts_with(prefix); });
}

}  // namespace

Link::Link(const Settings& settings)
    : settings_(settings), to_forget_(settings.forget_at_start), thread_([this] { Keep(); }) {}

Link::~Link() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (all_overdue_ || !overdue_.empty()) {
    logging::Log(logging::Level::kWarning, "Copies in Redis are old and could not be deleted",
                 {{"keys", all_overdue_ ? "all" : std::to_string(overdue_.size())}});
  }
}

bool Link::WaitUntilOnline(absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  return freed_.wait_for(lock, absl::ToChronoNanoseconds(timeout), [this] { return online_; });
}

bool Link::WaitUntilMadeUp(absl::Duration timeout) const {
  std::unique_lock lock(mutex_);
  return freed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                         [this] { return NothingOverdue(); });
}

std::optional<std::string> Link::Get(const std::string& key) {
  std::optional<std::string> text;
  const absl::Status status = Speak([&](Connection& connection) {
    Pipeline pipeline;
    pipeline.Add({"GET", key});
    const auto replies = connection.Run(pipeline);
    if (!replies.ok()) return replies.status();
    const Reply& reply = replies->front();
    if (IsError(reply)) {
      // Somebody keeps something else under this key.
      return TextOf(*reply).starts_with("WRONGTYPE") ? absl::OkStatus() : ErrorOf(reply);
    }
    if (reply->type == REDIS_REPLY_STRING) text = TextOf(*reply);
    return absl::OkStatus();
  });
  return status.ok() ? text : std::nullopt;
}

void Link::Expect(absl::Span<const StoredCopy> copies, absl::Span<const std::string> other_keys) {
  const absl::Status status = Speak([&](Connection& connection) {
    return connection.RunScript(Script::kExpect, ExpectCalls(copies, other_keys)).status();
  });
  if (status.ok()) return;
  AddOverdue(copies, other_keys);
  // Where the server is there and was only late, others read old copies until this is made up for.
  if (!IsOffline(status)) WaitUntilOnline(settings_.timeout);
}

void Link::Withdraw(absl::Span<const StoredCopy> copies) {
  Speak([&](Connection& connection) {
    return connection.RunScript(Script::kWithdraw, WithdrawCalls(copies)).status();
  }).IgnoreError();
}

void Link::Put(absl::Span<const StoredCopy> copies, std::uint64_t era) {
  if (!Store(copies, era).ok()) AddOverdue(copies, {});
}

void Link::Fill(absl::Span<const StoredCopy> copies, std::uint64_t era) {
  Store(copies, era).IgnoreError();
}

absl::Status Link::Store(absl::Span<const StoredCopy> copies, std::uint64_t era) {
  return Speak([&](Connection& connection) -> absl::Status {
    const auto replies = connection.RunScript(Script::kPut, PutCalls(copies, era));
    if (!replies.ok()) return replies.status();
    const bool same_era = std::all_of(replies->begin(), replies->end(),
                                      [](const Reply& reply) { return reply->integer == 1; });
    return same_era ? absl::OkStatus() : LearnEra(connection);
  });
}

absl::Status Link::Speak(const std::function<absl::Status(Connection&)>& use) {
  Lent lent = Borrow(settings_.timeout);
  if (lent.connection == nullptr) return Offline();
  ++round_trips_;
  absl::Status status = use(*lent.connection);
  GiveBack(std::move(lent), status);
  return status;
}

Link::Lent Link::Borrow(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  freed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                  [this] { return !online_ || !idle_.empty(); });
  if (!online_ || idle_.empty()) return {};
  Lent lent{std::move(idle_.back()), generation_};
  idle_.pop_back();
  return lent;
}

void Link::GiveBack(Lent lent, const absl::Status& result) {
  const std::lock_guard lock(mutex_);
  if (!result.ok()) ++errors_;
  if (lent.generation != generation_) return;
  if (result.ok()) {
    last_heard_ = steady_clock::now();
    idle_.push_back(std::move(lent.connection));
    freed_.notify_one();
    return;
  }
  ++generation_;
  idle_.clear();
  open_ = 0;
  GoOffline();
}

void Link::GoOffline() {
  online_ = false;
  freed_.notify_all();
  changed_.notify_one();
}

void Link::AddOverdue(absl::Span<const StoredCopy> copies,
                      absl::Span<const std::string> other_keys) {
  const std::lock_guard lock(mutex_);
  for (const StoredCopy& copy : copies) {
    InsertOverdue(copy.key, copy.version);
    for (const std::string& reference : copy.references) InsertOverdue(reference, {});
  }
  for (const std::string& key : other_keys) InsertOverdue(key, {});
  GoOffline();
}

void Link::InsertOverdue(const std::string& key, const std::string& version) {
  if (all_overdue_) return;
  std::string& newest = overdue_[key];
  newest = std::max(newest, version);
  if (overdue_.size() <= settings_.max_overdue) return;
  overdue_.clear();
  all_overdue_ = true;
}

void Link::Keep() {
  absl::Duration backoff = absl::ZeroDuration();
  bool told = false;  // the log was told that the server is away
  steady_clock::time_point online_since;
  const auto grow = [&] {
    backoff = std::min(std::max(2 * backoff, kFirstBackoff), settings_.max_backoff);
  };

  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto pause = absl::ToChronoNanoseconds(WithJitter(backoff));
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) return;
    lock.unlock();
    const absl::Status restored = Restore();
    if (restored.ok() == told) {
      // once for each time that it goes, and once for each time that it comes back
      told = !restored.ok();
      if (told) {
        logging::Log(logging::Level::kWarning, "Redis is away; everything works without it",
                     {{"reason", std::string(restored.message())}});
      } else {
        logging::Log(logging::Level::kInfo, "Redis is back");
      }
    }
    online_since = steady_clock::now();
    lock.lock();
    if (!restored.ok()) {
      ++errors_;
      grow();
      continue;
    }
    WatchOver(lock);
    // One that comes and goes is not asked all the time.
    if (absl::FromChrono(steady_clock::now() - online_since) > settings_.max_backoff) {
      backoff = absl::ZeroDuration();
    } else {
      grow();
    }
  }
}

void Link::WatchOver(std::unique_lock<std::mutex>& lock) {
  // Nothing is asked of the server for twice this time at most: one late answer makes no long
  // outage.
  const auto silence =
      absl::ToChronoNanoseconds(std::min(settings_.long_outage / 4, kLongestSilence));
  while (!changed_.wait_for(lock, silence, [this] { return stopping_ || !online_; })) {
    if (steady_clock::now() - last_heard_ < silence) continue;
    lock.unlock();
    Ping();
    lock.lock();
  }
}

void Link::Ping() {
  Lent lent = Borrow(absl::ZeroDuration());
  if (lent.connection == nullptr) return;  // others speak to it
  Pipeline pipeline;
  pipeline.Add({"PING"});
  const absl::Status status = RunChecked(*lent.connection, pipeline).status();
  GiveBack(std::move(lent), status);
}

absl::StatusOr<std::unique_ptr<Connection>> Link::Connect() {
  ++connection_attempts_;
  return Connection::Open(settings_);
}

absl::Status Link::Restore() {
  std::uint64_t generation = 0;
  std::size_t missing = 0;
  {
    const std::lock_guard lock(mutex_);
    generation = generation_;
    missing = settings_.connections - open_;
  }
  std::vector<std::unique_ptr<Connection>> fresh;
  do {
    auto connection = Connect();
    if (!connection.ok()) return connection.status();
    fresh.push_back(*std::move(connection));
  } while (fresh.size() < missing);
  Connection& connection = *fresh.front();
  if (absl::Status status = LearnEra(connection); !status.ok()) return status;
  const auto run = AskRun(connection);
  if (!run.ok()) return run.status();
  {
    const std::lock_guard lock(mutex_);
    const auto outage = absl::FromChrono(steady_clock::now() - last_heard_);
    if (was_online_ && outage > settings_.long_outage) to_forget_ = true;
    // Where it does not tell, the connections that were lost are all there is to go by.
    const bool has_restarted = run->id.empty() ? was_online_ && missing > 0 : !run->is_clean;
    if (has_restarted) to_forget_ = true;
  }

  for (;;) {
    Overdue batch;
    bool all = false;
    bool forget = false;
    {
      const std::lock_guard lock(mutex_);
      if (generation != generation_) return absl::UnavailableError("the connection is lost");
      if (NothingOverdue() && !to_forget_) {
        GoOnline(std::move(fresh), missing);
        return absl::OkStatus();
      }
      // What gets overdue from here on is overdue again: it may come too late for this batch.
      making_up_ = true;
      all = std::exchange(all_overdue_, false);
      forget = std::exchange(to_forget_, false);
      while (!overdue_.empty() && batch.size() < kMakeUpBatch) {
        batch.insert(overdue_.extract(overdue_.begin()));
      }
    }
    absl::Status status = all || forget ? ForgetAll(connection, run->id) : absl::OkStatus();
    if (status.ok() && !batch.empty()) status = MakeUp(connection, batch);
    const std::lock_guard lock(mutex_);
    making_up_ = false;
    if (status.ok()) continue;
    for (const auto& [key, version] : batch) InsertOverdue(key, version);
    if (all) {
      overdue_.clear();
      all_overdue_ = true;
    }
    if (forget) to_forget_ = true;
    return status;
  }
}

void Link::GoOnline(std::vector<std::unique_ptr<Connection>> fresh, std::size_t missing) {
  fresh.resize(missing);  // one was made only to speak to the server, where none is missing
  open_ += missing;
  for (auto& connection : fresh) idle_.push_back(std::move(connection));
  last_heard_ = steady_clock::now();
  online_ = true;
  if (was_online_ && missing > 0) ++reconnects_;
  was_online_ = true;
  freed_.notify_all();
}

absl::Status Link::MakeUp(Connection& connection, const Overdue& overdue) {
  std::vector<StoredCopy> copies;
  std::vector<std::string> other_keys;
  for (const auto& [key, version] : overdue) {
    if (version.empty()) {
      other_keys.push_back(key);
    } else {
      copies.push_back({.key = key, .version = version});
    }
  }
  ++round_trips_;
  return connection.RunScript(Script::kExpect, ExpectCalls(copies, other_keys)).status();
}

bool Link::Stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

absl::Status Link::ForgetAll(Connection& connection, std::string_view run_id) {
  const absl::Duration patience = std::max(settings_.timeout, kForgetPatience);
  if (absl::Status status = connection.SetTimeout(patience); !status.ok()) return status;
  // Nobody's ticket counts any more: what was read before now must not come back.
  const std::string era = std::to_string(NewEra());
  if (absl::Status status = Set(connection, kEraKey, era); !status.ok()) return status;
  std::string cursor = "0";
  do {
    if (Stopping()) return absl::UnavailableError("the cache is being closed");
    Pipeline scan;
    scan.Add({"SCAN", cursor, "MATCH", kCopyPattern, "COUNT", "1000"});
    ++round_trips_;
    const auto page = RunChecked(connection, scan);
    if (!page.ok()) return page.status();
    const redisReply& reply = *page->front();
    if (reply.elements != 2) return absl::UnavailableError("it answers what nobody asked");
    cursor = TextOf(*reply.element[0]);
    std::vector<std::string_view> removal = {"DEL"};
    for (std::size_t i = 0; i < reply.element[1]->elements; ++i) {
      const std::string_view key = TextOf(*reply.element[1]->element[i]);
      if (IsCopyKey(key)) removal.push_back(key);
    }
    if (removal.size() == 1) continue;
    Pipeline remove;
    remove.Add(removal);
    ++round_trips_;
    if (const auto removed = RunChecked(connection, remove); !removed.ok()) {
      return removed.status();
    }
  } while (cursor != "0");
  if (!run_id.empty()) {
    // Only now: whoever reads this takes all copies for new.
    absl::Status status = Set(connection, kCleanedRunKey, run_id);
    if (!status.ok()) return status;
  }
  if (absl::Status status = LearnEra(connection); !status.ok()) return status;
  return connection.SetTimeout(settings_.timeout);
}

absl::Status Link::Set(Connection& connection, std::string_view key, std::string_view value) {
  Pipeline pipeline;
  pipeline.Add({"SET", key, value});
  ++round_trips_;
  return RunChecked(connection, pipeline).status();
}

absl::StatusOr<Link::ServerRun> Link::AskRun(Connection& connection) {
  Pipeline pipeline;
  pipeline.Add({"INFO", "server"});
  pipeline.Add({"GET", kCleanedRunKey});
  ++round_trips_;
  const auto replies = connection.Run(pipeline);
  if (!replies.ok()) return replies.status();
  const Reply& info = replies->front();
  const Reply& cleaned = replies->back();
  if (IsError(cleaned)) return ErrorOf(cleaned);
  // Where INFO is forbidden, its error says nothing of the other commands.
  ServerRun run;
  if (!IsError(info)) run.id = InfoField(TextOf(*info), "run_id");
  run.is_clean = !run.id.empty() && run.id == TextOf(*cleaned);
  return run;
}

absl::Status Link::LearnEra(Connection& connection) {
  const std::string proposal = std::to_string(NewEra());
  Pipeline pipeline;
  pipeline.Add({"SET", kEraKey, proposal, "NX"});
  pipeline.Add({"GET", kEraKey});
  ++round_trips_;
  const auto replies = RunChecked(connection, pipeline);
  if (!replies.ok()) return replies.status();
  std::uint64_t era = 0;
  const std::string_view text = TextOf(*replies->back());
  if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &era)) {
    return absl::UnavailableError("it holds an era that is no number");
  }
  era_ = era;
  return absl::OkStatus();
}

Stats Link::stats() const {
  const std::lock_guard lock(mutex_);
  return Stats{.round_trips = round_trips_,
               .errors = errors_,
               .connection_attempts = connection_attempts_,
               .reconnects = reconnects_,
               .online = online_,
               .overdue = overdue_.size()};
}

}  // namespace outdial::redis
