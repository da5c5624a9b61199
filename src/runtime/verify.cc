#include "runtime/verify.h"

#include <algorithm>
#include <cmath>

#include "backend/canonical.h"
#include "base/status_macros.h"
#include "runtime/executor.h"

namespace amsel {

Result<ConformanceResult> VerifyCandidate(const Bundle& bundle, CandidateId id, Executor& executor) {
  const ManifestCandidate& candidate = bundle.manifest().candidates[static_cast<std::size_t>(id)];
  const std::string file = bundle.path() + "/conformance/" + candidate.folder + ".safetensors";
  AMSEL_ASSIGN_OR_RETURN(const TensorFile tensors, bundle.Conformance(id));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* expected, tensors.Find("log_probs", {-1, bundle.manifest().classes}, file));
  const auto pixels = tensors.tensors.find("pixels");
  const Preprocess& p = bundle.card(id).preprocess;
  const std::vector<std::int64_t> shape{expected->shape[0], p.height, p.width, p.channel_count()};
  if (pixels == tensors.tensors.end() || !pixels->second.is_bytes || pixels->second.shape != shape) {
    return BadInput(file + ": tensor `pixels` has not the expected type and shape");
  }
  ConformanceResult result{candidate.name, static_cast<int>(shape[0]), 0, 0, false};
  const auto classes = static_cast<std::size_t>(bundle.manifest().classes);
  const std::size_t bytes = static_cast<std::size_t>(p.height) * p.width * p.channel_count();
  std::vector<float> found(classes);
  for (std::size_t n = 0; n < static_cast<std::size_t>(shape[0]); ++n) {
    const std::span<const float> recorded = std::span(expected->floats).subspan(n * classes, classes);
    AMSEL_RETURN_IF_ERROR(executor.RunOnPixels(id, std::span(pixels->second.bytes).subspan(n * bytes, bytes), found));
    for (std::size_t c = 0; c < classes; ++c) {
      result.largest_difference = std::max(result.largest_difference,
                                           std::fabs(std::exp(found[c]) - std::exp(static_cast<double>(recorded[c]))));
    }
    result.same_answers += TopClass(found) == TopClass(recorded) ? 1 : 0;
  }
  result.holds = result.largest_difference <= kConformanceTolerance;
  return result;
}

Result<std::vector<ConformanceResult>> VerifyConformance(const Bundle& bundle,
                                                         const std::vector<Placement>& placements) {
  const SteadyClock clock;
  AMSEL_ASSIGN_OR_RETURN(Executor executor, Executor::Create(bundle, placements, clock));
  std::vector<ConformanceResult> results;
  for (CandidateId id = 0; id < bundle.policy().candidate_count(); ++id) {
    AMSEL_ASSIGN_OR_RETURN(ConformanceResult result, VerifyCandidate(bundle, id, executor));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace amsel
