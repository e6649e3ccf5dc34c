// Catch2, version 2 or 3, whichever is installed.
#ifndef OUTDIAL_TESTS_SUPPORT_CATCH_H_
#define OUTDIAL_TESTS_SUPPORT_CATCH_H_

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

namespace outdial {
using Catch::Matchers::ContainsSubstring;
}  // namespace outdial
#else
#include <catch2/catch.hpp>
#include <string>

namespace outdial {
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
}  // namespace outdial
#endif

#endif  // OUTDIAL_TESTS_SUPPORT_CATCH_H_
