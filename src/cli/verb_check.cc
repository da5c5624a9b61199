#include <fmt/core.h>

#include <memory>

#include "base/json.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/verb.h"
#include "describe/check.h"

namespace amsel {
namespace {

struct Options {
  std::string zoo;
  std::string images;
  std::string card_defaults;
  CheckOptions check;
  BackendOptions backend;
  bool fix = false;
  bool json = false;
};

std::string FindingText(const CardFinding& finding) {
  if (finding.before == finding.after) return fmt::format("  {}: {}\n", finding.field, finding.advice);
  return fmt::format("  {}: {} gives {:+.1f} points ({:.1f} % -> {:.1f} %)\n", finding.field, finding.advice,
                     100 * (finding.after - finding.before), 100 * finding.before, 100 * finding.after);
}

std::string AsText(const std::vector<CardCheck>& checks) {
  std::string text;
  for (const CardCheck& check : checks) {
    text += check.candidate + ": ";
    if (check.images > 0) text += fmt::format("{:.1f} % right on {} images; ", 100 * check.top1, check.images);
    text += check.clean() ? "nothing wrong found\n" : check.findings.empty() ? "wrong:\n" : "probably wrong:\n";
    for (const CardFinding& finding : check.findings) text += FindingText(finding);
    for (const std::string& fault : check.faults) text += fmt::format("  {}\n", fault);
  }
  return text;
}

std::string AsJson(const std::vector<CardCheck>& checks) {
  Json list = Json::array();
  for (const CardCheck& check : checks) {
    Json findings = Json::array();
    for (const CardFinding& finding : check.findings) {
      findings.push_back({{"field", finding.field},
                          {"advice", finding.advice},
                          {"top1_before", finding.before},
                          {"top1_after", finding.after}});
    }
    list.push_back({{"candidate", check.candidate},
                    {"images", check.images},
                    {"top1", check.images > 0 ? Json(check.top1) : Json()},
                    {"findings", findings},
                    {"faults", check.faults}});
  }
  return PrettyText(Json{{"schema", "amsel.check/1"}, {"candidates", list}});
}

/// Says which cards it wrote.
Result<std::string> Fix(const Zoo& zoo, const std::vector<CardCheck>& checks) {
  std::string text;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const ZooEntry& entry = zoo.entries[i];
    const bool wrong = !checks[i].findings.empty();
    if (!checks[i].faults.empty() || (!wrong && entry.card.assumed.empty())) continue;
    AMSEL_RETURN_IF_ERROR(FixCard(entry, checks[i]));
    text += fmt::format("{}: {}; the old one is {}.old\n", entry.card_file, wrong ? "corrected" : "no longer assumed",
                        entry.card_file);
  }
  return text;
}

Result<int> Run(Options& options) {
  ZooOptions zoo_options{options.card_defaults, /*allow_different_labels=*/true};
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(options.zoo, zoo_options));
  AMSEL_ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(options.images, CommonLabels(zoo)));
  PrintNotices(dataset.notices);
  UseAllCores(options.backend.choice);
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(ZooPlacement at, PlaceZoo(zoo, options.backend.choice, backends));
  const SteadyClock clock;
  std::unique_ptr<Progress> bar;
  options.check.session = at.rest.options;
  options.check.elsewhere = std::move(at.elsewhere);
  options.check.decode.max_pixels = options.backend.max_pixels;
  options.check.progress = ReportOn(bar, "check", clock);
  std::vector<std::pair<std::string, std::string>> skipped;
  AMSEL_ASSIGN_OR_RETURN(const std::vector<CardCheck> checks,
                         CheckCards(zoo, dataset.images, *at.rest.backend, options.check, &skipped));
  bar.reset();
  WarnOfSkipped(skipped);
  std::string fixed;
  if (options.fix) {
    AMSEL_ASSIGN_OR_RETURN(fixed, Fix(zoo, checks));
  }
  bool clean = true;
  for (const CardCheck& check : checks) {
    clean = clean && check.faults.empty() && (options.fix || check.findings.empty());
  }
  if (options.json && !fixed.empty()) PrintNotices({fixed.substr(0, fixed.size() - 1)});
  return Print(options.json ? AsJson(checks) : AsText(checks) + fixed, clean ? kExitOk : kExitCheckFailed);
}

}  // namespace

Verb AddCheckVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("check", "Find wrong cards by trying the usual readings on labelled images");
  auto options = std::make_shared<Options>();
  verb->add_option("--zoo", options->zoo, "Folder of candidates, each with card.json and <version>/model.onnx")
      ->required()
      ->type_name("DIR");
  verb->add_option("--images", options->images, "Labelled images: CSV (path,label), a folder per class, or an IDX file")
      ->required()
      ->type_name("PATH");
  verb->add_option("--card-defaults", options->card_defaults, "Card for candidates that have none")->type_name("FILE");
  verb->add_option("--sample", options->check.images, "Images to try, drawn at random")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--seed", options->check.seed, "Seed of the draw")->capture_default_str();
  verb->add_flag("--fix", options->fix, "Write the cards corrected; the old ones stay as card.json.old");
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  AddRunLimitOption(*verb, options->backend.choice);
  verb->footer(
      "Tries normalisation, order of channels, crop, interpolation, labels and kind of output, several at once; names\n"
      "runs that fail, NaN, answers that are always the same or no better than chance, and batches that are answered\n"
      "otherwise.\n"
      "Exit code 1 when a card is probably wrong and was not corrected, or a DNN has such a fault.\n"
      "Example: amsel check --zoo zoo --images images.csv");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
