// Each single and the policy as deployed, whole images end to end, alternating in random order block by block;
// the first inference of a turn warms the caches and is not counted.
#include "evaluate/clock_bundle.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/device.h"
#include "base/random.h"
#include "base/status_macros.h"
#include "evaluate/clock_energy.h"
#include "evaluate/contender.h"
#include "evaluate/derived_rows.h"
#include "evaluate/pinned_core.h"
#include "evaluate/rows.h"
#include "runtime/planned_load.h"

namespace amsel {
namespace {

constexpr std::size_t kLargestBlock = 64;
constexpr std::size_t kFewestBlocks = 20;

std::size_t BlockSizeFor(std::size_t images) {
  return std::clamp<std::size_t>(images / kFewestBlocks, 1, kLargestBlock);
}

/// All contenders on all images, so many times over. Gives what failed.
Result<std::vector<FailedRun>> TakeTurns(ClockBench& bench, const ClockOptions& options,
                                         std::vector<Contender>& contenders) {
  std::vector<FailedRun> failed;
  const std::size_t images = bench.images.listed.size();
  const std::size_t block_size = BlockSizeFor(images);
  const std::size_t total = images * static_cast<std::size_t>(options.repetitions);
  Random random(options.seed);
  std::size_t done = 0;
  for (int repetition = 0; repetition < options.repetitions; ++repetition) {
    for (std::size_t begin = 0; begin < images; begin += block_size) {
      const std::size_t end = std::min(begin + block_size, images);
      AMSEL_ASSIGN_OR_RETURN(const ImageBlock block, DecodeBlock(bench.images, begin, end));
      std::vector<std::size_t> turns(contenders.size());
      std::iota(turns.begin(), turns.end(), std::size_t{0});
      random.Shuffle(turns);
      for (const std::size_t turn : turns) {
        AMSEL_RETURN_IF_ERROR(ClockTurn(bench, block, contenders[turn], failed));
      }
      if (repetition == 0) RunCold(bench, block, random, contenders);
      done += end - begin;
      if (options.progress) options.progress(done, total);
    }
  }
  return failed;
}

/// "onnxruntime 1.32.0", each back end once.
std::string BackendsText(const std::vector<Placement>& placements) {
  std::set<std::string> all;
  for (const Placement& at : placements) {
    all.insert(IdentityText(IdentityOf(*at.backend, at.options)) + " " + at.backend->version());
  }
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : ", ") + one;
  return text;
}

/// Of a candidate; at least 1.
int MostThreads(const std::vector<Placement>& placements) {
  int most = 1;
  for (const Placement& at : placements) most = std::max(most, at.options.threads);
  return most;
}

/// Of the runs in blocks that other programs disturbed; null where CPU time is not known.
Json DisturbedShare(const std::vector<Contender>& contenders, int threads) {
  std::size_t runs = 0;
  std::size_t disturbed = 0;
  bool known = false;
  for (const Contender& contender : contenders) {
    runs += contender.runs.size();
    disturbed += Undisturbed(contender.runs, threads).disturbed_count();
    for (const TimedRun& run : contender.runs) known = known || run.cpu.has_value();
  }
  return known ? Json(static_cast<double>(disturbed) / static_cast<double>(runs)) : Json();
}

/// Mean time of an image on which these candidates run: each preprocessing counts once. `contenders` begin with the
/// singles, whose worst paths are known.
double MeanPathMs(const ClockBench& bench, const std::vector<Contender>& contenders,
                  const std::vector<std::string>& path) {
  const Manifest& manifest = bench.bundle.manifest();
  std::vector<std::size_t> candidates;
  for (std::size_t c = 0; c < manifest.candidates.size(); ++c) {
    if (std::find(path.begin(), path.end(), contenders[c].row.name) != path.end()) candidates.push_back(c);
  }
  return TimeOfPath(std::span<const std::size_t>(candidates), true, [&](std::size_t c) -> StepCost {
    const Contender& single = contenders[c];
    const double prepare = single.preprocess_ms / static_cast<double>(bench.images.listed.size());
    return {single.row.worst_path_ms - prepare, prepare, StepOf(manifest, c).input};
  });
}

/// The rows of all contenders with their nulls and bounds, and what the policy answered.
void AddRows(const ClockBench& bench, std::vector<Contender>& contenders, BundleEvaluation& result) {
  Evaluation& evaluation = result.evaluation;
  const Manifest& manifest = bench.bundle.manifest();
  for (Contender& contender : contenders) {
    if (!contender.is_single()) continue;
    contender.row.worst_path_ms = WeightedMean(contender.row.latency_ms, {});
    evaluation.rows.push_back(contender.row);
  }
  const std::vector<RowSamples> singles = evaluation.rows;
  evaluation.single_best = manifest.single_best;
  evaluation.efficient_single = EfficientSingle(singles, evaluation.single_best, evaluation.images);
  AddDerivedSingle(manifest.derived_single, evaluation);
  evaluation.rows.push_back(OracleRow(singles, evaluation.images));
  evaluation.bound = "oracle";
  for (Contender& contender : contenders) {
    RowSamples& row = contender.row;
    if (contender.is_single()) continue;
    const double overhead_ms = contender.overhead_ms / static_cast<double>(bench.images.listed.size());
    bool decides_once = true;
    for (const std::vector<std::string>& path : contender.paths) {
      row.worst_path_ms = std::max(row.worst_path_ms, overhead_ms + MeanPathMs(bench, contenders, path));
      decides_once = decides_once && path.size() == 1;
    }
    result.answers.insert(result.answers.end(), contender.answers.begin(), contender.answers.end());
    evaluation.rows.push_back(row);
    if (decides_once) evaluation.rows.push_back(RandomMixRow(row, singles, overhead_ms));
  }
  evaluation.headline_policy = contenders[HeadlineAmong(contenders)].row.name;
}

/// Measured figures and estimates do not compare: there is either.
void AddEstimates(const std::optional<PowerModel>& model, Evaluation& evaluation) {
  const bool measured = std::any_of(evaluation.rows.begin(), evaluation.rows.end(),
                                    [](const RowSamples& row) { return row.energy.has_value(); });
  if (!model || measured) return;
  for (RowSamples& row : evaluation.rows) row.energy = EstimatedEnergy(row, evaluation.images, *model);
}

}  // namespace

Result<BundleEvaluation> ClockBundle(const Bundle& bundle, const std::vector<LabelledImage>& images,
                                     const std::vector<Placement>& placements, const Clock& clock,
                                     const ClockOptions& options) {
  AMSEL_RETURN_IF_ERROR(bundle.CheckRuns());
  AMSEL_ASSIGN_OR_RETURN(Workspace workspace,
                         Workspace::Create(std::make_shared<CandidateStore>(bundle, placements, clock)));
  AMSEL_ASSIGN_OR_RETURN(const ClockedImages clocked, ImagesToClock(bundle, images, options));
  const bool on_cpu = std::all_of(placements.begin(), placements.end(),
                                  [](const Placement& at) { return RunsOnCpu(*at.backend, at.options); });
  ClockBench bench{bundle, clocked, clock, options.repetitions, on_cpu, std::move(workspace)};
  std::vector<Contender> contenders = ContendersOf(bundle, clocked.listed.size());
  for (std::size_t id = 0; id < bundle.manifest().candidates.size(); ++id) {
    AMSEL_RETURN_IF_ERROR(bench.workspace.store().Get(static_cast<CandidateId>(id)));
  }
  BundleEvaluation result;
  result.left_out = clocked.left_out;
  result.skipped = clocked.skipped;
  const PinnedCore pinned;
  const double load = LoadAverage();
  AMSEL_ASSIGN_OR_RETURN(result.failed_runs, TakeTurns(bench, options, contenders));
  ClockedEnergy energy;
  if (options.energy.meter) {
    AMSEL_ASSIGN_OR_RETURN(energy, MeasureRowEnergy(bench, options.energy, options.seed, contenders));
  }
  result.without_energy = std::move(energy.without);
  Evaluation& evaluation = result.evaluation;
  evaluation.images = DescribeImages(clocked, bundle.manifest().classes, BlockSizeFor(clocked.listed.size()));
  evaluation.seed = options.seed;
  evaluation.source = {{"bundle", bundle.path()}, {"training_data_sha256", bundle.manifest().training_data_sha256}};
  const int threads = MostThreads(placements);
  evaluation.conditions = {{"device", DeviceName()},
                           {"backend", BackendsText(placements)},
                           {"threads", threads},
                           {"latency", "clocked end to end, decoding apart"},
                           {"repetitions", options.repetitions},
                           {"pinned_core", pinned.core()},
                           {"load_average", load},
                           {"disturbed_runs", DisturbedShare(contenders, threads)}};
  if (!energy.conditions.is_null()) evaluation.conditions["energy"] = energy.conditions;
  AddRows(bench, contenders, result);
  AddEstimates(options.energy.model, evaluation);
  return result;
}

}  // namespace amsel
