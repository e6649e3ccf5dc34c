#include "outdial-control/commands.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
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

  command_on_one("delete", "Delete an outdial")
      .Does(action, [](Services& services, const Arguments& a) {
        return AsJson(services.outdials.Delete(a.outdial_id));
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
