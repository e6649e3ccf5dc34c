// The end of a process that uses an adapter wrongly.
#ifndef OUTDIAL_MEMORY_SRC_DIE_H_
#define OUTDIAL_MEMORY_SRC_DIE_H_

#include <cstdio>
#include <cstdlib>

namespace outdial::memory {

[[noreturn]] inline void Die(const char* mistake) {
  std::fprintf(stderr, "outdial::memory: %s\n", mistake);
  std::abort();
}

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_DIE_H_
