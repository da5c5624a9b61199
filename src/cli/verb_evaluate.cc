#include <fmt/core.h>

#include <memory>

#include "base/file.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/energy_options.h"
#include "cli/learn_options.h"
#include "cli/load_table.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "evaluate/clock_bundle.h"
#include "evaluate/cross_validate_policies.h"
#include "evaluate/replay_bundle.h"
#include "evaluate/require.h"
#include "meter/timed_run.h"
#include "report/table.h"
#include "runtime/placement.h"
#include "train/train.h"

namespace amsel {
namespace {

struct Options {
  std::string profile;
  std::string csv;
  std::string bundle;
  std::optional<std::string> key;
  std::string images;
  std::string out;
  std::string answers;
  CrossValidateOptions evaluate;
  ClockOptions clock;
  TableOptions table;
  BackendOptions backend;
  EnergyOptions energy;
  std::vector<std::string> require;
  bool default_policies = true;
  bool json = false;
  TableDetail detail = TableDetail::kShort;
};

Status WriteAnswers(const std::vector<BundleAnswer>& answers, const std::string& file) {
  std::string text;
  for (const BundleAnswer& answer : answers) {
    text += Json{{"path", Utf8(answer.key)},
                 {"class", answer.label < 0 ? Json() : Json(answer.label)},
                 {"candidates", answer.candidates},
                 {"operating_point", answer.operating_point}}
                .dump(-1, ' ', false, Json::error_handler_t::replace) +
            "\n";
  }
  return WriteFileAtomically(file, text);
}

Result<int> Report(const Evaluation& evaluation, const Options& options) {
  const SteadyClock clock;
  std::unique_ptr<Progress> bar;
  const Json results = EvaluationToJson(evaluation, ReportOn(bar, "resample", clock));
  bar.reset();
  const std::string text = PrettyText(results);
  if (!options.out.empty()) AMSEL_RETURN_IF_ERROR(WriteFileAtomically(options.out, text));
  Print(options.json ? text : EvaluationTable(results, options.detail));
  if (options.require.empty()) return kExitOk;
  std::vector<Requirement> requirements;
  for (const std::string& require : options.require) {
    AMSEL_ASSIGN_OR_RETURN(Requirement requirement, ParseRequirement(require));
    requirements.push_back(std::move(requirement));
  }
  AMSEL_ASSIGN_OR_RETURN(const auto outcomes, CheckRequirements(results, requirements));
  bool holds = true;
  for (const RequirementOutcome& outcome : outcomes) {
    Complain(fmt::format("{} {}: {}", outcome.text, outcome.holds ? "holds" : "does NOT hold", outcome.figures));
    holds = holds && outcome.holds;
  }
  return holds ? kExitOk : kExitCheckFailed;
}

Status RefuseMeter(const Options& options) {
  if (options.energy.meter == "off") return {};
  return UsageError("evaluate --energy is for --images; a profile's energy is measured by amsel profile --energy");
}

/// Cross-validates, telling of progress; `adapted` singles are among what is learned.
Result<Evaluation> CrossValidated(CrossValidateOptions& options, std::size_t adapted,
                                  const std::function<Result<Evaluation>()>& evaluate) {
  const SteadyClock clock;
  Progress bar("evaluate", (options.policies.size() + adapted) * static_cast<std::size_t>(options.folds), clock);
  options.progress = [&](std::size_t done, std::size_t) { bar.Update(done); };
  return evaluate();
}

Result<int> FromCsv(Options& options) {
  AMSEL_RETURN_IF_ERROR(RefuseMeter(options));
  if (!options.energy.power_model.empty()) return UsageError("evaluate --power-model is not for --csv");
  AMSEL_ASSIGN_OR_RETURN(const Outcomes table, LoadOutcomesCsv(options.csv));
  NoteLacking(table);
  if (options.default_policies) options.evaluate.policies = {table.HasConfidences() ? "staged" : "single"};
  AMSEL_ASSIGN_OR_RETURN(const Evaluation evaluation, CrossValidated(options.evaluate, 0, [&] {
                           return CrossValidatePolicies(table, options.evaluate);
                         }));
  return Report(evaluation, options);
}

Result<int> FromProfile(Options& options) {
  AMSEL_RETURN_IF_ERROR(RefuseMeter(options));
  AMSEL_ASSIGN_OR_RETURN(options.evaluate.power_model, ReadPowerModel(options.energy.power_model));
  options.table.check = [&](const ProfileTable& table) { return CheckEvaluable(table, options.evaluate); };
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.profile, options.table));
  const std::size_t adapted = options.evaluate.adapted ? table.candidate_count() : 0;
  AMSEL_ASSIGN_OR_RETURN(const Evaluation evaluation, CrossValidated(options.evaluate, adapted, [&] {
                           return CrossValidatePolicies(table, options.evaluate, SteadyClock());
                         }));
  return Report(evaluation, options);
}

void WarnOfFailedRuns(const std::vector<FailedRun>& failures) {
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < failures.size() && i < kShown; ++i) {
    Complain(fmt::format("{} had no full answer for {}: {}", Visible(failures[i].candidate), Visible(failures[i].image),
                         Visible(failures[i].reason)));
  }
  if (failures.size() > kShown) Complain(fmt::format("... and {} more such", failures.size() - kShown));
  if (!failures.empty()) Complain("an image without an answer counts as wrong for who gave none");
}

void NoteLeftOut(std::size_t left_out) {
  if (left_out == 0) return;
  Complain(fmt::format("{} that the bundle was trained or certified on {} left out",
                       Counted(static_cast<std::int64_t>(left_out), "image"), left_out == 1 ? "is" : "are"));
}

Result<int> BundleOnProfile(Options& options) {
  AMSEL_RETURN_IF_ERROR(RefuseMeter(options));
  ReplayOptions replay{options.clock.include_training, {}, options.evaluate.learn.seed};
  AMSEL_ASSIGN_OR_RETURN(replay.power_model, ReadPowerModel(options.energy.power_model));
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.bundle, options.key));
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out, options.answers}, bundle.Files()));
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, LoadTable(options.profile, options.table));
  AMSEL_ASSIGN_OR_RETURN(const BundleEvaluation replayed, ReplayBundle(bundle, table, replay, SteadyClock()));
  NoteLeftOut(replayed.left_out);
  if (!options.answers.empty()) AMSEL_RETURN_IF_ERROR(WriteAnswers(replayed.answers, options.answers));
  return Report(replayed.evaluation, options);
}

Result<int> BundleOnImages(Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.bundle, options.key));
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out, options.answers}, bundle.Files()));
  AMSEL_ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(options.images, bundle.labels()));
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out, options.answers}, FilesOf(dataset)));
  PrintNotices(dataset.notices);
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Placement> placements,
                         PlaceCandidates(bundle.manifest(), options.backend.choice, backends));
  const SteadyClock clock;
  AMSEL_ASSIGN_OR_RETURN(options.clock.energy, OpenInstruments(options.energy, clock));
  options.clock.decode.max_pixels = options.backend.max_pixels;
  options.clock.seed = options.evaluate.learn.seed;
  BundleEvaluation clocked;
  {
    std::unique_ptr<Progress> bar;
    options.clock.progress = ReportOn(bar, "evaluate", clock);
    options.clock.energy.blocks.progress = ReportOn(bar, "energy", clock);
    AMSEL_ASSIGN_OR_RETURN(clocked, ClockBundle(bundle, dataset.images, placements, clock, options.clock));
  }
  WarnOfSkipped(clocked.skipped);
  WarnOfFailedRuns(clocked.failed_runs);
  WarnOfMissingEnergy(clocked.without_energy);
  NoteLeftOut(clocked.left_out);
  const Json disturbed = clocked.evaluation.conditions.at("disturbed_runs");
  if (disturbed.is_number() && disturbed.get<double>() > kManyDisturbed) {
    Complain(DisturbedText(disturbed.get<double>()) + ": trust ratios, not times");
  }
  constexpr double kBusy = 0.5;
  if (const double load = clocked.evaluation.conditions.at("load_average").get<double>(); load > kBusy) {
    Complain(fmt::format("the machine was busy (load {:.2f}): trust ratios, not times", load));
  }
  if (!options.answers.empty()) AMSEL_RETURN_IF_ERROR(WriteAnswers(clocked.answers, options.answers));
  return Report(clocked.evaluation, options);
}

Result<int> Run(Options& options) {
  const bool profile = !options.profile.empty();
  const bool bundle = !options.bundle.empty();
  if (options.key && !bundle) return UsageError("evaluate --key is for --bundle");
  const bool csv = !options.csv.empty();
  if (csv      ? profile || bundle || !options.images.empty()
      : bundle ? profile != options.images.empty()
               : !profile || !options.images.empty()) {
    return UsageError("evaluate needs --profile, or --csv, or --bundle with --images, or --bundle with --profile");
  }
  for (const std::string& require : options.require) {  // before anything is measured
    AMSEL_RETURN_IF_ERROR(ParseRequirement(require));
  }
  AMSEL_RETURN_IF_ERROR(KeepInputs({options.out, options.answers},
                                   {options.profile, options.profile + "-wal", options.csv, options.images}));
  if (csv) return FromCsv(options);
  if (!bundle) return FromProfile(options);
  return profile ? BundleOnProfile(options) : BundleOnImages(options);
}

}  // namespace

Verb AddEvaluateVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("evaluate", "The table: every single, the bounds, the nulls and the policies");
  auto options = std::make_shared<Options>();
  verb->add_option("--profile", options->profile,
                   "Cross-validate on this profile, or simulate --bundle on it; times are the recorded ones")
      ->type_name("FILE");
  AddCsvOption(*verb, options->csv);
  verb->add_option("--bundle", options->bundle, "Run and clock this bundle on --images, or simulate it on --profile")
      ->type_name("DIR");
  AddKeyOption(*verb, options->key);
  verb->add_option("--images", options->images,
                   "Labelled images for --bundle; those that it was trained, certified or calibrated on, and those of "
                   "split fit, are left out")
      ->type_name("PATH");
  verb->add_option("--folds", options->evaluate.folds, "Folds of the cross-validation")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  verb->add_option("--policy", options->evaluate.policies,
                   "Policies to cross-validate; the first is the headline. Of: " + PolicyNamesInWords())
      ->delimiter(',')
      ->check(PolicyName())
      ->each([options](const std::string&) { options->default_policies = false; })
      ->capture_default_str();
  verb->add_option("--repetitions", options->clock.repetitions, "How often a bundle's rows are clocked")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_flag("--include-training", options->clock.include_training,
                 "Also use images that the bundle was trained on (their accuracy is too good)");
  verb->add_flag("--strict", options->clock.strict, "Stop at the first image that cannot be used");
  verb->add_option("--out", options->out, "Also write results.json here")->type_name("FILE");
  verb->add_option("--answers", options->answers,
                   "Write what the bundle answered, a JSON line an image, operating point by operating point")
      ->type_name("FILE");
  verb->add_option(
          "--require", options->require,
          "Exit 1 unless the headline holds this: accuracy, speedup or latency_ms, >= or <=, a number (accuracy: or "
          "single-best); with @95 the end of the interval must")
      ->type_name("RULE");
  verb->add_flag("!--no-adapted", options->evaluate.adapted, "Leave out the singles with heads of their own (profile)");
  AddWideOption(*verb, options->detail, "top-5, F1, p50 and the candidates that ran");
  verb->add_flag("--json", options->json, "Print results.json");
  AddLearnOptions(*verb, options->evaluate.learn);
  AddNearDuplicatesOption(*verb, options->table);
  AddBackendOptions(*verb, options->backend);
  AddEnergyOptions(*verb, options->energy);
  verb->footer(
      "Examples: amsel evaluate --profile profile.db\n"
      "          amsel evaluate --csv outcomes.csv\n"
      "          amsel evaluate --profile profile.db --bundle bundle\n"
      "          amsel evaluate --bundle bundle --images unseen.csv --out results.json");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
