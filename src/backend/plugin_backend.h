// Back ends of others: shared objects that speak amsel_backend.h.
#pragma once

#include <memory>
#include <string>

#include "amsel/amsel_backend.h"
#include "amsel/backend.h"

namespace amsel {

/// Opens the plug-in in the shared object `file`, which then stays open for good. The error names the file, and the
/// symbol or the field that is missing or wrong.
Result<std::unique_ptr<Backend>> OpenPlugin(const std::string& file);

/// A back end over such a table, which must outlive it. `file` is what errors name.
Result<std::unique_ptr<Backend>> OverTable(const amsel_backend_api* table, const std::string& file);

}  // namespace amsel
