#include "backend/caller_backend.h"

namespace amsel {

Result<std::unique_ptr<Session>> CallerBackend::Open(const std::string& /*path*/, const SessionOptions& /*options*/) {
  return UsageError(
      "the back end `caller` runs nothing: whoever opened the engine runs the candidates, and asks it for "
      "decisions");
}

}  // namespace amsel
