// What those ports have in common that the services keep: they must outlive the services.
#ifndef OUTDIAL_PORTS_PORT_H_
#define OUTDIAL_PORTS_PORT_H_

#include <atomic>
#include <string>
#include <string_view>

#include "outdial/entities/misuse.h"

namespace outdial {

// Base of a port. Where it ends before what uses it, it says so and stops the program: the next use
// would be undefined.
class Port {
 public:
  // `name` is that of the interface, a literal.
  explicit Port(std::string_view name) : name_(name) {}

  // Nobody uses a copy yet, and those who use what is assigned to go on using it.
  Port(const Port& other) : name_(other.name_) {}
  Port& operator=(const Port& /*other*/) { return *this; }

  virtual ~Port() {
    if (uses_ == 0) return;
    StopAtMisuse(std::string(name_) +
                 " ends before the services that use it: a port must outlive them");
  }

 private:
  friend class PortUse;

  const std::string_view name_;
  std::atomic<int> uses_ = 0;
};

// Stands for one that uses a port, for as long as it lives. Thread-safe, does not block.
class PortUse {
 public:
  explicit PortUse(Port& port) : port_(port) { ++port_.uses_; }
  PortUse(const PortUse& other) : PortUse(other.port_) {}
  ~PortUse() { --port_.uses_; }

  PortUse& operator=(const PortUse&) = delete;

 private:
  Port& port_;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_PORT_H_
