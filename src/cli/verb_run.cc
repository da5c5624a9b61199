#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "amsel/engine.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "cli/energy_options.h"
#include "cli/explain.h"
#include "cli/point_options.h"
#include "cli/verb.h"
#include "image/image_reader.h"
#include "runtime/answer_json.h"

namespace amsel {
namespace {

struct Options {
  std::string bundle;
  PointOptions point;
  std::optional<double> deadline_ms;
  std::vector<std::string> images;
  BackendOptions backend;
  std::string power_model;
  std::optional<PowerModel> power;
  bool explain = false;
  bool json = false;
};

/// Calls take(reference) for each image named: files as they are, folders whole and sorted, `-` a list on stdin.
template <typename Take>
void EachImage(const std::vector<std::string>& arguments, Take&& take) {
  namespace fs = std::filesystem;
  for (const std::string& argument : arguments) {
    std::error_code failure;
    if (argument == "-") {
      for (std::string line; std::getline(std::cin, line);) {
        if (!line.empty()) take(line);
      }
    } else if (fs::is_directory(argument, failure)) {
      std::vector<std::string> files;
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argument, failure)) {
        if (entry.is_regular_file()) files.push_back(entry.path().string());
      }
      std::sort(files.begin(), files.end());
      for (const std::string& file : files) take(file);
    } else {
      take(argument);
    }
  }
}

std::string LabelOf(const Answer& answer, const Engine& engine) {
  return engine.labels()[static_cast<std::size_t>(answer.label)];
}

std::string AsText(const std::string& image, const Answer& answer, const Engine& engine) {
  std::string path;
  for (const CandidateRun& run : answer.runs) path += (path.empty() ? "" : " > ") + engine.CandidateName(run.candidate);
  const std::string what =
      answer.abstained ? "abstains" : fmt::format("{} ({:.1f} %)", LabelOf(answer, engine), 100 * answer.probability);
  return fmt::format("{}: {} by {} in {:.3f} ms{}{}\n", image, what, path, Milliseconds(answer.total),
                     answer.degraded ? ", degraded" : "", answer.certified ? ", certified" : "");
}

/// What is printed of one answer.
std::string Rendered(const std::string& image, const Answer& answer, const std::vector<ExplainedStep>& steps,
                     const Engine& engine, const Options& options) {
  if (!options.json) {
    return AsText(image, answer, engine) + (options.explain ? ExplanationText(answer, steps, engine) : "");
  }
  Json line = options.explain ? ExplainedToJson(answer, steps, engine) : AnswerToJson(answer, engine);
  line["path"] = image;
  if (options.power) {
    line["energy_mj"] = {{"value", options.power->Millijoules(Milliseconds(answer.total))},
                         {"source", SourceOf(*options.power)}};
  }
  return JsonLine(line) + "\n";
}

Result<int> Run(Options& options) {
  if (!options.power_model.empty() && !options.json) return UsageError("run --power-model is for --json");
  AMSEL_ASSIGN_OR_RETURN(options.power, ReadPowerModel(options.power_model));
  const EngineOptions engine_options{options.backend.session, options.point.point, options.point.limits,
                                     options.backend.onnxruntime, options.backend.max_pixels};
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(options.bundle, engine_options));
  RunOptions run_options;
  if (options.deadline_ms) {
    run_options.deadline = FromMilliseconds(*options.deadline_ms);
    engine.Preload();
  }
  ImageReader reader;
  ErrorKind worst = ErrorKind::kUsage;  // stands for "none" here
  EachImage(options.images, [&](const std::string& image) {
    const auto bytes = reader.Fetch(image);
    std::vector<ExplainedStep> steps;
    const auto answer = bytes.ok() ? engine.Run(*bytes, run_options, options.explain ? &steps : nullptr)
                                   : Result<Answer>(bytes.error());
    if (!answer.ok()) {
      const std::string& what = answer.error().message;
      fmt::print(stderr, "amsel: {}\n", what.starts_with(image) ? what : image + ": " + what);
      if (worst != ErrorKind::kRuntime) worst = answer.error().kind;
      return;
    }
    Print(Rendered(image, *answer, steps, engine, options));
  });
  if (worst == ErrorKind::kRuntime) return kExitRuntime;
  return worst == ErrorKind::kBadInput ? kExitBadInput : kExitOk;
}

}  // namespace

Verb AddRunVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("run", "Answer images with a bundle");
  auto options = std::make_shared<Options>();
  verb->add_option("--bundle", options->bundle, "Bundle to answer with")->required()->type_name("DIR");
  verb->add_option("IMAGE", options->images,
                   "Files, folders, FILE#INDEX for one image of an IDX file, or - for a list "
                   "on stdin")
      ->required();
  verb->add_option("--deadline-ms", options->deadline_ms,
                   "Answer each image within this time, decoding included, with the candidates that fit by their "
                   "planned 99 % quantile; all are loaded before the first image")
      ->check(PositiveFinite())
      ->type_name("MS");
  verb->add_flag("--explain", options->explain,
                 "Say why: decisions and what they weighed, the operating point's plan, the time of each part");
  verb->add_flag("--json", options->json, "Print a JSON line an image; with --explain its fields steps and planned");
  AddBackendOptions(*verb, options->backend);
  AddPointOptions(*verb, options->point);
  AddPowerModelOption(*verb, options->power_model);
  verb->footer(
      "Limits combine. Among the points that keep them all, the fastest answers when accuracy is limited and time is\n"
      "not, otherwise the most accurate. Limits that no point keeps exit with 2 and name the nearest point.\n"
      "A deadline that changes a decision marks the answer degraded; one that is too short for any candidate exits "
      "with 4.\n"
      "Images that cannot be read are reported and the others answered; the exit code is then 3.\n"
      "Example: amsel run --bundle bundle --explain photo.jpg");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
