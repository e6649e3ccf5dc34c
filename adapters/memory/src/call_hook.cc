#include "outdial/memory/call_hook.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "outdial/entities/misuse.h"

namespace outdial::memory {
namespace {

constexpr std::array<std::string_view, kCallCount> kNames = {
    "database.Read",
    "database.Write",
    "database.Commit",
    "database.Ping",
    "outdials.Get",
    "outdials.List",
    "outdials.GetForUpdate",
    "outdials.GetForShare",
    "outdials.Insert",
    "outdials.Update",
    "targets.Get",
    "targets.List",
    "targets.ListOldest",
    "targets.FindAvailable",
    "targets.FindTaken",
    "targets.CountGroups",
    "targets.GetForUpdate",
    "targets.LockAvailable",
    "targets.LockLeaseExpired",
    "targets.RegisterKeys",
    "targets.Insert",
    "targets.Update",
    "calls.Get",
    "calls.List",
    "calls.Count",
    "calls.GetForUpdate",
    "calls.FindOpen",
    "calls.Insert",
    "calls.Update",
    "outbox.Peek",
    "outbox.Size",
    "outbox.Append",
    "outbox.Remove",
    "journal.Find",
    "journal.Insert",
    "journal.Remove",
    "journal.RemoveOlderThan",
    "cache.Get",
    "cache.Expect",
    "cache.Put",
    "publisher.Publish",
    "clock.Now",
    "ids.NewUuid",
};
static_assert(!kNames.back().empty());

}  // namespace

std::string_view CallName(Call call) { return EntryOf(kNames, call, "memory::Call"); }

}  // namespace outdial::memory
