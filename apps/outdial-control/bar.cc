#include "outdial-control/bar.h"

#include <sys/ioctl.h>

#include "absl/strings/str_cat.h"

namespace outdial::control {

std::string Bar(double part, std::size_t width) {
  const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
  std::string bar(full, '=');
  if (part > 0 && full < width) bar += '>';
  bar.resize(width, ' ');
  return absl::StrCat("[", bar, "]");
}

std::string WithCommas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::size_t TerminalWidth(int descriptor) {
  constexpr std::size_t kDefaultWidth = 80;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultWidth;
  return size.ws_col;
}

}  // namespace outdial::control
