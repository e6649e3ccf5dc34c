// A port call as the hook sees it.
#ifndef OUTDIAL_MEMORY_SRC_HOOKED_H_
#define OUTDIAL_MEMORY_SRC_HOOKED_H_

#include <type_traits>

#include "absl/status/status.h"
#include "outdial/memory/call_hook.h"

namespace outdial::memory {

// Runs `effect`, which returns an absl::Status or absl::StatusOr, between the two calls of `hook`
// (which may be null).
template <typename Effect>
std::invoke_result_t<Effect&> Hooked(CallHook* hook, Call call, Effect effect) {
  if (hook == nullptr) return effect();
  if (absl::Status status = hook->Before(call); !status.ok()) return status;
  std::invoke_result_t<Effect&> result = effect();
  if (absl::Status status = hook->After(call); !status.ok()) return status;
  return result;
}

// The same for calls that cannot fail: the hook learns of one that is about to return.
inline void TellHook(CallHook* hook, Call call) {
  if (hook == nullptr) return;
  hook->Before(call).IgnoreError();
  hook->After(call).IgnoreError();
}

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_HOOKED_H_
