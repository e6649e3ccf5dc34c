#include "outdial/logging/log.h"

#include <atomic>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "escape.h"
#include "spdlog/logger.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace outdial::logging {
namespace {

std::atomic<Level> minimum_level = Level::kInfo;
std::atomic<Format> line_format = Format::kJson;

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum SpdlogLevel(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string Now() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
}

void AppendQuoted(std::string_view text, std::string& line) {
  line += '"';
  AppendEscaped(text, line);
  line += '"';
}

void AppendPair(std::string_view key, std::string_view value, std::string& line) {
  AppendQuoted(key, line);
  line += ':';
  AppendQuoted(value, line);
}

std::string JsonLine(Level level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = "{";
  AppendPair("time", Now(), line);
  line += ',';
  AppendPair("level", LevelName(level), line);
  line += ',';
  AppendPair("message", message, line);
  for (const Field& field : fields) {
    line += ',';
    AppendPair(field.key, field.value, line);
  }
  line += '}';
  return line;
}

std::string TextLine(Level level, std::string_view message, std::initializer_list<Field> fields) {
  std::string line = Now();
  line += ' ';
  line += LevelName(level);
  line += ' ';
  AppendEscaped(message, line);
  for (const Field& field : fields) {
    line += ' ';
    AppendEscaped(field.key, line);
    line += '=';
    AppendQuoted(field.value, line);
  }
  return line;
}

spdlog::logger& Logger() {
  // Never destroyed: threads may log until the process ends.
  static spdlog::logger& logger = *[] {
    auto* made = new spdlog::logger("outdial", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    made->set_level(spdlog::level::trace);
    // Standard error may be closed: there is nowhere left to say so.
    made->set_error_handler([](const std::string&) {});
    return made;
  }();
  return logger;
}

}  // namespace

std::optional<Level> ParseLevel(std::string_view word) {
  for (Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
    if (word == LevelName(level)) return level;
  }
  return std::nullopt;
}

std::optional<Format> ParseFormat(std::string_view word) {
  if (word == "json") return Format::kJson;
  if (word == "text") return Format::kText;
  return std::nullopt;
}

void Configure(Level level, Format format) {
  minimum_level.store(level, std::memory_order_relaxed);
  line_format.store(format, std::memory_order_relaxed);
}

bool Enabled(Level level) { return level >= minimum_level.load(std::memory_order_relaxed); }

void Log(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  try {
    const std::string line = line_format.load(std::memory_order_relaxed) == Format::kJson
                                 ? JsonLine(level, message, fields)
                                 : TextLine(level, message, fields);
    Logger().log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
  } catch (...) {
    // Out of memory: the process has worse to care for than this line.
  }
}

}  // namespace outdial::logging
