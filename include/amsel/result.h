// Result<T> and Status: how every amsel function reports an input, file or candidate failure.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace amsel {

/// What kind of failure it was; the command line maps each to an exit code.
enum class ErrorKind {
  kUsage,     ///< an option or an argument that cannot be (exit 2)
  kBadInput,  ///< a file that is missing, malformed or refused (exit 3)
  kRuntime,   ///< a device, a back end or the operating system failed (exit 4)
};

/// A failure in words: names the file, the field and what was expected.
struct Error {
  ErrorKind kind = ErrorKind::kRuntime;
  std::string message;
};

inline Error UsageError(std::string message) {
  return {ErrorKind::kUsage, std::move(message)};
}
inline Error BadInput(std::string message) {
  return {ErrorKind::kBadInput, std::move(message)};
}
inline Error RuntimeFailure(std::string message) {
  return {ErrorKind::kRuntime, std::move(message)};
}

/// Either a T or an Error. Reading the one that is absent is a programmer error (asserted).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor): returns read naturally
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return assert(!ok()), *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return assert(!ok()), *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace amsel
