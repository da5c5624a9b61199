// The version of the library and of what it writes.
#pragma once

namespace amsel {

/// Semantic version of the library, as in bundles' manifests.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace amsel
