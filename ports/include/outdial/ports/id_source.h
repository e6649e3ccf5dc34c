// The port to chance.
#ifndef OUTDIAL_PORTS_ID_SOURCE_H_
#define OUTDIAL_PORTS_ID_SOURCE_H_

#include "outdial/entities/uuid.h"
#include "outdial/ports/port.h"

namespace outdial {

// Gives out ids. Implementations are thread-safe and do not block.
class IdSource : public Port {
 public:
  IdSource() : Port("IdSource") {}

  // A version 4 UUID that was not given out before, by anybody.
  virtual Uuid NewUuid() = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_ID_SOURCE_H_
