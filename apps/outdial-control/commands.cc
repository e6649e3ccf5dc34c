#include "outdial-control/commands.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "outdial-control/progress_view.h"
#include "outdial/entities/timestamp.h"
#include "outdial/wire/destination_text.h"
#include "outdial/wire/entity_json.h"

namespace outdial::control {
namespace {

using wire::Json;

template <typename Value>
Value ValueOrUsageError(const std::string& option, absl::StatusOr<Value> value) {
  if (!value.ok()) throw CLI::ValidationError(option, std::string(value.status().message()));
  return *std::move(value);
}

template <typename Entity>
absl::StatusOr<Json> AsJson(const absl::StatusOr<Entity>& entity) {
  if (!entity.ok()) return entity.status();
  return wire::ToJson(*entity);
}

// Adds options to one command; each writes to its place in the arguments.
class CommandBuilder {
 public:
  CommandBuilder(CLI::App& group, const std::string& name, const std::string& description,
                 Arguments& arguments)
      : command_(*group.add_subcommand(name, description)), arguments_(arguments) {}

  template <typename IdType>
  CLI::Option* Id(const std::string& option, IdType& id, const std::string& description) {
    return command_.add_option_function<std::string>(
        option,
        [option, &id](const std::string& text) {
          const auto parsed = Uuid::Parse(text);
          if (!parsed.has_value()) throw CLI::ValidationError(option, "not a UUID: " + text);
          id = typename ValueOf<IdType>::Type(*parsed);
        },
        description);
  }

  template <typename TextType>
  CLI::Option* Text(const std::string& option, TextType& value, const std::string& description) {
    return command_.add_option_function<std::string>(
        option,
        [option, &value](const std::string& text) {
          value = ValueOrUsageError(option, TextType::Create(option, text));
        },
        description);
  }

  CLI::Option* Number(const std::string& option, const std::function<void(std::int64_t)>& set,
                      const std::string& description) {
    return command_.add_option_function<std::int64_t>(option, set, description);
  }

  void Limit(std::size_t& limit, const std::string& description) {
    Number(
        "--limit",
        [&limit](std::int64_t number) {
          const std::size_t size = ValueOrUsageError("--limit", ListSize("limit", number));
          if (number != 0) limit = size;
        },
        description);
  }

  void Paging() {
    Limit(arguments_.page.size, "At most this many (default 100, at most 1000)");
    command_.add_option_function<std::string>(
        "--token",
        [&page = arguments_.page](const std::string& text) {
          page.before = ParseTimestamp(text);
          if (!page.before.has_value())
            throw CLI::ValidationError("--token", "not a time: " + text);
        },
        "The tm_create of the last one seen: list those before it");
  }

  void TryCounts() {
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      const std::string slot = std::to_string(i);
      command_.add_option("--try-count-" + slot, arguments_.try_thresholds[i],
                          "Dial destination " + slot + " while it was tried less often than this");
    }
  }

  void Destinations() {
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      const std::string option = "--destination-" + std::to_string(i);
      command_.add_option_function<std::string>(
          option,
          [option, &destination = arguments_.target.destinations[i]](const std::string& text) {
            destination = ValueOrUsageError(option, wire::ParseDestination(option, text));
          },
          "tel:+15551234567, sip:alice@example.com, or a JSON address");
    }
  }

  void Lease() {
    Number(
        "--lease-seconds",
        [&lease = arguments_.lease](std::int64_t seconds) {
          lease = ValueOrUsageError("--lease-seconds", LeaseFromSeconds(seconds));
        },
        "Make the target idle again when nobody reports within this time (0: never)");
  }

  void Status() {
    command_
        .add_option_function<std::string>(
            "--status",
            [&status = arguments_.status](const std::string& word) {
              const auto parsed = ParseTargetStatus(word);
              if (!parsed.has_value() || *parsed == TargetStatus::kProgressing) {
                throw CLI::ValidationError("--status", "not idle or done: " + word);
              }
              status = *parsed;
            },
            "How the call ended: done, or to be tried again")
        ->type_name("idle|done")
        ->required();
  }

  CLI::Option* Positional(const std::string& name, std::string& value,
                          const std::string& description) {
    return command_.add_option(name, value, description)->type_name("");
  }

  void FileFormat(std::optional<target_files::Format>& format) {
    using target_files::Format;
    Word<Format>("--format", format, {{"csv", Format::kCsv}, {"jsonl", Format::kJsonLines}},
                 "CSV with a header, or a JSON object in each line (default: by the file's name)");
  }

  void Function(const std::string& option, std::function<void(const std::string&)> set,
                const std::string& description) {
    command_.add_option_function<std::string>(option, std::move(set), description);
  }

  // Calls `set` for each time that the option is given.
  void Repeated(const std::string& option, const std::function<void(const std::string&)>& set,
                const std::string& value_name, const std::string& description) {
    const CLI::callback_t set_all = [set](const CLI::results_t& texts) {
      std::for_each(texts.begin(), texts.end(), set);
      return true;
    };
    command_.add_option(option, set_all, description)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(value_name);
  }

  void Switch(const std::string& option, bool& value, const std::string& description) {
    command_.add_flag(option, value, description);
  }

  // One of a few words, each of which means a value.
  template <typename Meaning, typename Value>
  void Word(const std::string& option, Value& value,
            std::initializer_list<std::pair<const char*, Meaning>> words,
            const std::string& description) {
    const std::map<std::string, Meaning> meanings(words.begin(), words.end());
    std::string names;
    for (const auto& word : words) names += std::string(names.empty() ? "" : "|") + word.first;
    command_
        .add_option_function<std::string>(
            option,
            [option, names, meanings, &value](const std::string& text) {
              const auto meaning = meanings.find(text);
              if (meaning == meanings.end()) {
                throw CLI::ValidationError(option, "not " + names + ": " + text);
              }
              value = meaning->second;
            },
            description)
        ->type_name(names);
  }

  void Does(Action& action, Action what) {
    command_.callback([&action, what = std::move(what)] { action = what; });
  }

 private:
  template <typename IdType>
  struct ValueOf {
    using Type = IdType;
  };
  template <typename IdType>
  struct ValueOf<std::optional<IdType>> {
    using Type = IdType;
  };

  CLI::App& command_;
  Arguments& arguments_;
};

CLI::App& AddGroup(CLI::App& app, const std::string& name, const std::string& description) {
  CLI::App* group = app.add_subcommand(name, description);
  group->require_subcommand(1);
  return *group;
}

void AddOutdialCommands(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& group = AddGroup(app, "outdial", "Create, read, change and delete outdials");
  const auto command = [&](const std::string& name, const std::string& description) {
    return CommandBuilder(group, name, description, arguments);
  };
  const auto command_on_one = [&](const std::string& name, const std::string& description) {
    CommandBuilder builder = command(name, description);
    builder.Id("--id", arguments.outdial_id, "The outdial")->required();
    return builder;
  };
  NewOutdial& values = arguments.outdial;

  CommandBuilder create = command("create", "Create an outdial");
  create.Id("--customer-id", values.customer_id, "The customer it belongs to")->required();
  create.Id("--campaign-id", values.campaign_id, "The campaign it belongs to")->required();
  create.Text("--name", values.name, "Its name")->required();
  create.Text("--detail", values.detail, "What it is for");
  create.Text("--data", values.data, "Any text, kept as it is");
  create.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.outdials.Create(a.outdial));
  });

  command_on_one("get", "Show an outdial").Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.outdials.Get(a.outdial_id));
  });

  CommandBuilder list = command("list", "List a customer's outdials, newest first");
  list.Id("--customer-id", values.customer_id, "The customer")->required();
  list.Paging();
  list.Does(action, [](Services& services, const Arguments& a) {
    OutdialFilter filter;
    filter.customer_id = a.outdial.customer_id;
    return AsJson(services.outdials.List(filter, a.page));
  });

  CommandBuilder basic_info =
      command_on_one("update-basic-info", "Change an outdial's name and detail");
  basic_info.Text("--name", values.name, "Its new name")->required();
  basic_info.Text("--detail", values.detail,
                  "Its new detail; without it, the detail becomes empty");
  basic_info.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(
        services.outdials.UpdateBasicInfo(a.outdial_id, a.outdial.name, a.outdial.detail));
  });

  CommandBuilder campaign =
      command_on_one("update-campaign-id", "Move an outdial to another campaign");
  campaign.Id("--campaign-id", values.campaign_id, "The campaign")->required();
  campaign.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.outdials.UpdateCampaign(a.outdial_id, a.outdial.campaign_id));
  });

  CommandBuilder data = command_on_one("update-data", "Change an outdial's data");
  data.Text("--data", values.data, "Any text, kept as it is")->required();
  data.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.outdials.UpdateData(a.outdial_id, a.outdial.data));
  });

  CommandBuilder progress =
      command_on_one("progress", "Show how far the dialling of an outdial is");
  progress.TryCounts();
  progress.Switch("--watch", arguments.watch, "Show it again every second, until Ctrl-C");
  progress.Does(action, [](Services& services, const Arguments& a) {
    return ShowProgress(services, a.outdial_id, a.try_thresholds, a.watch);
  });

  command_on_one("delete", "Delete an outdial")
      .Does(action, [](Services& services, const Arguments& a) {
        return AsJson(services.outdials.Delete(a.outdial_id));
      });
}

char ReadDelimiter(const std::string& option, const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  constexpr std::string_view kNoDelimiters = "\"\r\n";
  if (text.size() == 1 && kNoDelimiters.find(text[0]) == std::string_view::npos) return text[0];
  throw CLI::ValidationError(option, "must be one character, or tab");
}

// "Mobile=destination_0"
std::pair<std::string, std::string> ReadMapping(const std::string& option,
                                                const std::string& text) {
  const std::size_t equals = text.rfind('=');
  const std::string field = equals == std::string::npos ? "" : text.substr(equals + 1);
  if (target_files::IsField(field)) return {text.substr(0, equals), field};
  throw CLI::ValidationError(option,
                             "not COLUMN=FIELD, where the field is name, detail, data or "
                             "destination_0 to destination_4: " +
                                 text);
}

// What the file is like.
void AddFileOptions(CommandBuilder& command, ImportOptions& options) {
  using target_files::Encoding;
  target_files::FileSettings& file = options.file;
  command.FileFormat(options.format);
  command.Word<Encoding>("--encoding", file.encoding,
                         {{"utf8", Encoding::kUtf8}, {"latin1", Encoding::kLatin1}},
                         "How the file holds text; latin1 is windows-1252 (default utf8)");
  command.Function(
      "--delimiter",
      [&file](const std::string& text) { file.delimiter = ReadDelimiter("--delimiter", text); },
      "What separates the fields of CSV: a character, or tab (default: by the header)");
  command.Repeated(
      "--map",
      [&file](const std::string& text) {
        if (!file.columns.insert(ReadMapping("--map", text)).second) {
          throw CLI::ValidationError("--map", "names a column twice: " + text);
        }
      },
      "COLUMN=FIELD", "A column, or key, that is this field; may be given more than once");
  command.Switch("--keep-rest", file.keep_rest,
                 "Keep what is in columns that are no field, as a JSON object in data");
}

void AddImport(CommandBuilder command, Arguments& arguments, Action& action) {
  ImportOptions& options = arguments.import_options;
  command.Positional("FILE", options.path, "The file; - for standard input")->required();
  AddFileOptions(command, options);
  command.Function(
      "--region", [&options](const std::string& text) { options.region = text; },
      "Put telephone numbers in the form of E.164, as numbers of this region, such as US");
  command.Word<OnDuplicate>(
      "--on-duplicate", options.on_duplicate,
      {{"skip", OnDuplicate::kSkip},
       {"refuse", OnDuplicate::kRefuse},
       {"allow", OnDuplicate::kAllow}},
      "What happens to a row with a destination that the outdial has (default skip)");
  command.Switch("--dry-run", options.dry_run, "Change nothing, and say what would happen");
  command.Function(
      "--rejects", [&options](const std::string& text) { options.rejects_path = text; },
      "Write the refused rows to this file, each with its line and the reason");
  command.Number(
      "--skip-rows",
      [&options](std::int64_t rows) {
        if (rows < 0) throw CLI::ValidationError("--skip-rows", "must not be negative");
        options.skipped_rows = rows;
      },
      "Pass over so many rows, which were imported before; goes on with the file of refused rows");
  command.Does(action, [](Services& services, const Arguments& a) {
    return ImportTargets(services, a.outdial_id, a.import_options);
  });
}

void AddExport(CommandBuilder command, Arguments& arguments, Action& action) {
  ExportOptions& options = arguments.export_options;
  command.Positional("FILE", options.path, "The file; without it, standard output");
  command.FileFormat(options.format);
  command.Does(action, [](Services& services, const Arguments& a) {
    return ExportTargets(services, a.outdial_id, a.export_options);
  });
}

void AddTargetCommands(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App& group = AddGroup(app, "target", "Create, read, dial and delete targets");
  const auto command_on_one = [&](const std::string& name, const std::string& description) {
    CommandBuilder builder(group, name, description, arguments);
    builder.Id("--id", arguments.target_id, "The target")->required();
    return builder;
  };
  const auto command_on_list = [&](const std::string& name, const std::string& description) {
    CommandBuilder builder(group, name, description, arguments);
    builder.Id("--outdial-id", arguments.outdial_id, "The outdial")->required();
    return builder;
  };
  NewOutdialTarget& values = arguments.target;

  CommandBuilder create = command_on_list("create", "Add a target to an outdial");
  create.Text("--name", values.name, "Its name");
  create.Text("--detail", values.detail, "Who it is");
  create.Text("--data", values.data, "Any text, kept as it is");
  create.Destinations();
  create.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.Create(a.outdial_id, a.target));
  });

  AddImport(command_on_list("import", "Add targets from a file, many at a time"), arguments,
            action);
  AddExport(command_on_list("export", "Write targets to a file that import takes"), arguments,
            action);

  command_on_one("get", "Show a target").Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.Get(a.target_id));
  });

  CommandBuilder list = command_on_list("list", "List an outdial's targets, newest first");
  list.Paging();
  list.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.List(a.outdial_id, a.page));
  });

  command_on_one("delete", "Delete a target")
      .Does(action, [](Services& services, const Arguments& a) {
        return AsJson(services.targets.Delete(a.target_id));
      });

  CommandBuilder available = command_on_list("available", "List whom to call next");
  available.TryCounts();
  available.Limit(arguments.limit, "At most this many (default 100, at most 1000)");
  available.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.Available(a.outdial_id, a.try_thresholds, a.limit));
  });

  CommandBuilder claim =
      command_on_list("claim", "Take whom to call next: marks them as being dialled");
  claim.TryCounts();
  claim.Limit(arguments.claim_limit, "At most this many (default 1, at most 1000)");
  claim.Lease();
  claim.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.Claim(a.outdial_id, a.try_thresholds, a.claim_limit, a.lease));
  });

  CommandBuilder progressing = command_on_one("progressing", "Mark a target as being dialled");
  progressing.Number(
      "--destination-index",
      [&index = arguments.destination_index](std::int64_t number) {
        index = ValueOrUsageError("--destination-index", DestinationIndex::Create(number));
      },
      "Which destination is dialled, 0 (the default) to 4");
  progressing.Lease();
  progressing.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.Progress(a.target_id, a.destination_index, a.lease));
  });

  CommandBuilder update_status = command_on_one("update-status", "Report the outcome of a call");
  update_status.Status();
  update_status.Id("--outdialtargetcall-id", arguments.call_id,
                   "Only if this is the target's open call");
  update_status.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.targets.Report(a.target_id, a.status, a.call_id));
  });

  CommandBuilder calls = command_on_one("calls", "List a target's calls, newest first");
  calls.Paging();
  calls.Does(action, [](Services& services, const Arguments& a) {
    return AsJson(services.calls.ListOfTarget(a.target_id, a.page));
  });
}

}  // namespace

void AddCommands(CLI::App& app, Arguments& arguments, Action& action) {
  AddOutdialCommands(app, arguments, action);
  AddTargetCommands(app, arguments, action);
}

}  // namespace outdial::control
