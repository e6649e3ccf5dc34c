// The log: one line for each event of note, on standard error.
#ifndef OUTDIAL_LOGGING_LOG_H_
#define OUTDIAL_LOGGING_LOG_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace outdial::logging {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kJson, kText };

// "debug", "info", "warning", "error"; "json", "text". nullopt for another word.
std::optional<Level> ParseLevel(std::string_view word);
std::optional<Format> ParseFormat(std::string_view word);

// A key of a log line and what it holds.
struct Field {
  std::string_view key;
  std::string value;
};

// Sets the level and the format of the process. Before it is called: info, JSON. Not thread-safe:
// call it first.
void Configure(Level level, Format format);

// Whether lines of this level are written. Thread-safe.
bool Enabled(Level level);

// Writes a line: time, level, message and fields. A line is one line whatever its parts hold:
// control characters and bytes that are not UTF-8 are escaped. Never pass a secret. Thread-safe,
// does not throw.
void Log(Level level, std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace outdial::logging

#endif  // OUTDIAL_LOGGING_LOG_H_
