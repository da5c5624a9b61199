// A profile in memory: what learning and evaluation read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "card/view.h"
#include "outcomes/outcomes.h"
#include "profile/duplicates.h"
#include "profile/store.h"

namespace amsel {

/// Where a candidate's outcomes come from, and what else a profile knows of it.
struct CandidateOrigin {
  std::int64_t id = 0;  ///< in the profile
  std::string base;     ///< the zoo's candidate: "resnet20" of "resnet20@hflip"
  View view;
  std::string card;  ///< JSON; empty in tables that come from elsewhere
  std::string file_sha256;
  std::string preprocess_key;
  StoredConfig config;
  double load_ms = 0;
  std::int64_t resident_bytes = 0;
  std::optional<double> energy_mj{};             ///< per run
  std::optional<double> energy_above_idle_mj{};  ///< less what the device takes at rest; absent where that is not known
  std::string energy_source{};                   ///< empty where there is no figure
  /// How many of its runs other programs disturbed (see Undisturbed). Their inference times are left out of means and
  /// quantiles, and stand as that mean; but where too few others remain, `by_cpu_time`: CPU time stands for wall time
  /// in all runs of the candidate.
  std::size_t disturbed = 0;
  bool by_cpu_time = false;
  bool knows_cpu_time = false;  ///< of any run
};

/// The DNN whose outputs are the features dnn.0, dnn.1, …
struct ProfiledFeatureDnn {
  std::string file;  ///< where it was profiled
  std::string file_sha256;
  std::string card;  ///< JSON
  StoredConfig config;
};

/// Where an image comes from.
struct ImageOrigin {
  std::int64_t id = 0;
  std::string path;
};

/// One image and what a DNN answers to it.
struct ConformanceRecord {
  std::string pixels;
  std::vector<float> answer;  ///< canonical log-probabilities; of the feature DNN its values
};

class ProfileTable;

/// How a profile is read.
struct TableOptions {
  bool join_near_duplicates = true;  ///< into groups; images with the same bytes are joined in any case
  /// Called before the answers, which are the bulk, once all else is known: its error ends the reading.
  std::function<Status(const ProfileTable&)> check;
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< told of answers and features, about so many
};

/// The outcomes of a profile, in the order of the list of images, those that could not be used left out, and where they
/// come from. Read-only once loaded.
class ProfileTable : public Outcomes {
 public:
  /// Reads a complete profile; refuses an incomplete one.
  static Result<ProfileTable> Load(const std::string& file, const TableOptions& options = {});

  std::string zoo_path;
  std::vector<CandidateOrigin> profiled;  ///< by candidate
  std::vector<ImageOrigin> files;         ///< by image
  std::optional<ProfiledFeatureDnn> feature_dnn;
  int decode_min_side = 0;  ///< DecodeOptions::min_side with which the images were decoded
  double mean_decode_ms = 0;

  /// How many pairs of candidate and image failed, in all and of candidate c.
  std::size_t failed_count() const;
  std::size_t FailedOf(std::size_t c) const;

  /// Whose times are CPU time.
  std::vector<std::string> NamesByCpuTime() const;
  /// Of runs that other programs disturbed, and their share of those that answered; absent where CPU time is not known
  /// of any.
  std::size_t disturbed_count() const;
  std::optional<double> disturbed_share() const;

  /// Recorded conformance tensors of candidate c.
  Result<std::vector<ConformanceRecord>> Conformance(std::size_t c) const;
  /// The same of the feature DNN.
  Result<std::vector<ConformanceRecord>> FeatureDnnConformance() const;

 private:
  Result<std::vector<ConformanceRecord>> ConformanceOf(std::int64_t id, const std::string& name) const;

  /// Over contents, labels, groups and candidates.
  std::string DataHash() const;
};

}  // namespace amsel
