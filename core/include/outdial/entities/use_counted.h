// Objects that others hold on to, and that must outlive these.
#ifndef OUTDIAL_ENTITIES_USE_COUNTED_H_
#define OUTDIAL_ENTITIES_USE_COUNTED_H_

#include <atomic>
#include <string_view>
#include <type_traits>

namespace outdial {

// Stops at a reference to nothing, as `*pointer` makes it of a null pointer. `address` is that of
// what it refers to; `given_to` names the function that is given it. A function of its own, because
// where a compiler sees the reference it takes for granted that this is not null.
void CheckReference(const void* address, std::string_view given_to);

// Base of what others keep a reference to. Where it ends while it is in use it says so and stops
// the program: the next use would be undefined. Uses are counted when they begin and end; using it
// costs nothing more.
class UseCounted {
 public:
  // `name` is what the message calls it, a literal.
  explicit UseCounted(std::string_view name) : name_(name) {}

  // Nobody uses a copy yet, and those who use what is assigned to go on using it.
  UseCounted(const UseCounted& other) : name_(other.name_) {}
  UseCounted& operator=(const UseCounted& /*other*/) { return *this; }

 protected:
  ~UseCounted() { StopIfUsed(); }

  // For destructors that must not begin where it is in use.
  void StopIfUsed() const {
    if (uses_ != 0) StopAtUseAfterEnd();
  }

 private:
  template <typename T>
  friend class Use;

  [[noreturn]] void StopAtUseAfterEnd() const;

  const std::string_view name_;
  mutable std::atomic<int> uses_ = 0;
};

// Refers to a UseCounted, and is a use of it for as long as it lives; or to nothing (null), and is
// a use of nothing. A copy is another use. Thread-safe, as far as a pointer is; does not block.
template <typename T>
class Use {
 public:
  // Begins a use of what it is given, or one more of what `other` refers to. A reference to nothing
  // stops the program: see CheckReference.
  template <typename Used>
  requires std::is_convertible_v<Used*, T*>
  explicit Use(Used& used) : used_(&used) {
    CheckReference(&used, __PRETTY_FUNCTION__);
    ++Counted().uses_;
  }
  explicit Use(T* used) : used_(used) {
    if (used_ != nullptr) ++Counted().uses_;
  }
  Use(const Use& other) : Use(other.used_) {}

  ~Use() {
    if (used_ != nullptr) --Counted().uses_;
  }

  Use& operator=(const Use&) = delete;

  // What it refers to. Where that is nothing get() is null, and the others must not be called.
  T* get() const { return used_; }
  T& operator*() const { return *used_; }
  T* operator->() const { return used_; }

 private:
  const UseCounted& Counted() const { return *used_; }

  T* const used_;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_USE_COUNTED_H_
