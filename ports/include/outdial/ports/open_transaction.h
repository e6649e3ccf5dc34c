// What implementations of the database port find nested transactions out with.
#ifndef OUTDIAL_PORTS_OPEN_TRANSACTION_H_
#define OUTDIAL_PORTS_OPEN_TRANSACTION_H_

#include "outdial/entities/misuse.h"
#include "outdial/entities/use_counted.h"

namespace outdial {

// Stands for a transaction that its thread has open on `database`, for as long as it lives, and is
// a use of it: see Use. Where the thread has one open there already it stops the program: the inner
// one would wait for the outer one for ever, or not see what that did. Does not block.
class OpenTransaction {
 public:
  // `database` is the one that begins a transaction, and must outlive this.
  explicit OpenTransaction(const UseCounted& database) : database_(database), outer_(innermost_) {
    for (const OpenTransaction* open = outer_; open != nullptr; open = open->outer_) {
      if (open->database_.get() == &database) {
        StopAtMisuse(
            "Database::Read or Write is called inside of another one on the same database");
      }
    }
    innermost_ = this;
  }
  ~OpenTransaction() { innermost_ = outer_; }

  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;

 private:
  inline static thread_local const OpenTransaction* innermost_ = nullptr;

  const Use<const UseCounted> database_;
  const OpenTransaction* const outer_;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_OPEN_TRANSACTION_H_
