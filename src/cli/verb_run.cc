#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "amsel/engine.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "cli/verb.h"
#include "image/image_reader.h"

namespace amsel {
namespace {

struct Options {
  std::string bundle;
  std::string point;
  std::vector<std::string> images;
  BackendOptions backend;
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

std::string AsJson(const std::string& image, const Answer& answer, const Engine& engine) {
  Json candidates = Json::array();
  for (const CandidateRun& run : answer.runs) candidates.push_back(engine.CandidateName(run.candidate));
  Json line = {{"path", image},
               {"class", answer.label},
               {"label", engine.labels()[static_cast<std::size_t>(answer.label)]},
               {"probability", answer.probability},
               {"candidates", candidates},
               {"operating_point", answer.operating_point},
               {"degraded", answer.degraded},
               {"certified", answer.certified},
               {"latency_ms", Milliseconds(answer.total)}};
  if (answer.degraded) line["problems"] = answer.problems;
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string AsText(const std::string& image, const Answer& answer, const Engine& engine) {
  std::string path;
  for (const CandidateRun& run : answer.runs) path += (path.empty() ? "" : " > ") + engine.CandidateName(run.candidate);
  return fmt::format("{}: {} ({:.1f} %) by {} in {:.3f} ms{}\n", image,
                     engine.labels()[static_cast<std::size_t>(answer.label)], 100 * answer.probability, path,
                     Milliseconds(answer.total), answer.degraded ? ", degraded" : "");
}

constexpr double kNotable = 0.001;  // milliseconds: less is the clock itself

std::string Explanation(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine) {
  std::string text;
  for (std::size_t f = 0; f < answer.feature_values.size(); ++f) {
    text += fmt::format("  feature  {} = {:.4g}\n", engine.feature_names()[f], answer.feature_values[f]);
  }
  for (const ExplainedStep& step : steps) {
    for (const ExplanationNote& note : step.notes) {
      const std::string who = note.candidate == kNoCandidate ? "" : engine.CandidateName(note.candidate);
      text += fmt::format("  decide   {}: {} {:.3f}: {}\n", who, note.subject, note.figure, note.outcome);
    }
    if (step.step.kind == Step::Kind::kRun) {
      text += fmt::format("  decide   run {} at a planned {:.3f} ms\n", engine.CandidateName(step.step.candidate),
                          step.step.price);
    }
  }
  for (const std::string& problem : answer.problems) text += "  problem  " + problem + "\n";
  text += fmt::format("  time     decode {:.3f} ms, features {:.3f} ms, deciding {:.3f} ms\n",
                      Milliseconds(answer.decode), Milliseconds(answer.features), Milliseconds(answer.Decision()));
  for (const CandidateRun& run : answer.runs) {
    if (Milliseconds(run.load) >= kNotable) {
      text += fmt::format("  time     {}: loading {:.3f} ms (the first time only)\n",
                          engine.CandidateName(run.candidate), Milliseconds(run.load));
    }
    text += fmt::format("  time     {}: preprocessing {:.3f} ms, inference {:.3f} ms\n",
                        engine.CandidateName(run.candidate), Milliseconds(run.preprocess), Milliseconds(run.inference));
  }
  return text;
}

Result<int> Run(const Options& options) {
  EngineOptions engine_options{options.backend.session, options.point, options.backend.onnxruntime,
                               options.backend.max_pixels};
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(options.bundle, engine_options));
  ImageReader reader;
  ErrorKind worst = ErrorKind::kUsage;  // stands for "none" here
  EachImage(options.images, [&](const std::string& image) {
    const auto bytes = reader.Fetch(image);
    std::vector<ExplainedStep> steps;
    const auto answer =
        bytes.ok() ? engine.Run(*bytes, options.explain ? &steps : nullptr) : Result<Answer>(bytes.error());
    if (!answer.ok()) {
      const std::string& what = answer.error().message;
      fmt::print(stderr, "amsel: {}\n", what.starts_with(image) ? what : image + ": " + what);
      if (worst != ErrorKind::kRuntime) worst = answer.error().kind;
      return;
    }
    Print(options.json ? AsJson(image, *answer, engine) : AsText(image, *answer, engine));
    if (options.explain && !options.json) Print(Explanation(*answer, steps, engine));
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
  verb->add_option("--point", options->point, "Operating point (default: the bundle's first)")->type_name("NAME");
  verb->add_flag("--explain", options->explain, "Say why: features, decisions, and the time of each part");
  verb->add_flag("--json", options->json, "Print a JSON line an image");
  AddBackendOptions(*verb, options->backend);
  verb->footer(
      "Images that cannot be read are reported and the others answered; the exit code is then 3.\n"
      "Example: amsel run --bundle bundle --explain photo.jpg");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
