#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "base/json.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "card/dnn_files.h"
#include "card/view.h"
#include "cli/auto_views.h"
#include "cli/energy_options.h"
#include "cli/interrupt.h"
#include "cli/load_table.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "features/dnn_features.h"
#include "features/features.h"
#include "image/preprocess.h"
#include "learn/labels.h"
#include "profile/calibration.h"
#include "profile/merge.h"
#include "profile/profiler.h"
#include "profile/table.h"

namespace amsel {
namespace {

struct Options {
  std::string zoo;
  std::string images;
  std::string card_defaults;
  std::string out;
  std::string shard;
  std::vector<std::string> views{"identity"};
  std::vector<std::string> features{"default"};
  ProfileOptions profile;
  bool is_there = false;  ///< the profile that is resumed
  BackendOptions backend;
  EnergyOptions energy;
  bool json = false;
  std::string merge_out;
  std::vector<std::string> merge_shards;
};

Json EnergyToJson(const CandidateOrigin& candidate) {
  if (!candidate.energy_mj) return nullptr;
  const auto& above_idle = candidate.energy_above_idle_mj;
  return {{"mean", *candidate.energy_mj},
          {"above_idle", above_idle ? Json(*above_idle) : Json()},
          {"source", candidate.energy_source}};
}

std::string EnergyText(const CandidateOrigin& candidate) {
  if (!candidate.energy_mj) return "-";
  return fmt::format("{:.4g}{}", *candidate.energy_mj,
                     candidate.energy_source.starts_with(kEstimate) ? " (estimate)" : "");
}

std::string MiBText(std::int64_t bytes) {
  const double mib = static_cast<double>(bytes) / (1 << 20);
  return mib < 0.05 ? "<0.1" : fmt::format("{:.1f}", mib);
}

std::string Summary(const ProfileTable& table, bool json) {
  const bool has_energy = std::any_of(table.profiled.begin(), table.profiled.end(),
                                      [](const CandidateOrigin& candidate) { return candidate.energy_mj; });
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  const std::vector<std::size_t> all = AllRows(table);
  const std::vector<double> accuracies = Accuracies(table, all, 1);
  const std::vector<double> accuracies_top5 = Accuracies(table, all, 5);
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    const double top1 = accuracies[c];
    const double top5 = accuracies_top5[c];
    list.push_back({{"name", table.candidates[c].name},
                    {"top1", top1},
                    {"top5", top5},
                    {"preprocess_ms", table.MeanPreprocessMs(c)},
                    {"inference_ms", table.MeanInferenceMs(c)},
                    {"inference_after_ms", table.HasAfterRuns(c) ? Json(table.MeanInferenceAfterMs(c)) : Json()},
                    {"disturbed_runs", table.profiled[c].disturbed},
                    {"by_cpu_time", table.profiled[c].by_cpu_time},
                    {"int8", table.profiled[c].config.int8},
                    {"inference_p99_ms", table.InferenceQuantileMs(c, 0.99)},
                    {"load_ms", table.profiled[c].load_ms},
                    {"resident_bytes", table.profiled[c].resident_bytes},
                    {"failed_images", table.FailedOf(c)},
                    {"energy_mj", EnergyToJson(table.profiled[c])}});
    rows.push_back({table.candidates[c].name, fmt::format("{:.2f}", 100 * top1), fmt::format("{:.2f}", 100 * top5),
                    MsText(table.MeanInferenceMs(c)), MsText(table.InferenceQuantileMs(c, 0.99)),
                    table.HasAfterRuns(c) ? MsText(table.MeanInferenceAfterMs(c)) : "-",
                    MsText(table.MeanPreprocessMs(c)), MsText(table.profiled[c].load_ms),
                    MiBText(table.profiled[c].resident_bytes)});
    if (table.failed_count() > 0) rows.back().push_back(std::to_string(table.FailedOf(c)));
    if (has_energy) rows.back().push_back(EnergyText(table.profiled[c]));
  }
  const std::optional<double> disturbed = table.disturbed_share();
  if (json) {
    return PrettyText({{"schema", "amsel.profile-summary/1"},
                       {"images", table.image_count()},
                       {"failed_runs", table.failed_count()},
                       {"disturbed_share", disturbed ? Json(*disturbed) : Json()},
                       {"candidates", list}});
  }
  std::vector<std::string> head{
      "", "top-1 %", "top-5 %", "inference ms", "p99", "after another", "preprocess ms", "load ms", "MiB"};
  if (table.failed_count() > 0) head.emplace_back("failed on");
  if (has_energy) head.emplace_back("energy mJ");
  return Counted(static_cast<std::int64_t>(table.image_count()), "image") + "\n\n" + FormatTable(head, rows);
}

Result<int> RunMerge(const Options& options) {
  AMSEL_RETURN_IF_ERROR(MergeProfiles(options.merge_shards, options.merge_out));
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.merge_out));
  return Print(Summary(table, options.json));
}

/// "2/5" → the second of five.
Status ReadShard(const std::string& text, ProfileOptions& profile) {
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d/%d%c", &profile.shard, &profile.shards, &rest) != 2 || profile.shards < 1 ||
      profile.shard < 1 || profile.shard > profile.shards) {
    return UsageError("--shard " + text + ": expected i/n with i from 1 to n");
  }
  --profile.shard;
  return {};
}

Result<WantedViews> ReadViews(const std::vector<std::string>& texts) {
  WantedViews wanted;
  for (const std::string& text : texts) {
    wanted.auto_sizes = wanted.auto_sizes || text == kAutoSizes;
    if (text == kAutoSizes || text == kAutoViews) continue;
    const std::optional<View> view = ParseView(text);
    if (!view)
      return UsageError("--views " + text + ": expected " + kViewForms + ", " + kAutoSizes + " or " + kAutoViews);
    wanted.views.push_back(*view);
  }
  return wanted;
}

/// What a resumed profile says of itself, where the command line does not.
Status TakeFromProfile(Options& options) {
  std::error_code failure;
  if (!options.profile.resume || options.out.empty() || !std::filesystem::exists(options.out, failure)) return {};
  auto store = ProfileStore::Open(options.out, /*writable=*/false);
  if (!store.ok()) return {};  // resuming says what is wrong, or starts anew what was killed at once
  const std::map<const char*, std::string*> asked{{"zoo", &options.zoo},
                                                  {"images", &options.images},
                                                  {"card_defaults", &options.card_defaults},
                                                  {"shard", &options.shard}};
  for (const auto& [key, value] : asked) {
    if (!value->empty()) continue;
    AMSEL_ASSIGN_OR_RETURN(*value, store->Meta(key));
    if (value->empty() || key == std::string("shard") || std::filesystem::exists(*value, failure)) continue;
    return BadInput(options.out + ": was made from " + *value +
                    ", which is no longer there; say where it is now (--zoo, " + "--images, --card-defaults)");
  }
  AMSEL_ASSIGN_OR_RETURN(options.profile.views_tried, store->Meta("views_tried"));
  options.is_there = true;
  if (!options.profile.feature_dnn.empty()) return {};
  AMSEL_ASSIGN_OR_RETURN(const std::string feature_dnn, store->Meta("feature_dnn_file"));
  if (std::filesystem::exists(feature_dnn, failure)) options.profile.feature_dnn = feature_dnn;
  return {};
}

/// Tries views where that is asked for and nothing has been recorded; a resumed profile keeps the sample that it took.
Status SettleViews(Options& options, const Zoo& zoo, Backend& backend, const Clock& clock,
                   std::vector<LabelledImage>& images) {
  if (!options.profile.views_tried.empty()) return MarkSample(options.profile.views_tried, images);
  if (options.is_there) return {};
  if (std::find(options.views.begin(), options.views.end(), kAutoViews) == options.views.end()) return {};
  if (options.profile.shards > 1) {
    return UsageError(
        "--views auto with --shard: shards must have the same views; try them on part of the images first, then name "
        "for all shards those that were kept");
  }
  return TryViews(zoo, images, backend, clock, options.out, options.profile);
}

std::string AbsolutePath(const std::string& path) {
  std::error_code failure;
  return path.empty() ? "" : std::filesystem::absolute(path, failure).lexically_normal().string();
}

/// Names the first few failures of each candidate as they happen, and counts them all.
class FailureTeller {
 public:
  /// `bar` must outlive it.
  explicit FailureTeller(const std::unique_ptr<Progress>& bar) : bar_(bar) {}

  void Tell(const FailedRun& failure) {
    constexpr int kShown = 3;
    const int count = ++counts_[failure.candidate];
    if (count > kShown) return;
    if (bar_) bar_->Clear();
    Complain(fmt::format("{} gave no answer for {}: {}{}", Visible(failure.candidate), Visible(failure.image),
                         Visible(failure.reason), count == kShown ? " (its others are counted at the end)" : ""));
  }

 private:
  const std::unique_ptr<Progress>& bar_;
  std::map<std::string, int> counts_;
};

/// Cards that were written without knowing.
void WarnOfAssumed(const Zoo& zoo) {
  for (const ZooEntry& entry : zoo.entries) {
    if (entry.card.assumed.empty()) continue;
    Complain(fmt::format("{}: nobody has checked {}; amsel check --fix does, with labelled images",
                         Visible(entry.card_file), Visible(fmt::format("{}", fmt::join(entry.card.assumed, ", ")))));
  }
}

/// The files that profiling reads.
std::vector<std::string> ReadFrom(const Options& options, const Zoo& zoo, const Dataset& dataset) {
  std::vector<std::string> files = FilesOf(dataset);
  files.insert(files.end(), {options.images, options.card_defaults, options.profile.feature_dnn});
  for (const ZooEntry& entry : zoo.entries) {
    files.insert(files.end(), {entry.card_file, entry.model_file});
    for (const std::string& name : entry.data_files) files.push_back(DnnFiles{entry.model_file, {}}.DataPath(name));
  }
  return files;
}

Result<int> Run(Options& options) {
  ProfileOptions& profile = options.profile;
  if (profile.retry_failed && !profile.resume) return UsageError("profile --retry-failed is for --resume");
  AMSEL_RETURN_IF_ERROR(TakeFromProfile(options));
  if (options.zoo.empty() || options.images.empty() || options.out.empty()) {
    return UsageError(
        "profile needs --zoo, --images and --out; --resume of a profile that is there, --out alone (see "
        "amsel profile --help)");
  }
  AMSEL_RETURN_IF_ERROR(ReadShard(options.shard.empty() ? "1/1" : options.shard, profile));
  AMSEL_ASSIGN_OR_RETURN(profile.views, ReadViews(options.views));
  const SteadyClock clock;
  AMSEL_ASSIGN_OR_RETURN(profile.energy, OpenInstruments(options.energy, clock));
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(options.zoo, {options.card_defaults}));
  AMSEL_ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(options.images, zoo.labels));
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out}, ReadFrom(options, zoo, dataset)));
  PrintNotices(dataset.notices);
  AMSEL_RETURN_IF_ERROR(CheckCalibration(zoo, dataset.images, options.images));
  WarnOfAssumed(zoo);
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(ZooPlacement at, PlaceZoo(zoo, options.backend.choice, backends));
  profile.session = at.rest.options;
  profile.elsewhere = std::move(at.elsewhere);
  profile.decode.max_pixels = options.backend.max_pixels;
  AMSEL_ASSIGN_OR_RETURN(profile.features, ExpandFeatureNames(options.features));
  for (const std::string& name : profile.features) {
    if (name != kDnnFeatures && !DnnValueOf(name)) continue;
    return UsageError("--features " + name + ": what a feature DNN gives is recorded with --feature-dnn FILE");
  }
  profile.images_source = AbsolutePath(options.images);
  profile.card_defaults = AbsolutePath(options.card_defaults);
  AMSEL_RETURN_IF_ERROR(SettleViews(options, zoo, *at.rest.backend, clock, dataset.images));
  std::unique_ptr<Progress> bar;
  profile.progress = ReportOn(bar, "profile", clock);
  profile.energy.blocks.progress = ReportOn(bar, "energy", clock);
  FailureTeller failures(bar);
  profile.view_refused = [&](const std::string& what) { Complain("left out " + Visible(what)); };
  profile.run_failed = [&](const FailedRun& failure) { failures.Tell(failure); };
  SayWhenInterrupted("interrupted; go on with: amsel profile --resume --out " + options.out);
  AMSEL_ASSIGN_OR_RETURN(const ProfileSummary summary,
                         RunProfile(zoo, dataset.images, *at.rest.backend, clock, options.out, profile));
  bar.reset();
  for (const auto& [candidate, why] : summary.other_kinds) {
    Complain(
        fmt::format("{}: its card's output.kind should be {}: what it answers is right, and how surely is not; "
                    "amsel check --fix corrects the card",
                    Visible(candidate), why));
  }
  WarnOfSkipped(summary.skipped);
  WarnOfMissingEnergy(summary.without_energy);
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.out));
  return Print(Summary(table, options.json));
}

void AddMerge(CLI::App& verb, Options& options) {
  CLI::App* merge = verb.add_subcommand("merge", "Put the profiles of shards together");
  merge->add_option("--out", options.merge_out, "Profile to write")->required()->type_name("FILE");
  merge->add_option("SHARD", options.merge_shards, "Profiles made with --shard 1/n ... n/n")->required();
  merge->add_flag("--json", options.json, "Print JSON");
}

/// What is profiled, and into which file.
void AddSourceOptions(CLI::App& verb, Options& options) {
  verb.add_option("--zoo", options.zoo, "Folder of candidates, each with card.json and <version>/model.onnx")
      ->type_name("DIR");
  verb.add_option("--images", options.images,
                  "Labelled images: CSV (path,label[,group,weight,split]), a folder per "
                  "class, or an IDX images file beside its labels")
      ->type_name("PATH");
  verb.add_option("--out", options.out, "Profile to write (SQLite)")->type_name("FILE");
  verb.add_option("--card-defaults", options.card_defaults, "Card for candidates that have none")->type_name("FILE");
  verb.add_flag("--resume", options.profile.resume,
                "Continue an existing profile, or add what is missing to it. Zoo, images, card defaults, "
                "shard\nand feature DNN are those of before unless they are given");
  verb.add_flag("--retry-failed", options.profile.retry_failed,
                "With --resume: try again what failed before, images and runs");
  verb.add_option("--shard", options.shard, "Take part i of n of the images; put the parts together with merge")
      ->type_name("i/n");
}

}  // namespace

Verb AddProfileVerb(CLI::App& amsel) {
  CLI::App* verb =
      amsel.add_subcommand("profile", "Run every candidate on every labelled image; record answers and times");
  auto options = std::make_shared<Options>();
  AddSourceOptions(*verb, *options);
  verb->add_option(
          "--views", options->views,
          "Views of each DNN, candidates of their own: identity (always), hflip (the mirrored image), denoise\n"
          "(smoothed, edges kept: for images that are noisier, or more compressed, than those that the DNNs\n"
          "learned from), size:N (N x N pixels), size:auto (up to three sizes of 0.8 to 0.3 of the DNN's pixels),\n"
          "crop:F (the share F of the shorter side; crop:1 all of it); or auto: try each kind on a part of the "
          "images,\n"
          "which count as split=fit from then on, and take those that pay")
      ->delimiter(',')
      ->type_name("VIEW")
      ->capture_default_str();
  verb->add_option(
          "--features", options->features,
          "Image features to record: default (all that pixels tell), all (those of the file too, which frames\n"
          "of a camera do not have), paper (the seven that the paper keeps), or names of: " +
              fmt::format("{}", fmt::join(AllFeatureNames(), ", ")))
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--feature-dnn", options->profile.feature_dnn,
                   "A small DNN whose outputs (at most 256 numbers an image) are recorded as features, dnn.0 ...,\n"
                   "with its time, for premodels to read. Its card.json lies beside it or one folder above")
      ->type_name("FILE");
  verb->add_option("--block", options->profile.block_size, "Images for which a candidate keeps its turn")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  verb->add_option("--decode-min-side", options->profile.decode_min_side,
                   "Decode JPEG at 1/2, 1/4 or 1/8 of its size while its shorter side has this many pixels;\n"
                   "0: never. Default: what the candidates' crops need")
      ->check(CLI::Range(0, kLargestDecodeMinSide));
  verb->add_flag("--strict", options->profile.strict,
                 "Stop at the first image that cannot be used, or for which a candidate gives no answer");
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  AddRunLimitOption(*verb, options->backend.choice);
  AddEnergyOptions(*verb, options->energy);
  AddMerge(*verb, *options);
  verb->footer(
      "What each feature is, its formula and its cost: docs/formats/features.md. --resume adds features to a profile,\n"
      "and --feature-dnn too: where it had another one, that one's features are replaced.\n"
      "Images that cannot be read are skipped, counted and recorded. A candidate that gives no answer for an image\n"
      "counts as wrong there; one that fails on more than half of them is refused at the end (exit code 4). A killed\n"
      "run loses at most one block: continue it with amsel profile --resume --out FILE.\n"
      "Example: amsel profile --zoo zoo --images images.csv --out profile.db");
  return {verb, [verb, options]() -> Result<int> {
            return verb->get_subcommand("merge")->parsed() ? RunMerge(*options) : Run(*options);
          }};
}

}  // namespace amsel
