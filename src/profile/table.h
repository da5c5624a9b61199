// A profile in memory: what learning and evaluation read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "profile/duplicates.h"
#include "profile/store.h"

namespace amsel {

struct ProfiledCandidateInfo {
  std::string name;  ///< "resnet20", or "resnet20@hflip" for a view
  std::string base;  ///< the zoo's candidate
  std::string view;
  std::string card;  ///< JSON; empty in tables that come from elsewhere
  std::string file_sha256;
  std::string preprocess_key;
  StoredConfig config;
  double load_ms = 0;
  std::int64_t resident_bytes = 0;
  std::optional<double> energy_mj;             ///< per run
  std::optional<double> energy_above_idle_mj;  ///< less what the device takes at rest; absent where that is not known
  std::string energy_source;                   ///< empty where there is no figure
};

/// The DNN whose outputs are the features premodel.0, premodel.1, …
struct ProfiledPremodel {
  std::string file;  ///< where it was profiled
  std::string file_sha256;
  std::string card;  ///< JSON
  StoredConfig config;
};

struct ProfiledInput {
  std::int64_t id = 0;
  std::string key;
  std::string path;
  std::string sha256;
  int label = 0;
  double weight = 1;
  std::string split;
};

/// Conformance record of one candidate.
struct ConformanceRecord {
  std::string pixels;
  std::vector<float> log_probs;
};

class ProfileTable;

/// How a profile is read.
struct TableOptions {
  bool join_near_duplicates = true;  ///< into groups; images with the same bytes are joined in any case
  /// Called before the answers, which are the bulk, once all else is known: its error ends the reading.
  std::function<Status(const ProfileTable&)> check;
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< told of answers and features, about so many
};

/// The whole table; every candidate answered at least one of the inputs, which are in the order of the list of images,
/// those that could not be used left out. Read-only once loaded. Indices: c for candidates, i for inputs, f for
/// features.
class ProfileTable {
 public:
  /// Reads a complete profile; refuses an incomplete one.
  static Result<ProfileTable> Load(const std::string& file, const TableOptions& options = {});

  std::string file;
  std::string zoo_path;
  std::vector<std::string> labels;
  std::vector<ProfiledCandidateInfo> candidates;
  std::vector<ProfiledInput> inputs;
  std::vector<int> groups;  ///< per input, see JoinGroups
  JoinedImages joined;      ///< into those groups as near duplicates
  std::vector<std::string> feature_names;
  std::optional<ProfiledPremodel> premodel;
  int feature_code_version = 0;
  int decode_min_side = 0;  ///< DecodeOptions::min_side with which the images were decoded

  int classes() const { return static_cast<int>(labels.size()); }
  std::size_t candidate_count() const { return candidates.size(); }
  std::size_t input_count() const { return inputs.size(); }

  /// Whether candidate c gave no answer for input i. Then its output stands as the uniform distribution, which says
  /// nothing, it is never right, its top class is −1, and its times are the means of its other runs.
  bool Failed(std::size_t c, std::size_t i) const { return ranks_[c * input_count() + i] == kNoRank; }
  /// How many pairs of candidate and input failed, in all and of candidate c.
  std::size_t failed_count() const { return failed_count_; }
  std::size_t FailedOf(std::size_t c) const;
  /// Canonical output of candidate c on input i into out[classes()].
  void LogProbsOf(std::size_t c, std::size_t i, std::span<float> out) const;
  /// Rank of the true label among candidate c's classes: 0 when its top-1 is right.
  int Rank(std::size_t c, std::size_t i) const { return ranks_[c * input_count() + i]; }
  bool Right(std::size_t c, std::size_t i, int top = 1) const { return Rank(c, i) < top; }
  /// The class that candidate c answers; −1 where it failed.
  int TopClassOf(std::size_t c, std::size_t i) const { return top_classes_[c * input_count() + i]; }
  double PreprocessMs(std::size_t c, std::size_t i) const { return preprocess_ms_[c * input_count() + i]; }
  double InferenceMs(std::size_t c, std::size_t i) const { return inference_ms_[c * input_count() + i]; }
  /// What it is expected to take right after another candidate, which leaves cold caches; never less than InferenceMs.
  double InferenceAfterMs(std::size_t c, std::size_t i) const { return InferenceMs(c, i) * after_factors_[c]; }
  double ColdStartMs(std::size_t c, std::size_t i) const { return InferenceAfterMs(c, i) - InferenceMs(c, i); }
  std::span<const float> Features(std::size_t i) const {
    return {features_.data() + i * feature_names.size(), feature_names.size()};
  }

  /// Per candidate, a number that those share whose preprocessing is the same, and is done once for all.
  std::vector<int> PreprocessGroups() const;

  /// How many runs of candidate c, or of all, other programs disturbed (see Undisturbed). Their inference times are
  /// left out of means and quantiles, and stand as that mean; but where too few others remain, CPU time stands for wall
  /// time in all runs of the candidate.
  std::size_t DisturbedOf(std::size_t c) const { return disturbed_[c]; }
  bool ByCpuTime(std::size_t c) const { return by_cpu_time_[c] != 0; }
  std::vector<std::string> NamesByCpuTime() const;
  std::size_t disturbed_count() const;
  /// Of the runs that answered; absent where CPU time is not known of any.
  std::optional<double> disturbed_share() const;

  /// Mean time of an image on which these candidates run: each, and each preprocessing once, where it comes first;
  /// of several each after another, as is one alone unless `begins_warm`: whoever ran before was the same.
  double MeanPathMs(std::span<const std::size_t> path, bool begins_warm = true) const;
  /// The same for input i, as it was recorded.
  double PathMs(std::span<const std::size_t> path, std::size_t i, bool begins_warm = true) const;
  /// Those of the path whose preprocessing nobody before them does.
  std::vector<std::size_t> Preparing(std::span<const std::size_t> path) const;

  /// Mean preprocessing, inference, and their sum for candidate c, over all inputs: what plans are made with.
  double MeanPreprocessMs(std::size_t c) const { return mean_preprocess_ms_[c]; }
  double MeanInferenceMs(std::size_t c) const { return mean_inference_ms_[c]; }
  double MeanInferenceAfterMs(std::size_t c) const { return mean_inference_ms_[c] * after_factors_[c]; }
  /// Whether that was measured; where not, it is that of a warm run.
  bool HasAfterRuns(std::size_t c) const { return has_after_runs_[c] != 0; }
  /// Of every candidate.
  bool HasAfterRuns() const {
    return std::all_of(has_after_runs_.begin(), has_after_runs_.end(), [](char one) { return one != 0; });
  }
  double MeanCostMs(std::size_t c) const { return MeanPreprocessMs(c) + MeanInferenceMs(c); }
  /// Inference time that `share` of the inputs stay below, of those where it did not fail and was not disturbed.
  double InferenceQuantileMs(std::size_t c, double share) const;
  /// The features that a premodel's DNN gave, in the order of its values.
  std::vector<std::string> PremodelFeatures() const;
  /// Mean cost of extracting just these features: their own work and the shared stages that they need, of a premodel's
  /// DNN its run.
  double FeaturesCostMs(const std::vector<std::string>& names) const;
  double MeanDecodeMs() const { return mean_decode_ms_; }

  /// SHA-256 over contents, labels, groups and candidates: the same data gives the same hash.
  std::string DataHash() const;

  /// Recorded conformance tensors of candidate c.
  Result<std::vector<ConformanceRecord>> Conformance(std::size_t c) const;

 private:
  friend class TableLoader;

  /// Times and means, from all runs [c][i]; preprocessing is there.
  void TakeTimes(const std::vector<TimedRun>& runs);
  void TakeTimesOf(std::size_t c, std::span<const TimedRun> runs);
  void TakeAfterRuns(const std::vector<std::vector<StoredAfterRun>>& by_candidate);

  static constexpr std::uint16_t kNoRank = 0xFFFF;

  std::vector<std::uint16_t> log_probs_;                          ///< [c][i][class], float16
  std::vector<std::uint16_t> ranks_;                              ///< [c][i]
  std::vector<std::int32_t> top_classes_;                         ///< [c][i]
  std::vector<float> preprocess_ms_;                              ///< [c][i]
  std::vector<float> inference_ms_;                               ///< [c][i]
  std::vector<char> stands_in_;                                   ///< [c][i]: inference_ms_ is a mean of other runs
  std::vector<float> features_;                                   ///< [i][f]
  std::vector<std::pair<std::string, double>> feature_costs_ms_;  ///< features and stages, by name
  std::vector<std::int64_t> candidate_ids_;
  std::size_t failed_count_ = 0;
  std::vector<double> mean_preprocess_ms_;  ///< [c]
  std::vector<double> mean_inference_ms_;   ///< [c]
  std::vector<double> after_factors_;       ///< [c]: time after another candidate by time warm
  std::vector<char> has_after_runs_;        ///< [c]
  std::vector<std::size_t> disturbed_;      ///< [c]
  std::vector<char> by_cpu_time_;           ///< [c]
  bool knows_cpu_time_ = false;
  double mean_decode_ms_ = 0;
};

}  // namespace amsel
