#include "outdial-control/progress_view.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "outdial-control/bar.h"
#include "outdial/apps/signals.h"
#include "outdial/entities/timestamp.h"
#include "outdial/wire/entity_json.h"

namespace outdial::control {
namespace {

constexpr int kPeriodMilliseconds = 1000;

std::string TimeText(const std::optional<absl::Time>& time) {
  return time.has_value() ? FormatTimestamp(*time) : "never";
}

// "exhausted    [==>       ]  21 %  210,000"
std::string Line(std::string_view name, std::int64_t count, std::int64_t total, std::size_t width) {
  constexpr std::size_t kMaxBar = 50;
  const double part = total == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total);
  const std::string numbers =
      absl::StrFormat("%3d %%  %s", static_cast<int>(part * 100), WithCommas(count));
  const std::string label = absl::StrFormat("%-12s", name);
  // Room for the brackets, blanks, and the longest number that there may be in another line.
  const std::size_t around = label.size() + 12 + WithCommas(total).size();
  const std::size_t room = width > around ? std::min(kMaxBar, width - around) : 1;
  return absl::StrCat(label, Bar(part, room), " ", numbers);
}

// Where the cursor is after lines that were drawn, back to the first of them, with nothing below.
std::string EraseLines(std::ptrdiff_t lines) {
  return lines == 0 ? "" : absl::StrCat("\x1b[", lines, "A\x1b[J");
}

}  // namespace

std::string DrawProgress(const OutdialProgress& progress, std::size_t width) {
  const std::int64_t total = progress.idle + progress.progressing + progress.done;
  std::vector<std::string> tries;
  for (const std::int64_t count : progress.tries) tries.push_back(WithCommas(count));
  std::vector<std::string> lines = {
      absl::StrCat(WithCommas(total), " targets, counted at ", FormatTimestamp(progress.tm_count)),
      Line("done", progress.done, total, width),
      Line("progressing", progress.progressing, total, width),
      Line("dialable", progress.dialable, total, width),
      Line("exhausted", progress.exhausted, total, width),
      absl::StrCat("calls made ", WithCommas(progress.calls.made), ", open ",
                   WithCommas(progress.calls.open), "; tries by slot ", absl::StrJoin(tries, " ")),
      absl::StrCat("first call ", TimeText(progress.calls.first)),
      absl::StrCat("last call  ", TimeText(progress.calls.last))};
  for (std::string& line : lines) line.resize(std::min(line.size(), width));
  return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
}

absl::StatusOr<Outcome> ShowProgress(Services& services, OutdialId outdial_id,
                                     const TryThresholds& thresholds, bool watch) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  std::optional<apps::StopSignalWatch> signals;
  if (watch) signals.emplace();
  std::ptrdiff_t drawn_lines = 0;
  while (true) {
    const auto progress = services.progress.Get(outdial_id, thresholds);
    if (!progress.ok()) return progress.status();
    if (terminal) {
      const std::string text = DrawProgress(*progress, TerminalWidth(STDOUT_FILENO) - 1);
      std::cout << EraseLines(drawn_lines) << text << std::flush;
      drawn_lines = std::count(text.begin(), text.end(), '\n');
    } else if (!watch) {
      return Outcome(wire::ToJson(*progress));
    } else {
      std::cout << wire::DumpJson(wire::ToJson(*progress)) << std::endl;
    }
    if (!watch || !std::cout.good()) break;
    pollfd stopped{signals->descriptor(), POLLIN, 0};
    if (::poll(&stopped, 1, kPeriodMilliseconds) != 0) break;
    if (const auto counted = services.progress.RecountWatched(1); !counted.ok()) {
      return counted.status();
    }
  }
  return Outcome(std::nullopt, std::cout.good() ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace outdial::control
