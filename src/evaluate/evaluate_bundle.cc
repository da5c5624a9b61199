// Each single and the policy as deployed, whole images end to end, alternating in random order block by block;
// the first inference of a turn warms the caches and is not counted.
#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include "backend/canonical.h"
#include "base/device.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "evaluate/bundle_clock.h"
#include "evaluate/clock_conditions.h"
#include "evaluate/derived_rows.h"
#include "evaluate/pinned_core.h"
#include "evaluate/rows.h"
#include "image/image_reader.h"
#include "learn/learned_policy.h"
#include "policy/premodel.h"
#include "runtime/planned_load.h"

namespace amsel {
namespace {

constexpr std::size_t kLargestBlock = 64;
constexpr std::size_t kFewestBlocks = 20;
constexpr int kNotAsked = -2;  // as a prediction; an abstention is −1

}  // namespace

Status BundleClock::SelectImages(const std::vector<LabelledImage>& images) {
  AMSEL_ASSIGN_OR_RETURN(const std::set<std::string> trained, bundle_.TrainingImages());
  const bool has_test =
      std::any_of(images.begin(), images.end(), [](const LabelledImage& image) { return image.split == "test"; });
  ImageReader reader;
  for (const LabelledImage& image : images) {
    if (has_test && image.split != "test") continue;
    const auto bytes = reader.Fetch(image.reference);
    const auto decoded = bytes.ok() ? DecodeImage(*bytes, options_.decode) : Result<Image>(bytes.error());
    if (!decoded.ok()) {
      if (options_.strict) return BadInput(image.key + ": " + decoded.error().message);
      result_.skipped.emplace_back(image.key, decoded.error().message);
      continue;
    }
    const std::string content = Sha256Hex(*bytes);
    if (!options_.include_training && (image.split == "fit" || trained.contains(ContentKey(content)))) {
      ++result_.left_out;
      continue;
    }
    images_.push_back(image);
    contents_.push_back(content);
  }
  std::vector<double> weights;
  for (const LabelledImage& image : images_) weights.push_back(image.weight);
  image_shares_ = ImageShares(weights);
  if (!images_.empty()) return {};
  return BadInput(result_.left_out > 0
                      ? "the bundle was trained on every one of these images; give others, or --include-training"
                      : "no image could be used");
}

void BundleClock::AddContenders() {
  const auto count = static_cast<CandidateId>(bundle_.manifest().candidates.size());
  const auto add = [&](std::unique_ptr<Policy> own, const Policy* policy, int point, RowSamples row) {
    Contender contender{std::move(own), policy, {}, std::move(row), {}, 0, 0, {}, {}, 0};
    if (contender.own == nullptr) contender.answers.resize(images_.size());
    contender.episode.emplace(*policy, point);
    const std::size_t images = images_.size();
    contender.row.right.assign(images, 0);
    contender.row.right_top5.assign(images, 0);
    contender.row.latency_ms.assign(images, 0);
    contender.row.predicted.assign(images, kNotAsked);
    contenders_.push_back(std::move(contender));
  };
  for (CandidateId id = 0; id < count; ++id) {
    PolicyCommon common;
    common.classes = bundle_.manifest().classes;
    common.costs_ms.assign(static_cast<std::size_t>(count), 0);  // no fallback: a single stands for itself
    auto policy = std::make_unique<SinglePolicy>(std::move(common), id);
    const Policy* pointer = policy.get();
    const std::string& name = bundle_.manifest().candidates[static_cast<std::size_t>(id)].name;
    RowSamples row{name, "single", "", {}, {}, {}, {}, {}, 0};
    row.derived = bundle_.IsDerived(id);
    add(std::move(policy), pointer, 0, std::move(row));
  }
  const auto& points = bundle_.policy().operating_points();
  const std::string& kind = bundle_.manifest().policy_kind;
  for (std::size_t point = 0; point < points.size(); ++point) {
    if (IsNumbered(points[point])) continue;
    if (points[point] == "balanced" || point == 0) headline_ = contenders_.size();
    const std::string name = points.size() == 1 ? kind : kind + " " + points[point];
    add(nullptr, &bundle_.policy(), static_cast<int>(point),
        {name, PolicyRowKind(kind), points[point], {}, {}, {}, {}, {}, 0});
  }
}

Result<std::vector<Image>> BundleClock::DecodeBlock(std::size_t begin, std::size_t end) {
  ImageReader reader;
  std::vector<Image> block;
  for (std::size_t i = begin; i < end; ++i) {
    AMSEL_ASSIGN_OR_RETURN(const std::string bytes, reader.Fetch(images_[i].reference));
    AMSEL_ASSIGN_OR_RETURN(Image image, DecodeImage(bytes, options_.decode));
    block.push_back(std::move(image));
  }
  return block;
}

Status BundleClock::Record(Contender& contender, const Answer& answer, std::size_t at) {
  RowSamples& row = contender.row;
  const bool first = row.predicted[at] == kNotAsked;
  if (!first && !failed_.contains({at, row.name}) && row.predicted[at] != answer.label) {
    return RuntimeFailure(images_[at].key + ": " + row.name + " answered differently when asked again");
  }
  row.latency_ms[at] += Milliseconds(answer.total) / options_.repetitions;
  contender.overhead_ms += Milliseconds(answer.features + answer.Decision()) / options_.repetitions;
  for (const CandidateRun& run : answer.runs) {
    contender.preprocess_ms += Milliseconds(run.preprocess) / options_.repetitions;
  }
  if (!first) return {};
  row.predicted[at] = answer.label;
  if (!answer.abstained) {  // an abstention is never right
    const int rank = RankOf(answer.log_probs, images_[at].label);
    row.right[at] = rank == 0 ? 1 : 0;
    row.right_top5[at] = rank < kTopFive ? 1 : 0;
  }
  if (!answer.runs.empty()) contender.first = answer.runs.front().candidate;
  std::vector<std::string> names;
  for (const CandidateRun& run : answer.runs) {
    names.push_back(bundle_.manifest().candidates[static_cast<std::size_t>(run.candidate)].name);
    row.shares[names.back()] += image_shares_[at];
  }
  contender.paths.insert(names);
  if (!contender.answers.empty()) {
    contender.answers[at] = {images_[at].key, answer.label, std::move(names), row.operating_point};
  }
  return {};
}

void BundleClock::NoteFailure(const Contender& contender, std::size_t at, const std::string& reason) {
  if (!failed_.insert({at, contender.row.name}).second) return;
  result_.failed_runs.push_back({contender.row.name, images_[at].key, reason});
}

/// Once without an answer is without one: the others of this image count no more.
void BundleClock::RecordFailure(Contender& contender, std::size_t at, const std::string& reason) {
  NoteFailure(contender, at, reason);
  RowSamples& row = contender.row;
  row.predicted[at] = -1;
  row.right[at] = row.right_top5[at] = 0;
  if (!contender.answers.empty()) contender.answers[at] = {images_[at].key, -1, {}, row.operating_point};
}

Status BundleClock::RunTurn(Contender& contender, const std::vector<Image>& block, std::size_t begin) {
  (void)Call(workspace_, *contender.policy, *contender.episode, block.front()).Run();
  for (std::size_t i = 0; i < block.size(); ++i) {
    const RunTimer timer(clock_, on_cpu_);
    const Result<Answer> answer = Call(workspace_, *contender.policy, *contender.episode, block[i]).Run();
    contender.runs.push_back(timer.Stop());
    if (!answer.ok()) {
      contender.row.latency_ms[begin + i] += Milliseconds(contender.runs.back().wall) / options_.repetitions;
      RecordFailure(contender, begin + i, answer.error().message);
      continue;
    }
    if (answer->degraded) NoteFailure(contender, begin + i, answer->problems.front());
    AMSEL_RETURN_IF_ERROR(Record(contender, *answer, begin + i));
  }
  return {};
}

Status BundleClock::Measure() {
  AddContenders();
  for (std::size_t id = 0; id < bundle_.manifest().candidates.size(); ++id) {
    AMSEL_RETURN_IF_ERROR(workspace_.store().Get(static_cast<CandidateId>(id)));
  }
  block_size_ = std::clamp<std::size_t>(images_.size() / kFewestBlocks, 1, kLargestBlock);
  Random random(options_.seed);
  const PinnedCore pinned;
  core_ = pinned.core();
  load_ = LoadAverage();
  const std::size_t total = images_.size() * static_cast<std::size_t>(options_.repetitions);
  std::size_t done = 0;
  for (int repetition = 0; repetition < options_.repetitions; ++repetition) {
    for (std::size_t begin = 0; begin < images_.size(); begin += block_size_) {
      const std::size_t end = std::min(begin + block_size_, images_.size());
      AMSEL_ASSIGN_OR_RETURN(const std::vector<Image> block, DecodeBlock(begin, end));
      std::vector<std::size_t> turns(contenders_.size());
      std::iota(turns.begin(), turns.end(), std::size_t{0});
      random.Shuffle(turns);
      for (const std::size_t turn : turns) AMSEL_RETURN_IF_ERROR(RunTurn(contenders_[turn], block, begin));
      if (repetition == 0) RunCold(block, begin, random);
      done += end - begin;
      if (options_.progress) options_.progress(done, total);
    }
  }
  return options_.energy.meter ? MeasureEnergyOfAll() : Status();
}

EvaluatedImages BundleClock::DescribeImages() const {
  EvaluatedImages images;
  images.classes = bundle_.manifest().classes;
  std::map<std::string, int> groups;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const std::string group = images_[i].group.empty() ? "content " + contents_[i] : "group " + images_[i].group;
    images.labels.push_back(images_[i].label);
    images.weights.push_back(images_[i].weight);
    images.groups.push_back(groups.emplace(group, static_cast<int>(groups.size())).first->second);
    images.time_blocks.push_back(static_cast<int>(i / block_size_));
  }
  return images;
}

double BundleClock::MeanPathMs(const std::vector<std::string>& path) const {
  std::vector<std::size_t> candidates;
  for (std::size_t c = 0; c < bundle_.manifest().candidates.size(); ++c) {  // contenders begin with the singles
    if (std::find(path.begin(), path.end(), contenders_[c].row.name) != path.end()) candidates.push_back(c);
  }
  return TimeOfPath(std::span<const std::size_t>(candidates), true, [&](std::size_t c) -> StepCost {
    const Contender& single = contenders_[c];
    const double prepare = single.preprocess_ms / static_cast<double>(images_.size());
    return {single.row.worst_path_ms - prepare, prepare, StepOf(bundle_.manifest(), c).input};
  });
}

BundleEvaluation BundleClock::Finish(const std::string& source) {
  Evaluation& evaluation = result_.evaluation;
  evaluation.images = DescribeImages();
  evaluation.seed = options_.seed;
  evaluation.source = {{"bundle", source}, {"training_data_sha256", bundle_.manifest().training_data_sha256}};
  evaluation.conditions = {{"device", DeviceName()},
                           {"backend", BackendsText(placements_)},
                           {"threads", MostThreads(placements_)},
                           {"latency", "clocked end to end, decoding apart"},
                           {"repetitions", options_.repetitions},
                           {"pinned_core", core_},
                           {"load_average", load_},
                           {"disturbed_runs", DisturbedShare()}};
  if (!energy_.is_null()) evaluation.conditions["energy"] = energy_;
  const auto count = static_cast<double>(images_.size());
  std::vector<RowSamples> singles;
  for (Contender& contender : contenders_) {
    if (contender.row.kind != "single") continue;
    contender.row.worst_path_ms = WeightedMean(contender.row.latency_ms, {});
    singles.push_back(contender.row);
  }
  evaluation.rows = singles;
  evaluation.single_best = bundle_.manifest().single_best;
  evaluation.efficient_single = EfficientSingle(singles, evaluation.single_best, evaluation.images);
  AddDerivedSingle(bundle_.manifest().derived_single, evaluation);
  evaluation.rows.push_back(OracleRow(singles, evaluation.images));
  evaluation.bound = "oracle";
  for (Contender& contender : contenders_) {
    RowSamples& row = contender.row;
    if (row.kind == "single") continue;
    const double overhead_ms = contender.overhead_ms / count;
    bool decides_once = true;
    for (const std::vector<std::string>& path : contender.paths) {
      row.worst_path_ms = std::max(row.worst_path_ms, overhead_ms + MeanPathMs(path));
      decides_once = decides_once && path.size() == 1;
    }
    result_.answers.insert(result_.answers.end(), contender.answers.begin(), contender.answers.end());
    evaluation.rows.push_back(row);
    if (decides_once) evaluation.rows.push_back(RandomMixRow(row, singles, overhead_ms));
  }
  evaluation.headline_policy = contenders_[headline_].row.name;
  const bool measured = std::any_of(evaluation.rows.begin(), evaluation.rows.end(),
                                    [](const RowSamples& row) { return row.energy.has_value(); });
  for (RowSamples& row : evaluation.rows) {  // measured figures and estimates do not compare: there is either
    if (options_.energy.model && !measured)
      row.energy = EstimatedEnergy(row, evaluation.images, *options_.energy.model);
  }
  return std::move(result_);
}

Result<BundleEvaluation> EvaluateBundle(const Bundle& bundle, const std::vector<LabelledImage>& images,
                                        const std::vector<Placement>& placements, const Clock& clock,
                                        const ClockOptions& options) {
  AMSEL_RETURN_IF_ERROR(bundle.CheckRuns());
  AMSEL_ASSIGN_OR_RETURN(Workspace workspace,
                         Workspace::Create(std::make_shared<CandidateStore>(bundle, placements, clock)));
  BundleClock run(bundle, placements, std::move(workspace), options, clock);
  AMSEL_RETURN_IF_ERROR(run.SelectImages(images));
  AMSEL_RETURN_IF_ERROR(run.Measure());
  return run.Finish(bundle.path());
}

}  // namespace amsel
