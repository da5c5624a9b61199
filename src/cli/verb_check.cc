#include <fmt/core.h>

#include <memory>

#include "base/json.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/verb.h"
#include "profile/check_cards.h"

namespace amsel {
namespace {

struct Options {
  std::string zoo;
  std::string images;
  std::string card_defaults;
  CheckOptions check;
  BackendOptions backend;
  bool json = false;
};

std::string AsText(const std::vector<CardCheck>& checks) {
  std::string text;
  for (const CardCheck& check : checks) {
    text += fmt::format("{}: {:.1f} % right on {} images; {}\n", check.candidate, 100 * check.top1, check.images,
                        check.findings.empty() ? "nothing wrong found" : "probably wrong:");
    for (const CardFinding& finding : check.findings) {
      text += fmt::format("  {}: {} gives {:+.1f} points ({:.1f} % -> {:.1f} %)\n", finding.field, finding.advice,
                          100 * (finding.after - finding.before), 100 * finding.before, 100 * finding.after);
    }
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
    list.push_back(
        {{"candidate", check.candidate}, {"images", check.images}, {"top1", check.top1}, {"findings", findings}});
  }
  return PrettyText({{"schema", "amsel.check/1"}, {"candidates", list}});
}

Result<int> Run(Options& options) {
  ZooOptions zoo_options{options.card_defaults, /*allow_different_labels=*/true};
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(options.zoo, zoo_options));
  AMSEL_ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(options.images, CommonLabels(zoo)));
  PrintNotices(dataset.notices);
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(ZooPlacement at, PlaceZoo(zoo, options.backend.choice, backends));
  const SteadyClock clock;
  Progress bar("check", zoo.entries.size(), clock);
  options.check.session = at.rest.options;
  options.check.elsewhere = std::move(at.elsewhere);
  options.check.decode.max_pixels = options.backend.max_pixels;
  options.check.progress = [&](std::size_t done, std::size_t) { bar.Update(done); };
  AMSEL_ASSIGN_OR_RETURN(const std::vector<CardCheck> checks,
                         CheckCards(zoo, dataset.images, *at.rest.backend, options.check));
  bool clean = true;
  for (const CardCheck& check : checks) clean = clean && check.findings.empty();
  return Print(options.json ? AsJson(checks) : AsText(checks), clean ? kExitOk : kExitCheckFailed);
}

}  // namespace

Verb AddCheckVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("check", "Find wrong cards by trying the usual mistakes on labelled images");
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
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  verb->footer(
      "Exit code 1 when a card is probably wrong.\n"
      "Example: amsel check --zoo zoo --images images.csv");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
