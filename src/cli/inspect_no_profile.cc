// For builds without profiles.
#include "cli/inspect.h"

namespace amsel {

Result<std::string> DescribeProfile(const std::string& file, bool /*json*/) {
  return UsageError(file + ": this build of amsel reads zoos, bundles and DNNs only");
}

}  // namespace amsel
