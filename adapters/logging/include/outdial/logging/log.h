// The log: one line for each event of note, on standard error.
#ifndef OUTDIAL_LOGGING_LOG_H_
#define OUTDIAL_LOGGING_LOG_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace outdial::logging {

// How much a line matters; lines below the level of the process are not written.
enum class Level {
  kDebug,    // for who looks for a mistake
  kInfo,     // what happens when all is well
  kWarning,  // what somebody should know of
  kError,    // what somebody has to do something about
};

// How a line is written.
enum class Format {
  kJson,  // a JSON object
  kText,  // for people: `key=value`
};

// "debug", "info", "warning", "error"; "json", "text". nullopt for another word.
std::optional<Level> ParseLevel(std::string_view word);
std::optional<Format> ParseFormat(std::string_view word);

// A key of a log line and what it holds.
struct Field {
  std::string_view key;  // must live as long as the call
  std::string value;     // any text
};

// Sets the level and the format of the process. Before it is called: info, JSON. Not thread-safe:
// call it first. Does not block.
void Configure(Level level, Format format);

// Whether lines of this level are written. Thread-safe, does not block.
bool Enabled(Level level);

// Writes a line: time, level, message and fields. A line is one line whatever its parts hold:
// control characters and bytes that are not UTF-8 are escaped. Never pass a secret. Thread-safe,
// does not throw. Blocks for as long as standard error takes nothing, and others who log with it.
void Log(Level level, std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace outdial::logging

#endif  // OUTDIAL_LOGGING_LOG_H_
