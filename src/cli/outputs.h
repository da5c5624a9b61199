// Where verbs may write. The one place that keeps what a verb reads from being overwritten by what it writes.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

/// A usage error where a file to be written is one that is read, by whatever path or link, or another to be written.
/// Empty paths are none.
Status KeepInputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

/// Whether a bundle may be written to `path`, in a folder that can be written to: where something is, only with `force`
/// and only over a bundle with no files but its own; and never over what is read.
Status CheckBundleOut(const std::string& path, bool force, const std::vector<std::string>& inputs);

}  // namespace amsel
