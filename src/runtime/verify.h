// Does this device give the answers that the bundle was trained on? Runs the conformance tensors of every DNN.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "backend/backends.h"
#include "backend/candidate_runner.h"
#include "bundle/bundle.h"

namespace amsel {

/// Probabilities may differ by this much between back ends, devices and releases before a certificate is void.
inline constexpr double kConformanceTolerance = 0.02;

/// The conformance record of a DNN: input tensors, and what it answered where it was profiled.
struct RecordedAnswers {
  std::vector<std::vector<std::byte>> tensors;
  std::vector<std::vector<float>> answers;  ///< by tensor: canonical log-probabilities, or features
  bool features = false;
};

Result<RecordedAnswers> ReadRecordedAnswers(const Bundle& bundle, const Dnn& dnn);

/// What a DNN answers now to an input tensor: `answer`, to be resized.
using AnswerTo = std::function<Status(std::span<const std::byte> tensor, std::vector<float>& answer)>;
/// Those of a candidate; `runner` must outlive them.
AnswerTo AnswersOf(CandidateRunner& runner, int classes);

/// Compares what it answers with the record: probabilities; or features, which are any numbers, so that differences are
/// shares of the largest one on record, and a larger one than that is 1. A tensor's answer is the same where the class
/// is, or where all features are within the tolerance. Error when it does not answer.
Result<ConformanceCheck> CheckConformance(const RecordedAnswers& record, const AnswerTo& answer_to);

/// The same of a DNN of the bundle that is opened there. Error also when that cannot be, or where it gives another
/// number of features.
Result<ConformanceCheck> CheckConformance(const Bundle& bundle, const Dnn& dnn, const Placement& at);

struct ConformanceResult {
  std::string dnn;     ///< name of a candidate, or kFeatureDnnName
  BackendIdentity at;  ///< where it ran
  ConformanceCheck check;
};

/// One result per candidate, then of the feature DNN where there is one, each where it is placed: `placements` has one
/// for each. Error when one cannot be loaded or run at all.
Result<std::vector<ConformanceResult>> VerifyConformance(const Bundle& bundle,
                                                         const std::vector<Placement>& placements);

}  // namespace amsel
