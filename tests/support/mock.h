// trompeloeil, reporting to Catch2.
#ifndef OUTDIAL_TESTS_SUPPORT_MOCK_H_
#define OUTDIAL_TESTS_SUPPORT_MOCK_H_

#include "support/catch.h"

// Its header requires Catch2's macros, so it comes second.
#include <catch2/trompeloeil.hpp>

#endif  // OUTDIAL_TESTS_SUPPORT_MOCK_H_
