#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/output.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "card/view.h"
#include "cli/describe_bundle.h"
#include "cli/learn_options.h"
#include "cli/load_table.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "profile/table.h"
#include "runtime/operating_point.h"
#include "train/train.h"

namespace amsel {
namespace {

struct Options {
  std::string profile;
  std::string csv;
  std::string out;
  TableOptions table;
  TrainOptions train;
  bool force = false;
  bool json = false;
  TableDetail detail = TableDetail::kShort;
};

/// Why the bundle is the single best, and what would help.
std::string WhySingle(const NearMiss& miss, const Outcomes& table) {
  const bool has_views = std::any_of(
      table.candidates.begin(), table.candidates.end(),
      [](const OutcomeCandidate& candidate) { return candidate.name.starts_with(candidate.derived_from + "@"); });
  std::string text = fmt::format(
      "The bundle runs the single best alone, since nothing that was tried is surely as accurate in less time. "
      "Nearest\ncame "
      "{}, {:.2f} times as fast at {:+.2f} points (standard error {:.2f}). What may help: ",
      miss.stages, miss.speed, 100 * miss.gain, 100 * miss.gain_error);
  if (miss.gain >= -miss.gain_error) text += "more labelled images, which would tell; ";
  if (!has_views && table.HasOutputs()) text += "views of the DNNs (amsel profile --views hflip,size:auto,crop:1);\n";
  return text + "other DNNs, that err on other images or take less time.";
}

/// `table` is what was learned from.
std::string AsText(const TrainSummary& summary, const Manifest& manifest, const Outcomes& table, const std::string& out,
                   TableDetail detail) {
  const std::size_t images = table.image_count();
  std::string text = fmt::format("{}: policy {}, {}, trained on {}", out, manifest.policy_kind,
                                 Counted(static_cast<std::int64_t>(manifest.candidates.size()), "candidate"),
                                 Counted(manifest.training_images, "image"));
  const std::size_t certify = images - summary.set_aside - static_cast<std::size_t>(manifest.training_images);
  if (certify > 0) text += fmt::format(", {} kept for certificates", certify);
  if (summary.set_aside > 0) text += fmt::format(", {} set aside", summary.set_aside);
  text += "\n\n" + DescribePoints(manifest, detail);
  const ManifestCandidate* best = FindCandidate(manifest, manifest.single_best);
  if (best != nullptr) {
    text += fmt::format("  the single best, {}: top-1 {:.2f} % in training, {} ms\n", best->name,
                        100 * best->training_top1, MsText(SingleBestMs(manifest)));
  }
  text += "  " + CertifiedText(manifest);
  return summary.near_miss ? text + "\n" + WhySingle(*summary.near_miss, table) + "\n" : text;
}

/// Learns by `train`, telling of progress, and then of the bundle.
Result<int> TrainAndTell(const Outcomes& table, Options& options,
                         const std::function<Result<TrainSummary>(const TrainOptions& options)>& train) {
  const SteadyClock clock;
  std::unique_ptr<Progress> bar;
  const auto report = [&](std::size_t done, std::size_t total) {
    if (!bar) bar = std::make_unique<Progress>("train", total, clock);
    if (done == 1) bar->Restart("train", total);
    bar->Update(done);
  };
  // Staged learners tell of their own work, which is nearly all that auto does too; the others are told of by fold.
  const std::string_view row = FindPolicyKind(options.train.policy)->row;
  if (row == "single-policy" || row == "premodel") {
    options.train.progress = [&](int done, int folds) {
      report(static_cast<std::size_t>(done), static_cast<std::size_t>(folds));
    };
  } else {
    options.train.learn.progress = report;
  }
  AMSEL_ASSIGN_OR_RETURN(const TrainSummary summary, train(options.train));
  bar.reset();
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.out));  // what is told is what was written
  if (options.json && summary.near_miss) {                                 // the manifest does not tell it
    std::string why = WhySingle(*summary.near_miss, table);
    std::replace(why.begin(), why.end(), '\n', ' ');
    Complain(why);
  }
  return Print(options.json ? PrettyText(ManifestToJson(bundle.manifest()))
                            : AsText(summary, bundle.manifest(), table, options.out, options.detail));
}

Result<int> FromCsv(Options& options) {
  AMSEL_RETURN_IF_ERROR(CheckBundleOut(options.out, options.force, {options.csv}));
  AMSEL_ASSIGN_OR_RETURN(const Outcomes table, LoadOutcomesCsv(options.csv));
  NoteLacking(table, std::string("; without DNNs the bundle holds the policy alone, for programs that run them") +
                         (table.HasPartialUtilities() ? "; answers that are partly right have no certificates" : ""));
  return TrainAndTell(table, options,
                      [&](const TrainOptions& train) { return TrainOnOutcomes(table, train, options.out); });
}

Result<int> Run(Options& options) {
  if (options.profile.empty() == options.csv.empty()) return UsageError("train needs either --profile or --csv");
  if (!options.csv.empty()) return FromCsv(options);
  const auto check_out = [&](const std::string& zoo) {
    return CheckBundleOut(options.out, options.force, {options.profile, zoo, options.train.dnns.feature_dnn});
  };
  AMSEL_RETURN_IF_ERROR(check_out(options.train.dnns.zoo));
  options.table.check = [&](const ProfileTable& table) -> Status {
    if (options.train.dnns.zoo.empty()) AMSEL_RETURN_IF_ERROR(check_out(table.zoo_path));
    return CheckTrainable(table, options.train);
  };
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.profile, options.table));
  return TrainAndTell(table, options, [&](const TrainOptions& train) { return Train(table, train, options.out); });
}

}  // namespace

Verb AddTrainVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand(
      "train", "Learn a policy from a profile, or a table of your own, and write the bundle that is deployed");
  auto options = std::make_shared<Options>();
  verb->add_option("--profile", options->profile, "Profile to learn from")->type_name("FILE");
  AddCsvOption(*verb, options->csv);
  verb->add_option("--out", options->out, "Bundle to write (a folder)")->required()->type_name("DIR");
  verb->add_option("--policy", options->train.policy,
                   "Policy to learn; auto chooses by validation. Of: " + PolicyNamesInWords())
      ->check(PolicyName())
      ->capture_default_str();
  DeclareTrainOptions(options->train, OptionFlags{*verb});
  verb->get_option("--certify-fraction")->each([options](const std::string&) {
    options->train.split.certify_few = true;
  });
  verb->add_option("--zoo", options->train.dnns.zoo, "Where the DNN files are now (default: where they were profiled)")
      ->excludes("--csv")
      ->type_name("DIR");
  verb->add_option("--feature-dnn", options->train.dnns.feature_dnn,
                   "Where the DNN is now whose features the policy reads (default: where it was profiled)")
      ->excludes("--csv")
      ->type_name("FILE");
  verb->add_flag("--without-dnns", options->train.dnns.left_out,
                 "Leave the DNN files out: for programs that run the DNNs themselves (docs/decisions.md)")
      ->excludes("--zoo")
      ->excludes("--feature-dnn");
  verb->add_flag("--force", options->force, "Replace an existing bundle");
  AddWideOption(*verb, options->detail, "all points, and their paths and certificates");
  verb->add_flag("--json", options->json, "Print the manifest");
  AddLearnOptions(*verb, options->train.learn);
  AddNearDuplicatesOption(*verb, options->table);
  verb->footer(
      "The same profile, options and seed give the same bundle, byte for byte. From --csv it holds the policy\n"
      "alone, for programs that run the DNNs themselves.\n"
      "Examples: amsel train --profile profile.db --out bundle\n"
      "          amsel train --csv outcomes.csv --out bundle");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
