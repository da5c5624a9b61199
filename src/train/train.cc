#include "train/train.h"

#include <algorithm>
#include <cassert>

#include "amsel/version.h"
#include "base/plain_name.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "bundle/named_points.h"
#include "train/certify.h"
#include "train/describe_point.h"
#include "train/issue_certificates.h"

namespace amsel {
namespace {

/// Per operating point, what was done with each training image that may choose (ForLearning) by parts that had not seen
/// it: as the learner tells, or by learning anew in folds a policy of the kind that was chosen.
Result<std::vector<std::vector<SimulatedRun>>> OnUnseen(const Outcomes& table, Rows rows, const LearnedPolicy& learned,
                                                        const TrainOptions& options) {
  if (!learned.cross_fitted.empty()) return learned.cross_fitted;
  const LearningRows parts = ForLearning(table, rows);
  const std::string policy = options.policy == "auto" ? std::string(learned.policy->kind()) : options.policy;
  LearnOptions quiet = options.learn;  // folds learn side by side, and progress is told of one thing at a time
  quiet.progress = nullptr;
  AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(policy, quiet));
  const std::vector<int> folds = FoldsOf(table, parts.choose, options.learn.inner_folds, options.learn.seed + 1);
  CrossValidation validation = CrossValidate(table, parts.choose, folds, learner, parts.fit, nullptr, options.progress);
  std::vector<std::vector<SimulatedRun>> runs;
  for (const std::string& name : learned.policy->operating_points()) {
    const auto at = std::find_if(validation.points.begin(), validation.points.end(),
                                 [&](const PointValidation& point) { return point.name == name; });
    runs.push_back((at == validation.points.end() ? validation.points.front() : *at).runs);
  }
  return runs;
}

/// Puts what is declared into a manifest, by its name.
struct OptionRecorder {
  Json& json;

  template <typename T, typename Allowed>
  void operator()(std::string name, const T& value, const Allowed& allowed, const char* /*help*/) const {
    std::replace(name.begin(), name.end(), '-', '_');
    json[name] = Recorded(value, allowed);
  }

  template <typename T, typename Allowed>
  static Json Recorded(const T& value, const Allowed& /*allowed*/) {
    return value;
  }
  template <typename T>
  static Json Recorded(const T& value, const Named<T>& allowed) {
    const auto at = std::find_if(allowed.values.begin(), allowed.values.end(),
                                 [&](const auto& one) { return one.second == value; });
    assert(at != allowed.values.end());
    return at->first;
  }
};

Json OptionsToJson(const TrainOptions& options) {
  Json json = {{"policy", options.policy}, {"inner_folds", options.learn.inner_folds}};
  DeclareTrainOptions(options, OptionRecorder{json});
  DeclareLearnOptions(options.learn, OptionRecorder{json});
  return json;
}

/// What `learned` runs, and what it reads.
Status AddDnns(const Outcomes& table, const ProfileTable* profile, Rows rows, const LearnedPolicy& learned,
               const DnnPlaces& places, BundleContents& contents) {
  Manifest& manifest = contents.manifest;
  manifest.feature_code_version = kFeatureCodeVersion;
  manifest.features = learned.policy->feature_names();
  manifest.features_ms = table.FeaturesCostMs(manifest.features);
  if (profile == nullptr) {
    AddCallersCandidates(table, rows, learned, contents);
    return {};
  }
  manifest.decode_min_side = profile->decode_min_side;
  AMSEL_RETURN_IF_ERROR(AddCandidates(*profile, rows, learned, places, contents));
  return AddFeatureDnn(*profile, places, contents);
}

/// `profile`: the table as a profile; null where it is none.
Result<TrainSummary> TrainFrom(const Outcomes& table, const ProfileTable* profile, const TrainOptions& options,
                               const std::string& path) {
  const LearnOptions& learn = options.learn;
  AMSEL_RETURN_IF_ERROR(CheckTrainable(table, options));  // before learning, which takes long
  const TrainingSplit split = SplitForTraining(table, options.split, learn.seed);
  const std::vector<std::size_t>& rows = split.learn;
  AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(options.policy, learn));
  const LearnedPolicy learned = learner(table, rows);
  BundleContents contents;
  Manifest& manifest = contents.manifest;
  manifest.amsel_version = kVersion;
  manifest.classes = table.classes();
  AMSEL_RETURN_IF_ERROR(AddDnns(table, profile, rows, learned, options.dnns, contents));
  const std::size_t best = SingleBest(table, rows, learn.top);
  manifest.single_best = table.candidates[best].name;
  manifest.policy_kind = learned.policy->kind();
  AMSEL_ASSIGN_OR_RETURN(const auto unseen, OnUnseen(table, rows, learned, options));
  const std::vector<std::size_t> judged = ForLearning(table, rows).choose;
  if (const auto derived = DerivedSingle(table, judged, learned.candidates, learn.top)) {
    manifest.derived_single = table.candidates[*derived].name;
  }
  for (std::size_t point = 0; point < unseen.size(); ++point) {
    manifest.operating_points.push_back(DescribePoint(table, judged, learned, point, unseen[point], best, learn));
  }
  std::vector<PointOf> as_learned;
  for (const ManifestPoint& point : manifest.operating_points) as_learned.push_back({point.name, as_learned.size()});
  NameTwins(*learned.policy, as_learned, manifest.operating_points);
  const Rows certify = table.HasPartialUtilities() ? Rows() : Rows(split.certify);
  AMSEL_RETURN_IF_ERROR(IssueCertificates(table, certify, learned, {judged, unseen}, options.epsilon, learn, manifest));
  manifest.training_images = static_cast<std::int64_t>(rows.size());
  manifest.training_data_sha256 = table.data_sha256;
  manifest.training_options = OptionsToJson(options);
  contents.policy = learned.policy.get();
  contents.labels = table.labels;
  for (const std::vector<std::size_t>* seen : {&split.learn, &split.certify}) {
    for (const std::size_t i : *seen) contents.training_images.insert(ContentKey(table.ContentSha256(i)));
  }
  AMSEL_RETURN_IF_ERROR(WriteBundle(contents, path));
  const std::vector<PathEntry>& paths = manifest.operating_points.front().paths;
  const bool single = learned.candidates.size() == 1 ||
                      (paths.size() == 1 && paths[0].sequence == std::vector<std::string>{manifest.single_best});
  return TrainSummary{manifest, single ? learned.near_miss : std::nullopt,
                      table.image_count() - rows.size() - split.certify.size()};
}

}  // namespace

Status CheckTrainable(const Outcomes& table, const TrainOptions& options) {
  const LearnOptions& learn = options.learn;
  CertifyOptions certify;
  certify.epsilon = options.epsilon;
  AMSEL_RETURN_IF_ERROR(CheckCertifyOptions(certify));
  AMSEL_RETURN_IF_ERROR(MakeLearner(options.policy, learn));
  const std::vector<std::size_t> rows = SplitForTraining(table, options.split, learn.seed).learn;
  AMSEL_RETURN_IF_ERROR(CheckLearnable(table, ForLearning(table, rows).choose, learn.inner_folds, learn));
  return CheckPolicyFor(table, options.policy, learn);
}

Result<TrainSummary> Train(const ProfileTable& table, const TrainOptions& options, const std::string& path) {
  return TrainFrom(table, &table, options, path);
}

Result<TrainSummary> TrainOnOutcomes(const Outcomes& table, const TrainOptions& options, const std::string& path) {
  for (const OutcomeCandidate& candidate : table.candidates) {
    if (IsPlainName(candidate.name)) continue;
    return BadInput(table.source + ": candidate `" + candidate.name +
                    "`: a bundle needs a name that a folder can have, without / and \\");
  }
  if (!table.HasPartialUtilities()) return TrainFrom(table, nullptr, options, path);
  TrainOptions without_certificates = options;  // which count right answers
  without_certificates.split.certify_fraction = 0;
  return TrainFrom(table, nullptr, without_certificates, path);
}

}  // namespace amsel
