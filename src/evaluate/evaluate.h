// The ways to evaluate: simulated from a profile, by cross-validation or with a bundle as it is, and clocked with a
// bundle that really runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "amsel/backend.h"
#include "backend/backends.h"
#include "bundle/bundle.h"
#include "evaluate/results.h"
#include "image/decode.h"
#include "learn/cross_validate.h"
#include "learn/options.h"
#include "meter/blocks.h"
#include "profile/dataset.h"
#include "profile/table.h"

namespace amsel {

struct EvaluateOptions {
  LearnOptions learn;
  std::vector<std::string> policies{"staged", "p-right", "chain"};
  int folds = 10;
  bool adapted = true;                    ///< also every single with a head of its own
  std::optional<PowerModel> power_model;  ///< estimates energy where the profile has none
  std::function<void(std::size_t done, std::size_t total)> progress;
  /// Told what each policy did, adapted singles included, once it is cross-validated.
  std::function<void(const std::string& policy, const CrossValidation& validation)> observe{};
};

/// Whether a table, of which the answers need not be there yet, suffices for the two below.
Status CheckEvaluable(const Outcomes& table, const EvaluateOptions& options);

/// Cross-validation: within each outer fold everything is learned and chosen anew. Latencies are the recorded ones,
/// decisions are clocked.
Result<Evaluation> EvaluateProfile(const ProfileTable& table, const EvaluateOptions& options, const Clock& clock);

/// The same of a table of the user's own. Nothing is clocked, since the table's times may be of any unit. Where answers
/// are the candidates' own no single is adapted: a head of its own would change no answer.
Result<Evaluation> EvaluateOutcomes(const Outcomes& table, const EvaluateOptions& options);

struct ClockOptions {
  DecodeOptions decode;
  int repetitions = 5;
  bool include_training = false;  ///< also images that the bundle was trained on
  bool strict = false;            ///< an image that cannot be used is an error
  std::uint64_t seed = 1;
  EnergyInstruments energy;  ///< with a meter: energy of each row, after the clocking
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// What the bundle's policy did with one image.
struct BundleAnswer {
  std::string key;
  int label = -1;                       ///< −1 where it abstained
  std::vector<std::string> candidates;  ///< that ran, in order
  std::string operating_point;
};

struct BundleEvaluation {
  Evaluation evaluation;
  std::size_t left_out = 0;                                         ///< images that the bundle was trained on
  std::vector<std::pair<std::string, std::string>> skipped;         ///< key and reason
  std::vector<FailedRun> failed_runs;                               ///< rows without an answer, or with a degraded one
  std::vector<BundleAnswer> answers;                                ///< operating point by point, image by image
  std::vector<std::pair<std::string, std::string>> without_energy;  ///< row and reason, where it was asked for
};

/// Runs every single of the bundle and its policy on every image, end to end, in blocks of images taken in random
/// order by random turns, on one pinned core, each candidate where `placements` says. Only images of split test, where
/// the list names any. Where a row has no answer for an image, since its candidates failed, that counts as wrong and
/// takes the time in which it failed; where others answered in the place of a candidate that failed, that is the row's
/// answer, as it would be on a device. Energy, where it is asked for, is measured afterwards, in blocks of its own.
Result<BundleEvaluation> EvaluateBundle(const Bundle& bundle, const std::vector<LabelledImage>& images,
                                        const std::vector<Placement>& placements, const Clock& clock,
                                        const ClockOptions& options);

struct ReplayOptions {
  bool include_training = false;          ///< also images that the bundle was trained on
  std::optional<PowerModel> power_model;  ///< estimates energy where the profile has none
  std::uint64_t seed = 1;
};

/// What the bundle would do on the images of a profile, from what is recorded there: every candidate of the profile as
/// it came, the policy at each named operating point, nulls and bounds. Runs no DNN; on the device and images of the
/// profile it decides as the engine does. Error when the profile lacks a candidate or feature DNN (the same file) or a
/// feature of the bundle, or its images were decoded otherwise.
Result<BundleEvaluation> EvaluateOnProfile(const Bundle& bundle, const ProfileTable& table,
                                           const ReplayOptions& options, const Clock& clock);

}  // namespace amsel
