// Clocks a bundle: its singles and its policy, whole images end to end. Internal to EvaluateBundle.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "evaluate/evaluate.h"
#include "meter/timed_run.h"
#include "policy/premodel.h"
#include "runtime/call.h"

namespace amsel {

/// A row being measured: its policy, and what it did so far.
struct Contender {
  std::unique_ptr<Policy> own;  ///< singles bring their policy
  const Policy* policy = nullptr;
  std::optional<Episode> episode;
  RowSamples row;
  std::set<std::vector<std::string>> paths;
  double overhead_ms = 0;             ///< Σ of what was neither preprocessing nor inference
  double preprocess_ms = 0;           ///< Σ
  std::vector<BundleAnswer> answers;  ///< image by image; of the bundle's own policy alone
  std::vector<TimedRun> runs;         ///< all that were timed in blocks
  CandidateId first = 0;              ///< the candidate with which its last answer began
};

class BundleClock {
 public:
  BundleClock(const Bundle& bundle, const std::vector<Placement>& placements, Workspace workspace,
              const ClockOptions& options, const Clock& clock)
      : bundle_(bundle), placements_(placements), workspace_(std::move(workspace)), options_(options), clock_(clock) {
    options_.decode.min_side = bundle.manifest().decode_min_side;
    on_cpu_ = std::all_of(placements.begin(), placements.end(),
                          [](const Placement& at) { return RunsOnCpu(*at.backend, at.options); });
  }

  Status SelectImages(const std::vector<LabelledImage>& images);
  Status Measure();
  BundleEvaluation Finish(const std::string& source);

 private:
  void AddContenders();
  Result<std::vector<Image>> DecodeBlock(std::size_t begin, std::size_t end);
  Status RunTurn(Contender& contender, const std::vector<Image>& block, std::size_t begin);
  /// Clocks singles and headline on the images of a block once more, each right after another candidate.
  void RunCold(const std::vector<Image>& block, std::size_t begin, Random& random);
  /// Of the runs in blocks that other programs disturbed; null where CPU time is not known.
  Json DisturbedShare() const;
  Status MeasureEnergyOfAll();
  Result<std::vector<Image>> DecodeSample();
  Status Record(Contender& contender, const Answer& answer, std::size_t at);
  void RecordFailure(Contender& contender, std::size_t at, const std::string& reason);
  void NoteFailure(const Contender& contender, std::size_t at, const std::string& reason);
  EvaluatedImages DescribeImages() const;
  /// Mean time of an image on which these candidates run: each preprocessing counts once.
  double MeanPathMs(const std::vector<std::string>& path) const;

  const Bundle& bundle_;
  const std::vector<Placement>& placements_;
  Workspace workspace_;
  ClockOptions options_;
  const Clock& clock_;
  std::vector<LabelledImage> images_;
  std::vector<double> image_shares_;  ///< what each counts for
  std::vector<std::string> contents_;
  std::vector<Contender> contenders_;
  std::size_t headline_ = 0;                              ///< which of them
  std::set<std::pair<std::size_t, std::string>> failed_;  ///< image and row
  std::size_t block_size_ = 1;
  bool on_cpu_ = true;  ///< all candidates
  int core_ = -1;
  double load_ = 0;
  Json energy_;  ///< how energy was measured; null where it was not
  BundleEvaluation result_;
};

}  // namespace amsel
