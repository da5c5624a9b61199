// results.json: the contract that other tools read (docs/formats/results.md), and the figures it is made from.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "stats/bootstrap.h"

namespace amsel {

/// Mean energy per image.
struct RowEnergy {
  double mean_mj = 0;
  std::string source;                   ///< the meter, or "estimate: …"
  std::optional<double> above_idle_mj;  ///< less what the device takes at rest; absent where that is not known
  std::optional<double> half_width_mj;  ///< of the 95 % interval of the mean over blocks; absent where it is derived
};

/// What one policy did, image by image. All vectors are parallel.
struct RowSamples {
  std::string name{};
  std::string kind{};
  std::string operating_point{};  ///< empty where there is none
  std::vector<double> right{};    ///< 0 or 1; for a random mix the expected value
  std::vector<double> right_top5{};
  std::vector<double> latency_ms{};
  std::vector<int> predicted{};  ///< class index, −1 for an abstention; empty where there is no one answer (random mix)
  std::map<std::string, double> shares{};  ///< candidate → share of images on which it ran
  double worst_path_ms = 0;
  std::optional<RowEnergy> energy{};  ///< absent where nothing measured it
  std::vector<double> cold_ms{};      ///< latency right after another candidate; empty where that is not known
  bool derived = false;               ///< of a derived candidate alone, with or without a head
};

/// The images that rows were measured on.
struct EvaluatedImages {
  std::vector<int> labels;
  std::vector<double> weights;
  std::vector<int> groups;       ///< never split; resampled whole
  std::vector<int> time_blocks;  ///< images that were clocked together; resampled whole for speed-ups
  int classes = 0;
};

struct Evaluation {
  EvaluatedImages images;
  std::vector<RowSamples> rows;
  std::string single_best;
  std::string efficient_single;
  std::string adapted_single_best;  ///< name of a row; empty: none
  std::string derived_single;       ///< name of a row, see evaluate/derived_rows.h; empty: none
  std::string headline_policy;      ///< name of a row; empty: none
  std::string bound;                ///< name of the row that bounds the headline policy
  Json source;                      ///< {"profile": …} or {"bundle": …}
  std::optional<int> folds;
  Json conditions;  ///< how it was measured: device, load, repetitions …
  std::uint64_t seed = 1;
};

/// [low, high], both times `scale`; null where an end is infinite.
Json IntervalToJson(const Interval& interval, double scale = 1);

/// Told, by any thread but one at a time, how far the resampling for intervals is.
using ResultsProgress = std::function<void(std::size_t done, std::size_t total)>;

/// The document, schema amsel.evaluation/1.
Json EvaluationToJson(const Evaluation& evaluation, const ResultsProgress& progress = {});

}  // namespace amsel
