#include "profile/block.h"

#include "base/status_macros.h"

namespace amsel {

Status RunTurn(ProfiledCandidate& candidate, const std::vector<const Image*>& images, const Clock& clock,
               const TurnSink& sink) {
  candidate.preprocessor.Apply(*images.front(), candidate.tensor);
  AMSEL_RETURN_IF_ERROR(candidate.runner.Infer(candidate.tensor));
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Nanoseconds start = clock.Now();
    candidate.preprocessor.Apply(*images[i], candidate.tensor);
    const Nanoseconds prepared = clock.Now();
    AMSEL_RETURN_IF_ERROR(candidate.runner.Infer(candidate.tensor));
    const Nanoseconds inferred = clock.Now();
    AMSEL_RETURN_IF_ERROR(candidate.runner.Canonical(candidate.log_probs));
    AMSEL_RETURN_IF_ERROR(sink(i, {prepared - start, inferred - prepared}, candidate.log_probs));
  }
  return {};
}

}  // namespace amsel
