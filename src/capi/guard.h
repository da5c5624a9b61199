// What every function of the C API does: turn failures and exceptions into codes, and copy structs of other versions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "amsel/amsel.h"
#include "amsel/result.h"

namespace amsel {

amsel_status CodeOf(ErrorKind kind);

/// Keeps `message` for amsel_last_error() of this thread and gives `status` back.
amsel_status Fail(amsel_status status, std::string_view message) noexcept;

/// The code for `error`, whose message is kept.
amsel_status Fail(const Error& error) noexcept;

/// Runs `body`, which returns a Status; exceptions become codes.
template <typename Body>
amsel_status Guarded(Body&& body) noexcept {
  try {
    const Status status = body();
    return status.ok() ? AMSEL_OK : Fail(status.error());
  } catch (const std::exception& fault) {
    return Fail(AMSEL_ERROR_RUNTIME, fault.what());
  } catch (...) {
    return Fail(AMSEL_ERROR_RUNTIME, "an unknown exception");
  }
}

/// The error for a null `name`.
Error MissingArgument(const char* name);

/// Whether a struct of `size` bytes can be one of ours: at least `least`, and no garbage.
Status CheckStructSize(const char* name, std::size_t size, std::size_t least);

/// Copies a caller's struct, which may be of an older or newer version, into `own`; null leaves the defaults. What we
/// do not know must be 0, so that nothing that was asked for is silently left undone.
template <typename Struct>
Status CopyIn(const char* name, const Struct* given, std::size_t least, Struct& own) {
  if (given == nullptr) return {};
  if (Status status = CheckStructSize(name, given->size, least); !status.ok()) return status;
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  const std::size_t known = std::min(given->size, sizeof(Struct));
  if (std::any_of(bytes + known, bytes + given->size, [](unsigned char byte) { return byte != 0; })) {
    return UsageError(std::string(name) + " sets a field that this version of the library does not know");
  }
  std::memcpy(&own, given, known);
  return {};
}

/// Calls `use` with the place and a copy of each struct of a caller's array, whose structs are of one size; stops at an
/// error.
template <typename Struct, typename Use>
Status EachOf(const char* name, const Struct* given, std::size_t count, std::size_t least, const Struct& start,
              Use&& use) {
  if (given == nullptr && count > 0) return MissingArgument(name);
  const auto* at = reinterpret_cast<const unsigned char*>(given);
  const std::size_t stride = count == 0 ? 0 : given->size;
  for (std::size_t i = 0; i < count; ++i, at += stride) {
    const auto* one = reinterpret_cast<const Struct*>(at);
    Struct own = start;
    if (Status status = CopyIn(name, one, least, own); !status.ok()) return status;
    if (one->size != stride) return UsageError(std::string(name) + ": structs of one array are of different sizes");
    if (Status status = use(i, own); !status.ok()) return status;
  }
  return {};
}

/// Fills as much of a caller's struct as it has room for; its size stays.
template <typename Struct>
Status CopyOut(const char* name, Struct own, std::size_t least, Struct* wanted) {
  if (wanted == nullptr) return MissingArgument(name);
  if (Status status = CheckStructSize(name, wanted->size, least); !status.ok()) return status;
  own.size = wanted->size;
  std::memcpy(wanted, &own, std::min(own.size, sizeof(Struct)));
  return {};
}

}  // namespace amsel
