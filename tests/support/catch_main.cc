// Version 2 of Catch2 is a header: main() is compiled here, once.
#define CATCH_CONFIG_MAIN
#include "support/catch.h"
