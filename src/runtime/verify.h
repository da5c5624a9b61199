// Does this device give the answers that the bundle was trained on? Runs the conformance tensors of every DNN.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backend/backends.h"
#include "backend/candidate_runner.h"
#include "bundle/bundle.h"

namespace amsel {

/// Probabilities may differ by this much between back ends, devices and releases before a certificate is void.
inline constexpr double kConformanceTolerance = 0.02;

/// The conformance record of one candidate: input tensors, and the canonical answers where it was profiled.
struct RecordedAnswers {
  std::vector<std::vector<std::byte>> tensors;
  std::vector<std::vector<float>> log_probs;  ///< [tensors][classes]
  /// As many tensors of the size that the candidate sees, for measuring what it takes: `tensors`, or noise where its
  /// view is of another size than the record, which is the DNN's own.
  std::vector<std::vector<std::byte>> seen;
};

Result<RecordedAnswers> ReadRecordedAnswers(const Bundle& bundle, CandidateId id);

/// Runs the record and compares. Error when the candidate cannot run.
Result<ConformanceCheck> CheckConformance(const RecordedAnswers& record, CandidateRunner& runner);

/// Opens the feature DNN there, which the bundle must have, runs its record and compares. Its values are any numbers,
/// so that differences are shares of the largest one on record; a larger one than that is 1. A tensor's answer is the
/// same where all its values are within the tolerance. Error when it cannot run, or gives another number of values.
Result<ConformanceCheck> CheckFeatureDnn(const Bundle& bundle, const Placement& at);

struct ConformanceResult {
  std::string dnn;     ///< name of a candidate, or kFeatureDnnName
  BackendIdentity at;  ///< where it ran
  ConformanceCheck check;
};

/// One result per candidate, then of the feature DNN where there is one, each where it is placed. Error when one cannot
/// be loaded or run at all.
Result<std::vector<ConformanceResult>> VerifyConformance(const Bundle& bundle,
                                                         const std::vector<Placement>& placements);

}  // namespace amsel
