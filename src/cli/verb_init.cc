#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "base/json.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "cli/verb.h"
#include "describe/init.h"

namespace amsel {
namespace {

struct Options {
  InitOptions init;
  BackendOptions backend;
  bool json = false;
};

/// "2.5 points fewer right"
std::string CostText(const Alternative& a) {
  const double points = 100 * a.top1_cost;
  if (std::fabs(points) < 0.05) return "as many right";
  return fmt::format("{:.1f} points {} right", std::fabs(points), points > 0 ? "fewer" : "more");
}

std::string AlternativeText(const Alternative& a) {
  const std::string found = "  " + a.field + ": " + a.found;
  if (a.same) return fmt::format("{}; not tested: {} gives the same answers to these images\n", found, a.other);
  if (!a.told_apart) {
    return fmt::format("{}; {} as likely by these images ({}, within chance)\n", found, a.other, CostText(a));
  }
  // A configuration stands until more than that speaks against it.
  return fmt::format("{}; {} {} ({})\n", found, a.top1_cost < 0 ? "better by these images" : "next best", a.other,
                     CostText(a));
}

std::string ReportText(const InitReport& report) {
  std::string text = report.card.name + ": ";
  text += report.images > 0 ? fmt::format("{:.1f} % right on {}\n", 100 * report.top1, Counted(report.images, "image"))
                            : fmt::format("described from {}\n", report.file);
  for (const Alternative& alternative : report.alternatives) text += AlternativeText(alternative);
  if (report.images == 0) {
    for (const Aspect aspect : kAspects) {
      const std::string field = FieldOf(aspect);
      const bool assumed =
          std::find(report.card.assumed.begin(), report.card.assumed.end(), field) != report.card.assumed.end();
      text += fmt::format("  {}: {}{}\n", field, ValueOf(aspect, report.card.preprocess), assumed ? " (ASSUMED)" : "");
    }
  }
  if (!report.config.empty()) text += fmt::format("  read with {}\n", report.config);
  for (const std::string& note : report.notes) text += fmt::format("  {}\n", note);
  for (const std::string& fault : report.faults) text += fmt::format("  FAULT: {}\n", fault);
  return text;
}

std::string AsText(const InitResult& result, const std::string& out) {
  std::string text;
  bool assumed = false;
  for (const InitReport& report : result.reports) {
    text += ReportText(report);
    assumed = assumed || !report.card.assumed.empty();
  }
  text += fmt::format("\nwrote {}: candidates {}, labels {} (from {})\n", out, result.reports.size(),
                      result.labels.size(), result.labels_from);
  if (assumed) {
    text +=
        "What is marked ASSUMED is only likely: give labelled images (--images) or a configuration (--from), or\n"
        "correct the cards with `amsel check --fix` before anything is built on them.\n";
  }
  return text;
}

std::string AsJson(const InitResult& result, const std::string& out) {
  Json list = Json::array();
  for (const InitReport& report : result.reports) {
    Json alternatives = Json::array();
    for (const Alternative& a : report.alternatives) {
      alternatives.push_back({{"field", a.field},
                              {"found", a.found},
                              {"next_best", a.other},
                              {"top1_cost", a.top1_cost},
                              {"told_apart", a.told_apart},
                              {"same_answers", a.same}});
    }
    list.push_back({{"candidate", report.card.name},
                    {"file", report.file},
                    {"images", report.images},
                    {"top1", report.images > 0 ? Json(report.top1) : Json()},
                    {"configuration", report.config},
                    {"alternatives", alternatives},
                    {"notes", report.notes},
                    {"assumed", report.card.assumed},
                    {"faults", report.faults},
                    {"card", CardFileToJson(report.card)}});
  }
  return PrettyText(Json{{"schema", "amsel.init/1"},
                         {"zoo", out},
                         {"labels", result.labels},
                         {"labels_from", result.labels_from},
                         {"candidates", list}});
}

Result<int> Run(Options& options) {
  InitOptions& init = options.init;
  UseAllCores(options.backend.choice);
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(const Placement at, Place(options.backend.choice, "", backends));
  const SteadyClock clock;
  std::unique_ptr<Progress> bar;
  init.session = at.options;
  init.decode.max_pixels = options.backend.max_pixels;
  init.progress = ReportOn(bar, "init", clock);
  AMSEL_ASSIGN_OR_RETURN(const InitResult result, InitZoo(init, *at.backend));
  bar.reset();
  PrintNotices(result.notices);
  WarnOfSkipped(result.skipped);
  bool known = true;
  for (const InitReport& report : result.reports) known = known && report.faults.empty() && report.card.assumed.empty();
  return Print(options.json ? AsJson(result, init.out) : AsText(result, init.out), known ? kExitOk : kExitCheckFailed);
}

}  // namespace

Verb AddInitVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("init", "Write the cards of DNNs as they come: a zoo from ONNX files");
  auto options = std::make_shared<Options>();
  InitOptions& init = options->init;
  verb->add_option("DNN", init.dnns,
                   "ONNX files (or .ort), each FILE, NAME=FILE to name the candidate, or a folder of such files")
      ->required();
  verb->add_option("--out", init.out, "Zoo to write; candidates are added to one that is there")
      ->required()
      ->type_name("DIR");
  verb->add_option("--images", init.images,
                   "Labelled images to find out by: CSV (path,label), a folder per class, or an IDX file")
      ->type_name("PATH");
  verb->add_option("--labels", init.labels,
                   "Names of the classes, one a line, in the order of the outputs. Default: from a configuration, the "
                   "file's metadata, or the images")
      ->type_name("FILE");
  verb->add_option(
          "--from", init.configs,
          "What a framework says of the input: timm's config.json, Hugging Face's preprocessor_config.json and "
          "config.json;\nfor all DNNs, or NAME=FILE for one")
      ->allow_extra_args(false)
      ->type_name("[NAME=]CONFIG.json");
  verb->add_option("--output", init.output, "The output that answers, of DNNs that have several")->type_name("NAME");
  verb->add_option("--sample", init.sample, "Images to try, drawn at random")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--seed", init.seed, "Seed of the draw")->capture_default_str();
  verb->add_flag("--force", init.force, "Replace candidates and cards that are there");
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  AddRunLimitOption(*verb, options->backend.choice);
  verb->footer(
      "Names, shapes, types and the number of classes come from the file. How pixels go in comes from --from and from\n"
      "labelled images, a few hundred of which tell normalisation, order of channels, crop, interpolation and labels\n"
      "together; what they cannot tell apart is said. Without either it is assumed, marked in the cards, and the exit\n"
      "code is 1, as it is where a DNN answers no better than chance, or its outputs stand for the classes in another\n"
      "order than the labels.\n"
      "Example: amsel init resnet.onnx mobile=net/model.onnx --images photos --out zoo");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
