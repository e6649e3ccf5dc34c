// Asks whoever called for something long.
#ifndef OUTDIAL_SERVICES_GO_ON_H_
#define OUTDIAL_SERVICES_GO_ON_H_

#include <functional>

namespace outdial {

// Asked whether to go on with what takes longer than a request may. Any thread; may block, must not
// use the services.
using GoOn = std::function<bool()>;

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_GO_ON_H_
