#include "runtime/shared_feature_dnn.h"

#include <exception>
#include <string>

#include "base/status_macros.h"

namespace amsel {

Status SharedFeatureDnn::Open() {
  try {
    AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle_->VerifiedFeatureDnnFile());
    AMSEL_ASSIGN_OR_RETURN(runner_,
                           FeatureDnnRunner::Open(*at_.backend, at_.options, file, *bundle_->feature_dnn_card()));
    const int expected = bundle_->manifest().feature_dnn->values;
    if (runner_->values() == expected) return {};
    return BadInput(file + ": does not give the " + std::to_string(expected) +
                    " values that the bundle was trained on");
  } catch (const std::exception& fault) {  // memory: images must be answered all the same
    return RuntimeFailure(std::string("cannot be loaded: ") + fault.what());
  }
}

Status SharedFeatureDnn::Load() {
  std::call_once(once_, [this] { loaded_ = Open(); });
  return loaded_;
}

Status SharedFeatureDnn::Run(std::span<const std::byte> tensor, std::vector<float>& out) {
  AMSEL_RETURN_IF_ERROR(Load());
  const auto turn = runner_->concurrent() ? std::unique_lock<std::mutex>() : std::unique_lock(turn_);
  return runner_->Run(tensor, out);
}

}  // namespace amsel
