#include "outdial/entities/use_counted.h"

#include <string>

#include "outdial/entities/misuse.h"

namespace outdial {

void CheckReference(const void* address, std::string_view given_to) {
  // No optimiser knows what is read from there, also one that sees the whole program.
  const void* const volatile volatile_address = address;
  if (volatile_address == nullptr)
    StopAtMisuse("a reference to nothing is given to " + std::string(given_to));
}

void UseCounted::StopAtUseAfterEnd() const {
  StopAtMisuse(std::string(name_) + " ends before what uses it: it must outlive that");
}

}  // namespace outdial
