#include "backend/feature_dnn_runner.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "image/preprocess.h"

namespace amsel {

Result<FeatureDnnRunner> FeatureDnnRunner::Open(Backend& backend, const SessionOptions& options,
                                                const std::string& model_file, Card card) {
  card.skip_leading_classes = 0;
  Result<CandidateRunner> runner = CandidateRunner::Open(backend, options, model_file, std::move(card), kAnyOutputs);
  if (!runner.ok()) return runner.error();
  FeatureDnnRunner feature_dnn(std::move(*runner));
  const std::vector<std::byte> zeros(TensorBytes(feature_dnn.card().preprocess));
  std::vector<float> out;
  if (const Status ran = feature_dnn.runner_.InferBatch(zeros, 1, out); !ran.ok()) {
    return Error{ran.error().kind, model_file + ": " + ran.error().message};
  }
  if (out.empty() || out.size() > kMostFeatureDnnValues) {
    return BadInput(model_file + ": gives " + std::to_string(out.size()) +
                    " values for an image; a feature DNN gives 1 to " + std::to_string(kMostFeatureDnnValues));
  }
  feature_dnn.values_ = static_cast<int>(out.size());
  return feature_dnn;
}

Status FeatureDnnRunner::Run(std::span<const std::byte> tensor, std::vector<float>& out) const {
  AMSEL_RETURN_IF_ERROR(runner_.InferBatch(tensor, 1, out));
  const bool finite = std::all_of(out.begin(), out.end(), [](float value) { return std::isfinite(value); });
  if (finite && static_cast<int>(out.size()) == values_) return {};
  return RuntimeFailure("did not give " + std::to_string(values_) + " finite values");
}

}  // namespace amsel
