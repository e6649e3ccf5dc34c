// What those ports have in common that the services keep: they must outlive the services.
#ifndef OUTDIAL_PORTS_PORT_H_
#define OUTDIAL_PORTS_PORT_H_

#include <string_view>

#include "outdial/entities/use_counted.h"

namespace outdial {

// Base of a port, which says what many threads may do and what blocks; nothing here does. Where it
// ends before what uses it, it says so and stops the program.
class Port : public UseCounted {
 public:
  // `name` is that of the interface, a literal.
  explicit Port(std::string_view name) : UseCounted(name) {}

  Port(const Port&) = default;
  Port& operator=(const Port&) = default;

  virtual ~Port() = default;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_PORT_H_
