#include "learn/train.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "amsel/version.h"
#include "backend/backends.h"
#include "base/status_macros.h"
#include "card/dnn_files.h"
#include "card/zoo.h"
#include "features/premodel_features.h"
#include "learn/certify.h"
#include "learn/issue_certificates.h"
#include "runtime/replan.h"
#include "stats/bootstrap.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

double WorstPathMs(const Outcomes& table, const LearnedPolicy& learned, std::size_t point) {
  std::vector<StepCost> costs;
  for (const std::size_t c : learned.candidates) costs.push_back(table.MeanStep(c));
  return learned.policy->DearestPath(static_cast<int>(point), costs,
                                     table.FeaturesCostMs(learned.policy->feature_names()));
}

/// How the policy did on the training images, each judged by a policy that had not seen it; `best` is the single best.
ManifestPoint DescribePoint(const Outcomes& table, Rows rows, const LearnedPolicy& learned, std::size_t which,
                            const std::vector<SimulatedRun>& runs, std::size_t best, const LearnOptions& options) {
  ManifestPoint point;
  point.name = learned.policy->operating_points()[which];
  std::vector<double> right;
  std::vector<double> gain;
  std::vector<double> latency;
  std::vector<double> recorded;  // a learner may know of mean times alone, which have no tail
  std::vector<double> weights;
  std::vector<int> groups;
  struct Taken {
    double weight = 0;
    double right = 0;
  };
  std::map<std::vector<std::string>, Taken> paths;
  double total = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const SimulatedRun& run = runs[r];
    weights.push_back(table.images[rows[r]].weight);
    groups.push_back(table.groups[rows[r]]);
    right.push_back(run.rank == 0 ? 1 : 0);
    gain.push_back((run.rank < options.top ? 1.0 : 0.0) - (table.Right(best, rows[r], options.top) ? 1.0 : 0.0));
    latency.push_back(run.latency_ms);
    recorded.push_back(run.features_ms + table.PathMs(run.path, rows[r], run.begins_warm));
    std::vector<std::string> sequence;
    for (const std::size_t c : run.path) sequence.push_back(table.candidates[c].name);
    paths[sequence].weight += weights.back();
    paths[sequence].right += weights.back() * right.back();
    total += weights.back();
  }
  BootstrapOptions bootstrap;
  bootstrap.seed = options.seed;
  const Interval interval = ShareInterval(right, weights, groups, bootstrap);
  point.top1 = WeightedMean(right, weights);
  point.top1_low = interval.low;
  point.top1_high = interval.high;
  point.gain = WeightedMean(gain, weights);
  point.gain_error = ClusteredStandardError(gain, weights, groups);
  point.latency_ms = WeightedMean(latency, weights);
  point.latency_p50_ms = Quantile(recorded, 0.5);
  point.latency_p99_ms = Quantile(recorded, 0.99);
  for (const auto& [sequence, taken] : paths) {
    point.paths.push_back({sequence, taken.weight / total, taken.weight > 0 ? taken.right / taken.weight : 0});
  }
  point.worst_path_ms = WorstPathMs(table, learned, which);
  return point;
}

/// Per operating point, what was done with each training image by parts that had not seen it: as the learner tells, or
/// by learning anew in folds a policy of the kind that was chosen.
Result<std::vector<std::vector<SimulatedRun>>> OnUnseen(const Outcomes& table, Rows rows, const LearnedPolicy& learned,
                                                        const TrainOptions& options) {
  if (!learned.cross_fitted.empty()) return learned.cross_fitted;
  const std::string policy = options.policy == "auto" ? std::string(learned.policy->kind()) : options.policy;
  LearnOptions quiet = options.learn;  // folds learn side by side, and progress is told of one thing at a time
  quiet.progress = nullptr;
  AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(policy, quiet));
  const std::vector<int> folds = FoldsOf(table, rows, options.learn.inner_folds, options.learn.seed + 1);
  CrossValidation validation = CrossValidate(table, rows, folds, learner, nullptr, options.progress);
  std::vector<std::vector<SimulatedRun>> runs;
  for (const std::string& name : learned.policy->operating_points()) {
    const auto at = std::find_if(validation.points.begin(), validation.points.end(),
                                 [&](const PointValidation& point) { return point.name == name; });
    runs.push_back((at == validation.points.end() ? validation.points.front() : *at).runs);
  }
  return runs;
}

ManifestCandidate DescribeCandidate(const ProfileTable& table, std::size_t c, double accuracy, const Card& card) {
  const CandidateOrigin& info = table.profiled[c];
  ManifestCandidate candidate{table.candidates[c].name, info.view,    info.base,
                              info.file_sha256,         card.license, card.source,
                              info.preprocess_key,      accuracy,     {}};
  const BackendIdentity identity = ParseIdentity(info.config.backend);
  CandidateCost cost{identity.backend,
                     info.config.version,
                     info.config.device,
                     info.config.threads,
                     info.config.graph,
                     table.MeanPreprocessMs(c),
                     table.MeanInferenceMs(c),
                     table.InferenceQuantileMs(c, 0.5),
                     table.InferenceQuantileMs(c, 0.99),
                     info.load_ms,
                     info.resident_bytes,
                     info.energy_mj,
                     info.energy_source};
  cost.provider = identity.provider;
  cost.precision = PrecisionName(identity.precision);
  if (table.HasAfterRuns(c)) cost.inference_after_ms = table.MeanInferenceAfterMs(c);
  cost.int8 = info.config.int8;
  candidate.costs.push_back(std::move(cost));
  return candidate;
}

Json OptionsToJson(const TrainOptions& options) {
  const LearnOptions& learn = options.learn;
  return {{"policy", options.policy},
          {"top", learn.top},
          {"tie_tolerance", learn.tie_tolerance},
          {"theta", learn.theta},
          {"chain_k", learn.chain_k},
          {"p_right_k", learn.p_right_k},
          {"tree_depth", learn.tree_depth},
          {"svm_gamma", learn.svm_gamma},
          {"svm_c", learn.svm_c},
          {"trees", learn.trees},
          {"on_none", learn.on_none == OnNone::kMostCapable ? "most-capable" : "cheapest"},
          {"features", learn.features},
          {"select_features", learn.selection.from},
          {"select_correlation", learn.selection.correlation},
          {"inner_folds", learn.inner_folds},
          {"seed", learn.seed},
          {"abstain_price", learn.staged.abstain_price},
          {"epsilon", options.epsilon},
          {"certify_fraction", options.certify_fraction},
          {"test_fraction", options.test_fraction}};
}

/// The DNN file of candidate c, checked to be the one that was profiled.
Result<std::string> ModelFileOf(const ProfileTable& table, std::size_t c, const std::string& zoo) {
  const CandidateOrigin& info = table.profiled[c];
  const auto found = FindModelFile((zoo.empty() ? table.zoo_path : zoo) + "/" + info.base);
  if (!found.ok()) return BadInput(found.error().message + " (profiled zoo moved? name it with --zoo)");
  AMSEL_ASSIGN_OR_RETURN(const std::string sha256, DnnSha256OfFile(*found));
  if (sha256 != info.file_sha256) {
    return BadInput(*found + ": is not the file that was profiled in " + table.source +
                    "; profile it with --resume, or name the right zoo with --zoo");
  }
  return *found;
}

Result<TensorFile> ConformanceTensors(const ProfileTable& table, std::size_t c, const Card& card) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<ConformanceRecord> records, table.Conformance(c));
  std::vector<std::uint8_t> pixels;
  std::vector<float> log_probs;
  for (const ConformanceRecord& record : records) {
    pixels.insert(pixels.end(), record.pixels.begin(), record.pixels.end());
    log_probs.insert(log_probs.end(), record.log_probs.begin(), record.log_probs.end());
  }
  const Preprocess& p = card.preprocess;
  const auto count = static_cast<std::int64_t>(records.size());
  const std::size_t expected = records.size() * p.height * p.width * p.channel_count();
  if (records.empty() || pixels.size() != expected ||
      log_probs.size() != records.size() * static_cast<std::size_t>(table.classes())) {
    return BadInput(table.source + ": holds no usable conformance tensors of " + table.candidates[c].name);
  }
  TensorFile file;
  file.tensors["pixels"] = Tensor::Bytes({count, p.height, p.width, p.channel_count()}, std::move(pixels));
  file.tensors["log_probs"] = Tensor::Floats({count, table.classes()}, std::move(log_probs));
  return file;
}

/// The files of every candidate of the policy, and their lines in the manifest.
Status AddCandidates(const ProfileTable& table, Rows rows, const LearnedPolicy& learned, const TrainOptions& options,
                     BundleContents& contents) {
  const std::vector<double> accuracies = Accuracies(table, rows, 1);
  for (const std::size_t c : learned.candidates) {
    const CandidateOrigin& info = table.profiled[c];
    if (info.card.empty())
      return BadInput(table.source + ": has no card of " + table.candidates[c].name + "; a bundle needs DNN files");
    AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(info.card, table.source));
    AMSEL_ASSIGN_OR_RETURN(const Card card, ParseCard(json, table.source + ": card of " + table.candidates[c].name));
    AMSEL_ASSIGN_OR_RETURN(const std::string model, ModelFileOf(table, c, options.zoo));
    AMSEL_ASSIGN_OR_RETURN(TensorFile conformance, ConformanceTensors(table, c, card));
    contents.manifest.candidates.push_back(DescribeCandidate(table, c, accuracies[c], card));
    contents.folders[info.base] = {card, model, std::move(conformance)};
  }
  return {};
}

/// The premodel's DNN, where the policy reads what it gives, and its line in the manifest.
Status AddPremodel(const ProfileTable& table, const TrainOptions& options, BundleContents& contents) {
  const std::vector<std::string> read = PremodelFeaturesIn(contents.manifest.features);
  if (read.empty()) return {};
  if (!table.premodel) {
    return BadInput(table.source + ": does not say which DNN gave the feature `" + read.front() +
                    "`; a bundle needs its file");
  }
  const ProfiledPremodel& known = *table.premodel;
  const std::string& file = options.premodel_onnx.empty() ? known.file : options.premodel_onnx;
  const Result<std::string> sha256 = DnnSha256OfFile(file);
  if (!sha256.ok())
    return BadInput(sha256.error().message + " (profiled premodel moved? name it with --premodel-onnx)");
  if (*sha256 != known.file_sha256) {
    return BadInput(file + ": is not the premodel that was profiled in " + table.source +
                    "; profile it with --resume, or name the right file with --premodel-onnx");
  }
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(known.card, table.source));
  AMSEL_ASSIGN_OR_RETURN(const Card card, ParseCard(json, table.source + ": card of its premodel", CardUse::kPremodel));
  const BackendIdentity identity = ParseIdentity(known.config.backend);
  contents.manifest.premodel = ManifestPremodel{static_cast<int>(table.PremodelFeatures().size()),
                                                known.file_sha256,
                                                card.license,
                                                card.source,
                                                table.FeaturesCostMs({read.front()}),
                                                identity.backend,
                                                known.config.version,
                                                identity.provider,
                                                PrecisionName(identity.precision),
                                                known.config.device,
                                                known.config.threads,
                                                known.config.graph};
  contents.premodel = {card, file};
  return {};
}

}  // namespace

TrainingSplit SplitForTraining(const Outcomes& table, const TrainOptions& options) {
  constexpr int kParts = 20;
  TrainingSplit split;
  std::vector<std::size_t> rows;
  // What shares a group, or is a duplicate, is never on both sides, whatever the list of images says.
  std::set<int> held;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (table.images[i].split == "test") held.insert(table.groups[i]);
  }
  std::set<int> certified;
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    if (table.images[i].split != "certify" || held.contains(table.groups[i])) continue;
    split.certify.push_back(i);
    certified.insert(table.groups[i]);
  }
  held.merge(certified);
  for (std::size_t i = 0; i < table.image_count(); ++i) {
    const std::string& named = table.images[i].split;
    if (named != "test" && named != "certify" && !held.contains(table.groups[i])) rows.push_back(i);
  }
  const auto set_aside = static_cast<int>(std::lround(options.test_fraction * kParts));
  const bool reserve = split.certify.empty() && (options.certify_few || rows.size() >= kFewestToCertify);
  const auto certify = reserve ? static_cast<int>(std::lround(options.certify_fraction * (kParts - set_aside))) : 0;
  if (set_aside + certify == 0) {
    split.learn = std::move(rows);
    return split;
  }
  const std::vector<int> parts = FoldsOf(table, rows, kParts, options.learn.seed);
  const int kept_out = set_aside + certify;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const int part = parts[r];
    if (!IsAmong(part, kParts, kept_out)) {
      split.learn.push_back(rows[r]);
    } else if (!IsAmong(part * kept_out / kParts, kept_out, set_aside)) {
      split.certify.push_back(rows[r]);
    }
  }
  return split;
}

Status CheckTrainable(const Outcomes& table, const TrainOptions& options) {
  const LearnOptions& learn = options.learn;
  CertifyOptions certify;
  certify.epsilon = options.epsilon;
  AMSEL_RETURN_IF_ERROR(CheckCertifyOptions(certify));
  AMSEL_RETURN_IF_ERROR(MakeLearner(options.policy, learn));
  AMSEL_RETURN_IF_ERROR(CheckLearnable(table, SplitForTraining(table, options).learn, learn.inner_folds, learn));
  return CheckFeaturesOf(table, OptionsOf(options.policy, learn));
}

Result<TrainSummary> Train(const ProfileTable& table, const TrainOptions& options, const std::string& path) {
  const LearnOptions& learn = options.learn;
  AMSEL_RETURN_IF_ERROR(CheckTrainable(table, options));  // before learning, which takes long
  const TrainingSplit split = SplitForTraining(table, options);
  const std::vector<std::size_t>& rows = split.learn;
  AMSEL_ASSIGN_OR_RETURN(const Learner learner, MakeLearner(options.policy, learn));
  const LearnedPolicy learned = learner(table, rows);
  BundleContents contents;
  Manifest& manifest = contents.manifest;
  manifest.amsel_version = kVersion;
  manifest.classes = table.classes();
  manifest.decode_min_side = table.decode_min_side;
  AMSEL_RETURN_IF_ERROR(AddCandidates(table, rows, learned, options, contents));
  const std::size_t best = SingleBest(table, rows, learn.top);
  manifest.single_best = table.candidates[best].name;
  manifest.feature_code_version = kFeatureCodeVersion;
  manifest.features = learned.policy->feature_names();
  manifest.features_ms = table.FeaturesCostMs(manifest.features);
  AMSEL_RETURN_IF_ERROR(AddPremodel(table, options, contents));
  manifest.policy_kind = learned.policy->kind();
  AMSEL_ASSIGN_OR_RETURN(const auto unseen, OnUnseen(table, rows, learned, options));
  for (std::size_t point = 0; point < unseen.size(); ++point) {
    manifest.operating_points.push_back(DescribePoint(table, rows, learned, point, unseen[point], best, learn));
  }
  std::vector<PointOf> as_learned;
  for (const ManifestPoint& point : manifest.operating_points) as_learned.push_back({point.name, as_learned.size()});
  NameTwins(*learned.policy, as_learned, manifest.operating_points);
  AMSEL_RETURN_IF_ERROR(
      IssueCertificates(table, split.certify, learned, {rows, unseen}, options.epsilon, learn, manifest));
  manifest.training_images = static_cast<std::int64_t>(rows.size());
  manifest.training_data_sha256 = table.DataHash();
  manifest.training_options = OptionsToJson(options);
  contents.policy = learned.policy.get();
  contents.labels = table.labels;
  for (const std::vector<std::size_t>* seen : {&split.learn, &split.certify}) {
    for (const std::size_t i : *seen) contents.training_images.insert(TrainingKey(table.files[i].sha256));
  }
  AMSEL_RETURN_IF_ERROR(WriteBundle(contents, path));
  const std::vector<PathEntry>& paths = manifest.operating_points.front().paths;
  const bool single = learned.candidates.size() == 1 ||
                      (paths.size() == 1 && paths[0].sequence == std::vector<std::string>{manifest.single_best});
  return TrainSummary{manifest, single ? learned.near_miss : std::nullopt,
                      table.image_count() - rows.size() - split.certify.size()};
}

}  // namespace amsel
