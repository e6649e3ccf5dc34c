// The settings of the programs (contract section 7): flags, and environment variables with their
// names in capitals.
#ifndef OUTDIAL_APPS_SETTINGS_H_
#define OUTDIAL_APPS_SETTINGS_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/logging/log.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/redis/cache.h"
#include "outdial/services/service_ports.h"

namespace outdial::apps {

// The exit code of a program that was told something wrong.
inline constexpr int kExitBadUsage = 2;

// The flags of a program and what they were set to. Values are text until somebody reads them as
// something else; a value that cannot be read is an InvalidArgument error, one line that names the
// flag and the variable and never holds the value, which may be a secret. Not thread-safe.
class Settings {
 public:
  // `app` must outlive the settings.
  explicit Settings(CLI::App& app) : app_(app) {}

  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  // The group that the flags are in, apart from options that have no variable.
  static constexpr char kGroup[] = "Settings";

  static std::string VariableName(const std::string& name);

  // Adds `--<name>`. Where it is given more than once, the last one counts. `value` says what may
  // follow: the words themselves, with bars between them, where it is one of a few.
  void Add(const std::string& name, const std::string& help, const std::string& value = "TEXT");

  // Adds `--<name>`, which means true; `--<name>=false` is possible.
  void AddSwitch(const std::string& name, const std::string& help);

  // All of these only after the command line was parsed, and with the name of a setting that was
  // added. The flag wins over the variable; an empty value of either counts as none.
  std::string Text(const std::string& name) const;
  absl::StatusOr<std::int64_t> Number(const std::string& name, std::int64_t default_value,
                                      std::int64_t min, std::int64_t max) const;
  absl::StatusOr<bool> Switch(const std::string& name) const;

  // The value that belongs to the word that `name` is set to; the first one where it is not set.
  template <typename Value>
  absl::StatusOr<Value> Word(
      const std::string& name,
      std::initializer_list<std::pair<std::string_view, Value>> words) const {
    const std::string text = Text(name);
    if (text.empty()) return words.begin()->second;
    std::string list;
    for (const auto& [word, value] : words) {
      if (text == word) return value;
      list += list.empty() ? "" : ", ";
      list += word;
    }
    return Error(name, "must be one of: " + list);
  }

  // "--log_level (LOG_LEVEL) <what>".
  static absl::Status Error(const std::string& name, std::string_view what);

 private:
  CLI::App& app_;
  std::map<std::string, std::string> values_;  // by name; what the flags were set to
};

// Parses a command line. nullopt where the program goes on; otherwise how it exits, and what there
// is to say is said: on standard output for --help and --version, else in one line on standard
// error. `app` does not take extras.
std::optional<int> ParseCommandLine(CLI::App& app, int argc, char** argv);

// Writes `<program>: <message>` to standard error, as one line.
void PrintError(std::string_view program, std::string_view message);

// --rabbitmq_address, --events, --lease_seconds
void AddServiceSettings(Settings& settings);
// Whether events are recorded may depend on whether there is an address of a broker.
absl::StatusOr<ServiceSettings> ReadServiceSettings(const Settings& settings);
// Whether none are recorded because nothing was said of them: no --events, and no broker.
bool AreEventsLeftOut(const Settings& settings);
// Where the broker is; nullopt: there is none.
absl::StatusOr<std::optional<rabbitmq::Address>> ReadBrokerAddress(const Settings& settings);

// --log_level, --log_format
void AddLogSettings(Settings& settings);
// Reads them and has the log follow them.
absl::Status ConfigureLog(const Settings& settings);

// --redis_address, --redis_password, --redis_database
void AddRedisSettings(Settings& settings);
// nullopt where no address is set: there is no cache then.
absl::StatusOr<std::optional<redis::Settings>> ReadRedisSettings(const Settings& settings);

}  // namespace outdial::apps

#endif  // OUTDIAL_APPS_SETTINGS_H_
