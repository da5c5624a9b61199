#include "capi/guard.h"

namespace amsel {
namespace {

thread_local std::string last_error;

}  // namespace

amsel_status CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return AMSEL_ERROR_USAGE;
    case ErrorKind::kBadInput:
      return AMSEL_ERROR_BAD_INPUT;
    case ErrorKind::kRuntime:
      return AMSEL_ERROR_RUNTIME;
  }
  return AMSEL_ERROR_RUNTIME;
}

amsel_status Fail(amsel_status status, std::string_view message) noexcept {
  try {
    last_error = message;
  } catch (const std::exception&) {  // no memory for the message
    last_error.clear();
  }
  return status;
}

amsel_status Fail(const Error& error) noexcept {
  return Fail(CodeOf(error.kind), error.message);
}

Error MissingArgument(const char* name) {
  return UsageError(std::string(name) + " is NULL");
}

Status CheckStructSize(const char* name, std::size_t size, std::size_t least) {
  constexpr std::size_t kLargest = 4096;  // no version will come near it: the field was not set
  if (size >= least && size <= kLargest) return {};
  return UsageError(std::string(name) + ".size is " + std::to_string(size) + ", which no version has: start from its " +
                    "AMSEL_..._INIT");
}

}  // namespace amsel

const char* amsel_last_error(void) {
  return amsel::last_error.c_str();
}
