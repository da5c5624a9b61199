// Temporary files and folders beside what they are to become. Their names cannot be foreseen, nothing that is there is
// opened or replaced, and whoever made one holds a lock on it for as long as it is in the making: one without a lock
// was left by a crash, and is swept away by the next who writes to the same path.
#pragma once

#include <string>

#include "amsel/result.h"
#include "base/descriptor.h"

namespace amsel {

struct Temporary {
  std::string path;
  Descriptor lock;  ///< open on it: a file for writing, a folder for reading
};

/// A new file beside `path`, with the permissions `mode` less the umask.
Result<Temporary> MakeTemporaryFile(const std::string& path, unsigned mode);

/// A new folder beside `path`, which has no slash at its end.
Result<Temporary> MakeTemporaryFolder(const std::string& path);

}  // namespace amsel
