// Bars and numbers, as a terminal shows them.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_BAR_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_BAR_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace outdial::control {

// "[====>     ]" with `width` columns between the brackets; `part` is from 0 to 1.
std::string Bar(double part, std::size_t width);

// "1,234,567"
std::string WithCommas(std::int64_t number);

// How many columns the terminal has that file descriptor `descriptor` is; 80 where it is none.
std::size_t TerminalWidth(int descriptor);

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_BAR_H_
