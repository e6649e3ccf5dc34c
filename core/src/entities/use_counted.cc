#include "outdial/entities/use_counted.h"

#include <string>

#include "outdial/entities/misuse.h"

namespace outdial {

void UseCounted::StopAtUseAfterEnd() const {
  StopAtMisuse(std::string(name_) + " ends before what uses it: it must outlive that");
}

}  // namespace outdial
