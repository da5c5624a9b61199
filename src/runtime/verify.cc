#include "runtime/verify.h"

#include <algorithm>
#include <cmath>

#include "backend/canonical.h"
#include "backend/feature_dnn_runner.h"
#include "base/status_macros.h"
#include "image/input_set.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

/// The tensors of a record, one for each of its `count` answers.
Result<std::vector<std::vector<std::byte>>> InputsOf(const TensorFile& record, std::int64_t count, const Preprocess& p,
                                                     const std::string& file) {
  const auto pixels = record.tensors.find("pixels");
  const std::vector<std::int64_t> shape{count, p.height, p.width, p.channel_count()};
  if (pixels == record.tensors.end() || !pixels->second.is_bytes || pixels->second.shape != shape || count < 1) {
    return BadInput(file + ": tensor `pixels` has not the expected type and shape");
  }
  std::vector<std::vector<std::byte>> inputs;
  InputSet set;
  const std::size_t input = set.Add(p);
  const std::size_t bytes = static_cast<std::size_t>(p.height) * p.width * p.channel_count();
  for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) {
    const std::span<const std::uint8_t> recorded = std::span(pixels->second.bytes).subspan(n * bytes, bytes);
    std::vector<std::uint8_t> resized(recorded.begin(), recorded.end());
    SwapToCardOrder(p, resized);
    const std::span<const std::byte> tensor = set.FromPixels(input, resized);
    inputs.emplace_back(tensor.begin(), tensor.end());
  }
  return inputs;
}

}  // namespace

Result<RecordedAnswers> ReadRecordedAnswers(const Bundle& bundle, CandidateId id) {
  const ManifestCandidate& candidate = bundle.manifest().candidates[static_cast<std::size_t>(id)];
  const std::string file = bundle.path() + "/conformance/" + candidate.folder + ".safetensors";
  AMSEL_ASSIGN_OR_RETURN(const TensorFile tensors, bundle.Conformance(id));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* expected, tensors.Find("log_probs", {-1, bundle.manifest().classes}, file));
  const Preprocess& p = bundle.dnn_card(id).preprocess;  // views share their DNN's record
  RecordedAnswers record;
  AMSEL_ASSIGN_OR_RETURN(record.tensors, InputsOf(tensors, expected->shape[0], p, file));
  const auto classes = static_cast<std::size_t>(bundle.manifest().classes);
  for (std::size_t n = 0; n < record.tensors.size(); ++n) {
    const std::span<const float> answer = std::span(expected->floats).subspan(n * classes, classes);
    record.log_probs.emplace_back(answer.begin(), answer.end());
  }
  const Preprocess& seen = bundle.card(id).preprocess;
  record.seen = record.tensors;
  if (!candidate.view.is_size()) return record;
  for (std::size_t n = 0; n < record.seen.size(); ++n) record.seen[n] = NoiseTensor(seen, static_cast<unsigned>(n));
  return record;
}

Result<ConformanceCheck> CheckConformance(const RecordedAnswers& record, CandidateRunner& runner) {
  ConformanceCheck check;
  for (std::size_t n = 0; n < record.tensors.size(); ++n) {
    const std::vector<float>& recorded = record.log_probs[n];
    std::vector<float> found(recorded.size());
    AMSEL_RETURN_IF_ERROR(runner.Infer(record.tensors[n]));
    AMSEL_RETURN_IF_ERROR(runner.Canonical(found));
    for (std::size_t c = 0; c < found.size(); ++c) {
      const double difference = std::fabs(std::exp(found[c]) - std::exp(static_cast<double>(recorded[c])));
      check.largest_difference = std::max(check.largest_difference, difference);
    }
    ++check.tensors;
    check.same_answers += TopClass(found) == TopClass(recorded) ? 1 : 0;
  }
  check.holds = check.largest_difference <= kConformanceTolerance;
  return check;
}

Result<ConformanceCheck> CheckFeatureDnn(const Bundle& bundle, const Placement& at) {
  AMSEL_ASSIGN_OR_RETURN(const std::string model, bundle.VerifiedFeatureDnnFile());
  AMSEL_ASSIGN_OR_RETURN(const FeatureDnnRunner runner,
                         FeatureDnnRunner::Open(*at.backend, at.options, model, *bundle.feature_dnn_card()));
  const std::string file = bundle.path() + "/conformance/" + kFeatureDnnName + ".safetensors";
  AMSEL_ASSIGN_OR_RETURN(const TensorFile tensors, bundle.FeatureDnnConformance());
  AMSEL_ASSIGN_OR_RETURN(const Tensor* expected, tensors.Find(kFeatureDnnAnswers, {-1, runner.values()}, file));
  AMSEL_ASSIGN_OR_RETURN(const auto inputs, InputsOf(tensors, expected->shape[0], runner.card().preprocess, file));
  double largest = 0;
  for (const float value : expected->floats) largest = std::max(largest, std::fabs(static_cast<double>(value)));
  ConformanceCheck check;
  std::vector<float> found;
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    AMSEL_RETURN_IF_ERROR(runner.Run(inputs[n], found));
    double differs = 0;
    for (std::size_t v = 0; v < found.size(); ++v) {
      differs = std::max(differs, std::fabs(static_cast<double>(found[v]) - expected->floats[n * found.size() + v]));
    }
    const double share = differs < largest ? differs / largest : differs > 0 ? 1 : 0;
    ++check.tensors;
    check.same_answers += share <= kConformanceTolerance ? 1 : 0;
    check.largest_difference = std::max(check.largest_difference, share);
  }
  check.holds = check.largest_difference <= kConformanceTolerance;
  return check;
}

Result<std::vector<ConformanceResult>> VerifyConformance(const Bundle& bundle,
                                                         const std::vector<Placement>& placements) {
  std::vector<ConformanceResult> results;
  for (CandidateId id = 0; id < bundle.policy().candidate_count(); ++id) {
    const Placement& at = placements[static_cast<std::size_t>(id)];
    AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle.VerifiedModelFile(id));
    AMSEL_ASSIGN_OR_RETURN(
        CandidateRunner runner,
        CandidateRunner::Open(*at.backend, at.options, file, bundle.dnn_card(id), bundle.manifest().classes));
    AMSEL_ASSIGN_OR_RETURN(const RecordedAnswers record, ReadRecordedAnswers(bundle, id));
    AMSEL_ASSIGN_OR_RETURN(const ConformanceCheck check, CheckConformance(record, runner));
    results.push_back(
        {bundle.manifest().candidates[static_cast<std::size_t>(id)].name, IdentityOf(*at.backend, at.options), check});
  }
  if (bundle.manifest().feature_dnn) {
    const Placement& at = placements.back();
    AMSEL_ASSIGN_OR_RETURN(const ConformanceCheck check, CheckFeatureDnn(bundle, at));
    results.push_back({kFeatureDnnName, IdentityOf(*at.backend, at.options), check});
  }
  return results;
}

}  // namespace amsel
