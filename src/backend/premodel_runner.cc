#include "backend/premodel_runner.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "image/preprocess.h"

namespace amsel {

Result<PremodelRunner> PremodelRunner::Open(Backend& backend, const SessionOptions& options,
                                            const std::string& model_file, Card card) {
  card.skip_leading_classes = 0;
  Result<CandidateRunner> runner = CandidateRunner::Open(backend, options, model_file, std::move(card), kAnyOutputs);
  if (!runner.ok()) return runner.error();
  PremodelRunner premodel(std::move(*runner));
  const std::vector<std::byte> zeros(TensorBytes(premodel.card().preprocess));
  std::vector<float> out;
  if (const Status ran = premodel.runner_.InferBatch(zeros, 1, out); !ran.ok()) {
    return Error{ran.error().kind, model_file + ": " + ran.error().message};
  }
  if (out.empty() || out.size() > kMostPremodelValues) {
    return BadInput(model_file + ": gives " + std::to_string(out.size()) +
                    " values for an image; a premodel gives 1 to " + std::to_string(kMostPremodelValues));
  }
  premodel.values_ = static_cast<int>(out.size());
  return premodel;
}

Status PremodelRunner::Run(std::span<const std::byte> tensor, std::vector<float>& out) const {
  AMSEL_RETURN_IF_ERROR(runner_.InferBatch(tensor, 1, out));
  const bool finite = std::all_of(out.begin(), out.end(), [](float value) { return std::isfinite(value); });
  if (finite && static_cast<int>(out.size()) == values_) return {};
  return RuntimeFailure("did not give " + std::to_string(values_) + " finite values");
}

}  // namespace amsel
