// Stands for whoever runs the DNNs: an engine that is opened with it decides, and runs nothing itself.
#pragma once

#include "amsel/backend.h"

namespace amsel {

/// Its name, by which it is asked for.
inline constexpr const char* kCallerBackend = "caller";

/// Opens no DNN, and so needs no file.
class CallerBackend : public Backend {
 public:
  std::string name() const override { return kCallerBackend; }
  std::string version() const override { return "1"; }
  Result<std::unique_ptr<Session>> Open(const std::string& path, const SessionOptions& options) override;
};

/// Whether what is placed on `backend` is run by a caller.
inline bool IsCaller(const Backend& backend) {
  return backend.name() == kCallerBackend;
}

}  // namespace amsel
