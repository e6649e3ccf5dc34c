// The end of a program that uses this library wrongly.
#ifndef OUTDIAL_ENTITIES_MISUSE_H_
#define OUTDIAL_ENTITIES_MISUSE_H_

#include <string_view>

namespace outdial {

// Writes "outdial: " and the mistake to standard error, and aborts. For mistakes of the program
// that no error can make up for: whatever came next would be undefined. What a request or a user
// can bring about is never one of them.
[[noreturn]] void StopAtMisuse(std::string_view mistake);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_MISUSE_H_
