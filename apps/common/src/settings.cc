#include "outdial/apps/settings.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace outdial::apps {
namespace {

constexpr char kEvents[] = "events";
constexpr char kLeaseSeconds[] = "lease_seconds";
constexpr char kLogLevel[] = "log_level";
constexpr char kLogFormat[] = "log_format";
constexpr char kRabbitmqAddress[] = "rabbitmq_address";
constexpr char kRedisAddress[] = "redis_address";
constexpr char kRedisPassword[] = "redis_password";
constexpr char kRedisDatabase[] = "redis_database";

// "--workers: 1 required TEXT missing" says of which flag the value is missing.
std::string DescribeMissingValue(const CLI::App& app, const std::string& message) {
  const std::string flag = message.substr(0, message.find(':'));
  const CLI::Option* const option = app.get_option_no_throw(flag);
  if (option == nullptr || option->get_group() != Settings::kGroup) return message;
  return std::string(Settings::Error(flag.substr(2), "needs a value").message());
}

// What was not understood, without its value: that may be a secret whose flag is misspelled.
std::string DescribeUnknown(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with("-")) return "unknown flag " + argument.substr(0, argument.find('='));
  }
  return "an argument that belongs to no flag";
}

}  // namespace

std::string Settings::VariableName(const std::string& name) { return absl::AsciiStrToUpper(name); }

void Settings::Add(const std::string& name, const std::string& help, const std::string& value) {
  app_.add_option("--" + name, values_[name], help)
      ->type_name(value)
      ->group(kGroup)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Settings::AddSwitch(const std::string& name, const std::string& help) {
  app_.add_flag("--" + name, values_[name], help)
      ->group(kGroup)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::string Settings::Text(const std::string& name) const {
  if (const std::string& value = values_.at(name); !value.empty()) return value;
  const char* const variable = std::getenv(VariableName(name).c_str());
  return variable == nullptr ? "" : variable;
}

absl::StatusOr<std::int64_t> Settings::Number(const std::string& name, std::int64_t default_value,
                                              std::int64_t min, std::int64_t max) const {
  const std::string text = Text(name);
  if (text.empty()) return default_value;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < min || number > max) {
    return Error(name, absl::StrCat("must be a whole number from ", min, " to ", max));
  }
  return number;
}

absl::StatusOr<bool> Settings::Switch(const std::string& name) const {
  return Word<bool>(name, {{"false", false}, {"true", true}, {"0", false}, {"1", true}});
}

absl::Status Settings::Error(const std::string& name, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", name, " (", VariableName(name), ") ", std::string(what)));
}

std::optional<int> ParseCommandLine(CLI::App& app, int argc, char** argv) {
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {
    return app.exit(request);
  } catch (const CLI::ArgumentMismatch& error) {
    PrintError(app.get_name(), DescribeMissingValue(app, error.what()));
    return kExitBadUsage;
  } catch (const CLI::ParseError& error) {
    PrintError(app.get_name(), error.what());
    return kExitBadUsage;
  }
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (unknown.empty()) return std::nullopt;
  PrintError(app.get_name(), DescribeUnknown(unknown));
  return kExitBadUsage;
}

void PrintError(std::string_view program, std::string_view message) {
  std::string line = absl::StrCat(std::string(program), ": ", std::string(message));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); }, ' ');
  std::cerr << line + "\n";
}

void AddServiceSettings(Settings& settings) {
  settings.Add(kRabbitmqAddress, "amqp://user:password@host:port/vhost, or amqps://…");
  settings.Add(kEvents,
               "whether events are sent; auto: where a broker is configured (default auto)",
               "auto|on|off");
  settings.Add(kLeaseSeconds, "the lease of a call whose request names none; 0: none (default 0)");
}

absl::StatusOr<ServiceSettings> ReadServiceSettings(const Settings& settings) {
  const auto broker = ReadBrokerAddress(settings);
  if (!broker.ok()) return broker.status();
  // Without a broker nobody takes events out of the outbox.
  const auto record_events =
      settings.Word<bool>(kEvents, {{"auto", broker->has_value()}, {"on", true}, {"off", false}});
  if (!record_events.ok()) return record_events.status();
  const auto lease_seconds = settings.Number(kLeaseSeconds, 0, 0, absl::ToInt64Seconds(kMaxLease));
  if (!lease_seconds.ok()) return lease_seconds.status();
  return ServiceSettings{.record_events = *record_events,
                         .default_lease = absl::Seconds(*lease_seconds)};
}

bool AreEventsLeftOut(const Settings& settings) {
  const std::string events = settings.Text(kEvents);
  return (events.empty() || events == "auto") && settings.Text(kRabbitmqAddress).empty();
}

absl::StatusOr<std::optional<rabbitmq::Address>> ReadBrokerAddress(const Settings& settings) {
  const std::string text = settings.Text(kRabbitmqAddress);
  if (text.empty()) return std::nullopt;
  absl::StatusOr<rabbitmq::Address> address = rabbitmq::ParseAddress(text);
  if (address.ok()) return *std::move(address);
  return Settings::Error(kRabbitmqAddress, std::string(address.status().message()));
}

void AddLogSettings(Settings& settings) {
  settings.Add(kLogLevel, "what the log tells (default info)", "debug|info|warning|error");
  settings.Add(kLogFormat, "how the log tells it (default json)", "json|text");
}

absl::Status ConfigureLog(const Settings& settings) {
  using logging::Format;
  using logging::Level;
  const auto level = settings.Word<Level>(kLogLevel, {{"info", Level::kInfo},
                                                      {"debug", Level::kDebug},
                                                      {"warning", Level::kWarning},
                                                      {"error", Level::kError}});
  if (!level.ok()) return level.status();
  const auto format =
      settings.Word<Format>(kLogFormat, {{"json", Format::kJson}, {"text", Format::kText}});
  if (!format.ok()) return format.status();
  logging::Configure(*level, *format);
  return absl::OkStatus();
}

void AddRedisSettings(Settings& settings) {
  settings.Add(kRedisAddress, "host:port of the cache; none: no cache");
  settings.Add(kRedisPassword, "the password of the cache");
  settings.Add(kRedisDatabase, "the number of its database (default 0)");
}

absl::StatusOr<std::optional<redis::Settings>> ReadRedisSettings(const Settings& settings) {
  const auto database =
      settings.Number(kRedisDatabase, 0, 0, std::numeric_limits<std::int32_t>::max());
  if (!database.ok()) return database.status();
  const std::string text = settings.Text(kRedisAddress);
  if (text.empty()) return std::nullopt;
  const auto address = redis::ParseAddress(text);
  if (!address.ok()) {
    return Settings::Error(kRedisAddress, "must be host:port, such as 127.0.0.1:6379");
  }
  redis::Settings redis;
  redis.address = *address;
  redis.password = settings.Text(kRedisPassword);
  redis.database = static_cast<int>(*database);
  return redis;
}

}  // namespace outdial::apps
