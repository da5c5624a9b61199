#include "cli/verb.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "base/cores.h"
#include "base/named_value.h"
#include "base/output.h"
#include "base/status_macros.h"
#include "meter/timed_run.h"

namespace amsel {

namespace {

/// Takes NAME for all candidates, or CANDIDATE=NAME for one.
void AddPerCandidate(CLI::App& verb, const std::string& name, BackendChoice& choice,
                     std::string SessionRequest::* field, const std::string& help) {
  verb.add_option_function<std::vector<std::string>>(
          name,
          [&choice, field](const std::vector<std::string>& values) {
            for (const std::string& argument : values) {
              const auto [candidate, value] = ParseNamedValue(argument);
              SessionRequest& request = candidate ? choice.candidates[*candidate] : choice.all;
              request.*field = value;
            }
          },
          help)
      ->allow_extra_args(false)
      ->type_name("[CANDIDATE=]NAME");
}

}  // namespace

std::map<std::string, GraphOptimization> GraphLevels() {
  std::map<std::string, GraphOptimization> levels;
  for (const std::string& name : GraphOptimizationNames()) levels[name] = GraphOptimizationNamed(name);
  return levels;
}

std::map<std::string, Precision> Precisions() {
  std::map<std::string, Precision> precisions;
  for (const std::string& name : PrecisionNames()) precisions[name] = PrecisionNamed(name);
  return precisions;
}

void AddKeyOption(CLI::App& verb, std::optional<std::string>& key) {
  verb.add_option("--key", key,
                  "Public key of minisign, itself or a file: refuse a bundle whose SHA256SUMS it has not signed")
      ->type_name("KEY");
}

void AddBackendOptions(CLI::App& verb, BackendOptions& options) {
  BackendChoice& choice = options.choice;
  AddPerCandidate(verb, "--backend", choice, &SessionRequest::backend,
                  "What runs the DNNs: onnxruntime, or a plug-in by its name or path; for all candidates, or for one "
                  "(may be repeated). Default: onnxruntime, or as the bundle plans");
  AddPerCandidate(verb, "--provider", choice, &SessionRequest::provider,
                  "What the back end shall run on: cpu, cuda, tensorrt, ..., as far as it has it; for all candidates, "
                  "or for one (may be repeated). Default: its first, or as the bundle plans");
  verb.add_option("--threads", choice.all.threads,
                  "Threads that one candidate may use (default: 1, or as the bundle plans)")
      ->check(CLI::Range(1, kMostThreads));
  verb.add_option("--graph", choice.all.graph,
                  "Graph optimisation: none, basic, extended or all (default: all, or as the bundle plans)")
      ->transform(CLI::CheckedTransformer(GraphLevels()).description(""))
      ->type_name("LEVEL");
  verb.add_option("--precision", choice.all.precision,
                  "full, or half where the back end may compute with 16 bits (default: full, or as the bundle plans)")
      ->transform(CLI::CheckedTransformer(Precisions()).description(""))
      ->type_name("WHICH");
  verb.add_option("--engine-cache", choice.cache,
                  "Folder for what is compiled from the DNNs (engines of TensorRT), so that it need not be again")
      ->type_name("DIR");
  verb.add_option("--ort", choice.onnxruntime, "Path of the ONNX Runtime library, a vendor's too (default: looked for)")
      ->type_name("PATH");
  verb.add_option("--max-pixels", options.max_pixels, "Refuse images that declare more pixels")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddRunLimitOption(CLI::App& verb, BackendChoice& choice) {
  constexpr double kDefault = 60;
  const auto set = [&choice](double seconds) {
    choice.run_limit = std::chrono::milliseconds(std::llround(1000 * seconds));
  };
  const auto check = [](const std::string& text) -> std::string {
    double seconds = 0;
    const bool number = CLI::detail::lexical_cast(text, seconds);
    return number && (seconds == 0 || (seconds >= 0.001 && seconds <= 86400)) ? "" : "expected 0, or 0.001 to 86400 s";
  };
  set(kDefault);
  verb.add_option_function<double>("--run-limit", set,
                                   "Seconds that one run of a DNN may take; one that takes longer is ended and has "
                                   "failed (by ONNX Runtime; plug-ins cannot be ended). 0: no limit")
      ->check(CLI::Validator(check, ""))
      ->type_name("X")
      ->default_str(fmt::format("{}", kDefault));
}

void UseAllCores(BackendChoice& choice) {
  constexpr std::size_t kEnough = 8;
  if (!choice.all.threads) choice.all.threads = static_cast<int>(std::min(kEnough, AllowedCores().size()));
}

Result<ZooPlacement> PlaceZoo(const Zoo& zoo, const BackendChoice& choice, Backends& backends) {
  std::vector<std::string> names;
  for (const ZooEntry& entry : zoo.entries) names.push_back(entry.card.name);
  AMSEL_RETURN_IF_ERROR(CheckNames(choice, names));
  ZooPlacement zoo_placement;
  BackendChoice rest = choice;
  rest.candidates.clear();
  AMSEL_ASSIGN_OR_RETURN(zoo_placement.rest, Place(rest, zoo.path, backends));
  for (const auto& [name, request] : choice.candidates) {
    AMSEL_ASSIGN_OR_RETURN(zoo_placement.elsewhere[name], Place(choice, name, backends));
  }
  return zoo_placement;
}

void AddWideOption(CLI::App& verb, TableDetail& detail, const std::string& what) {
  verb.add_flag_callback("--wide", [&detail] { detail = TableDetail::kFull; }, "Wide tables, with " + what);
}

int Print(const std::string& text, int exit_code) {
  WriteResults(text);
  return exit_code;
}

void PrintNotices(const std::vector<std::string>& notices) {
  for (const std::string& notice : notices) Complain(notice);
}

void WarnOfSkipped(const std::vector<std::pair<std::string, std::string>>& skipped) {
  constexpr std::size_t kShown = 5;
  if (skipped.empty()) return;
  std::string text = fmt::format("{} image{} skipped:", skipped.size(), skipped.size() == 1 ? " was" : "s were");
  for (std::size_t i = 0; i < skipped.size() && i < kShown; ++i) {
    const auto& [image, reason] = skipped[i];
    text += "\n  " + Visible(reason.starts_with(image) ? reason : image + ": " + reason);
  }
  if (skipped.size() > kShown) text += fmt::format("\n  ... and {} more", skipped.size() - kShown);
  Complain(text);
}

void WarnOfDisturbed(double share, const std::vector<std::string>& by_cpu_time) {
  if (share > kManyDisturbed) Complain(DisturbedText(share) + ", and are left out of planned times");
  if (by_cpu_time.empty()) return;
  Complain(fmt::format("{}: too few undisturbed runs are left; CPU time stands for wall time",
                       Visible(fmt::format("{}", fmt::join(by_cpu_time, ", ")))));
}

}  // namespace amsel
