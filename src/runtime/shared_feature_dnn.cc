#include "runtime/shared_feature_dnn.h"

#include <string>

#include "base/status_macros.h"
#include "runtime/within_load.h"

namespace amsel {

Result<FeatureDnnRunner> OpenFeatureDnn(const Bundle& bundle, const Placement& at) {
  const Dnn& dnn = *bundle.manifest().feature_dnn;
  AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle.VerifiedFile(dnn));
  AMSEL_ASSIGN_OR_RETURN(FeatureDnnRunner runner,
                         FeatureDnnRunner::Open(*at.backend, at.options, file, bundle.CardOf(dnn)));
  if (runner.values() == dnn.feature_values) return runner;
  return BadInput(file + ": does not give the " + std::to_string(dnn.feature_values) +
                  " values that the bundle was trained on");
}

Status SharedFeatureDnn::Load() {
  std::call_once(once_, [this] {
    loaded_ = WithinLoad([this]() -> Status {
      AMSEL_ASSIGN_OR_RETURN(runner_, OpenFeatureDnn(*bundle_, at_));
      return {};
    });
  });
  return loaded_;
}

Status SharedFeatureDnn::Run(std::span<const std::byte> tensor, std::vector<float>& out) {
  AMSEL_RETURN_IF_ERROR(Load());
  const auto turn = runner_->concurrent() ? std::unique_lock<std::mutex>() : std::unique_lock(turn_);
  return runner_->Run(tensor, out);
}

}  // namespace amsel
