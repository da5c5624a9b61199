#include "runtime/verify.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "backend/canonical.h"
#include "base/status_macros.h"
#include "image/input_set.h"
#include "image/preprocess.h"
#include "runtime/shared_feature_dnn.h"

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

Result<RecordedAnswers> ReadRecordedAnswers(const Bundle& bundle, const Dnn& dnn) {
  const std::string file = bundle.path() + "/conformance/" + dnn.folder + ".safetensors";
  RecordedAnswers record;
  record.features = dnn.feature_values > 0;
  const int values = record.features ? dnn.feature_values : bundle.manifest().classes;
  AMSEL_ASSIGN_OR_RETURN(const TensorFile tensors, bundle.Conformance(dnn));
  AMSEL_ASSIGN_OR_RETURN(const Tensor* expected,
                         tensors.Find(record.features ? kFeatureDnnAnswers : "log_probs", {-1, values}, file));
  const Preprocess& p = bundle.CardOf(dnn).preprocess;  // views share their DNN's record
  AMSEL_ASSIGN_OR_RETURN(record.tensors, InputsOf(tensors, expected->shape[0], p, file));
  for (std::size_t n = 0; n < record.tensors.size(); ++n) {
    const auto width = static_cast<std::size_t>(values);
    const std::span<const float> answer = std::span(expected->floats).subspan(n * width, width);
    record.answers.emplace_back(answer.begin(), answer.end());
  }
  return record;
}

AnswerTo AnswersOf(CandidateRunner& runner, int classes) {
  return [&runner, classes](std::span<const std::byte> tensor, std::vector<float>& answer) -> Status {
    answer.resize(static_cast<std::size_t>(classes));
    AMSEL_RETURN_IF_ERROR(runner.Infer(tensor));
    return runner.Canonical(answer);
  };
}

Result<ConformanceCheck> CheckConformance(const RecordedAnswers& record, const AnswerTo& answer_to) {
  const auto compared = [&](double value) { return record.features ? value : std::exp(value); };
  double largest = record.features ? 0 : 1;
  for (const std::vector<float>& answer : record.answers) {
    for (const double value : answer) largest = std::max(largest, record.features ? std::fabs(value) : 0);
  }
  ConformanceCheck check;
  std::vector<float> found;
  for (std::size_t n = 0; n < record.tensors.size(); ++n) {
    const std::vector<float>& recorded = record.answers[n];
    AMSEL_RETURN_IF_ERROR(answer_to(record.tensors[n], found));
    double differs = 0;
    for (std::size_t v = 0; v < recorded.size(); ++v) {
      differs = std::max(differs, std::fabs(compared(found[v]) - compared(recorded[v])));
    }
    const double share = differs < largest ? differs / largest : differs > 0 ? 1 : 0;
    const bool same = record.features ? share <= kConformanceTolerance : TopClass(found) == TopClass(recorded);
    ++check.tensors;
    check.same_answers += same ? 1 : 0;
    check.largest_difference = std::max(check.largest_difference, share);
  }
  check.holds = check.largest_difference <= kConformanceTolerance;
  return check;
}

Result<ConformanceCheck> CheckConformance(const Bundle& bundle, const Dnn& dnn, const Placement& at) {
  if (dnn.feature_values > 0) {
    AMSEL_ASSIGN_OR_RETURN(const FeatureDnnRunner runner, OpenFeatureDnn(bundle, at));
    AMSEL_ASSIGN_OR_RETURN(const RecordedAnswers record, ReadRecordedAnswers(bundle, dnn));
    return CheckConformance(record, [&](std::span<const std::byte> tensor, std::vector<float>& answer) {
      return runner.Run(tensor, answer);
    });
  }
  const int classes = bundle.manifest().classes;
  AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle.VerifiedFile(dnn));
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                         CandidateRunner::Open(*at.backend, at.options, file, bundle.CardOf(dnn), classes));
  AMSEL_ASSIGN_OR_RETURN(const RecordedAnswers record, ReadRecordedAnswers(bundle, dnn));
  return CheckConformance(record, AnswersOf(runner, classes));
}

Result<std::vector<ConformanceResult>> VerifyConformance(const Bundle& bundle,
                                                         const std::vector<Placement>& placements) {
  std::vector<ConformanceResult> results;
  const auto verify = [&](const Dnn& dnn, const std::string& name) -> Status {
    assert(results.size() < placements.size());
    const Placement& at = placements[results.size()];
    AMSEL_ASSIGN_OR_RETURN(const ConformanceCheck check, CheckConformance(bundle, dnn, at));
    results.push_back({name, IdentityOf(*at.backend, at.options), check});
    return {};
  };
  for (const ManifestCandidate& candidate : bundle.manifest().candidates) {
    AMSEL_RETURN_IF_ERROR(verify(candidate, candidate.name));
  }
  if (const auto& dnn = bundle.manifest().feature_dnn) AMSEL_RETURN_IF_ERROR(verify(*dnn, kFeatureDnnName));
  return results;
}

}  // namespace amsel
