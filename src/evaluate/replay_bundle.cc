// A bundle, as it was written, on recorded outputs and times: the same policy file and the same stage loop as on a
// device, without running a DNN.
#include "evaluate/replay_bundle.h"

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "evaluate/derived_rows.h"
#include "evaluate/rows.h"
#include "evaluate/simulated_rows.h"
#include "learn/cross_validate.h"

namespace amsel {
namespace {

/// The profile's candidate that `wanted` is; it must be the same file, or its answers would be another's.
Result<std::size_t> FindInTable(const ProfileTable& table, const ManifestCandidate& wanted) {
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    if (table.candidates[c].name != wanted.name) continue;
    if (table.profiled[c].file_sha256 == wanted.sha256) return c;
    return BadInput(table.source + ": candidate " + wanted.name + " was profiled from another file (SHA-256 " +
                    table.profiled[c].file_sha256 + ") than the bundle has (" + wanted.sha256 + ")");
  }
  return BadInput(table.source + ": has no candidate " + wanted.name + ", which the bundle has");
}

Result<LearnedPolicy> FromBundle(const Bundle& bundle, const ProfileTable& table) {
  LearnedPolicy learned;
  learned.policy = std::shared_ptr<const Policy>(std::shared_ptr<void>(), &bundle.policy());  // the bundle owns it
  if (table.labels != bundle.labels()) return BadInput(table.source + ": its classes are not those of the bundle");
  if (table.decode_min_side != bundle.manifest().decode_min_side) {
    return BadInput(table.source + ": its images were decoded with decode_min_side " +
                    std::to_string(table.decode_min_side) + ", the bundle decodes with " +
                    std::to_string(bundle.manifest().decode_min_side) + ": the pixels differ");
  }
  for (const ManifestCandidate& candidate : bundle.manifest().candidates) {
    AMSEL_ASSIGN_OR_RETURN(const std::size_t c, FindInTable(table, candidate));
    learned.candidates.push_back(c);
  }
  for (const std::string& feature : bundle.policy().feature_names()) {
    if (std::find(table.feature_names.begin(), table.feature_names.end(), feature) == table.feature_names.end()) {
      return BadInput(table.source + ": has no feature " + feature + ", which the bundle's policy reads");
    }
  }
  const std::optional<Dnn>& feature_dnn = bundle.manifest().feature_dnn;
  const std::string profiled = table.feature_dnn ? table.feature_dnn->file_sha256 : "unknown";
  if (feature_dnn && feature_dnn->sha256 != profiled) {
    return BadInput(table.source + ": its feature DNN is another file (SHA-256 " + profiled +
                    ") than the bundle has (" + feature_dnn->sha256 + ")");
  }
  return learned;
}

/// The images that may be judged: of split test where the profile names any, and none that the bundle, or a candidate,
/// was made from.
Result<std::vector<std::size_t>> RowsToJudge(const Bundle& bundle, const ProfileTable& table, bool include_training,
                                             std::size_t& left_out) {
  AMSEL_ASSIGN_OR_RETURN(const std::set<std::string> trained, bundle.TrainingImages());
  const bool has_test = std::any_of(table.images.begin(), table.images.end(),
                                    [](const OutcomeImage& image) { return image.split == "test"; });
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (has_test && table.images[i].split != "test") continue;
    const bool fit = table.images[i].split == "fit" || trained.contains(ContentKey(table.ContentSha256(i)));
    if (!include_training && fit) {
      ++left_out;
    } else {
      rows.push_back(i);
    }
  }
  if (!rows.empty()) return rows;
  return BadInput("the bundle was trained on every image of " + table.source +
                  "; give another profile, or --include-training");
}

}  // namespace

Result<BundleEvaluation> ReplayBundle(const Bundle& bundle, const ProfileTable& table, const ReplayOptions& options,
                                      const Clock& clock) {
  BundleEvaluation result;
  AMSEL_ASSIGN_OR_RETURN(const LearnedPolicy learned, FromBundle(bundle, table));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::size_t> rows,
                         RowsToJudge(bundle, table, options.include_training, result.left_out));
  Evaluation& evaluation = result.evaluation;
  evaluation = SimulatedSingles(table, rows);
  evaluation.conditions = ConditionsOf(table);
  evaluation.seed = options.seed;
  evaluation.source = {{"bundle", bundle.path()},
                       {"profile", table.source},
                       {"training_data_sha256", bundle.manifest().training_data_sha256}};
  evaluation.single_best = bundle.manifest().single_best;
  evaluation.efficient_single = EfficientSingle(evaluation.rows, evaluation.single_best, evaluation.images);
  const std::vector<RowSamples> singles = evaluation.rows;
  AddDerivedSingle(bundle.manifest().derived_single, evaluation);
  evaluation.rows.push_back(OracleRow(singles, evaluation.images));
  evaluation.bound = "oracle";
  const std::string& kind = bundle.manifest().policy_kind;
  const std::vector<PointValidation> points = PlayNamedPoints(table, rows, learned, &clock);
  for (const PointValidation& point : points) {
    AddPointRows(table, rows, kind, point, points.size() == 1, singles, evaluation.rows);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      BundleAnswer answer{table.images[rows[r]].key, point.runs[r].predicted, {}, point.name};
      for (const std::size_t c : point.runs[r].path) {  // as an engine's answer, which names those that gave one
        if (!table.Failed(c, rows[r])) answer.candidates.push_back(table.candidates[c].name);
      }
      result.answers.push_back(std::move(answer));
    }
  }
  ChooseHeadline(kind, evaluation);
  AddProfiledEnergy(table, options.power_model, evaluation);
  return result;
}

}  // namespace amsel
