#include "cli/verb.h"

#include <fmt/core.h>

#include <map>

namespace amsel {

void AddBackendOptions(CLI::App& verb, BackendOptions& options) {
  static const std::map<std::string, GraphOptimization> kLevels{{"none", GraphOptimization::kNone},
                                                                {"basic", GraphOptimization::kBasic},
                                                                {"extended", GraphOptimization::kExtended},
                                                                {"all", GraphOptimization::kAll}};
  verb.add_option("--threads", options.session.threads, "Threads that one candidate may use")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb.add_option("--graph", options.session.graph, "Graph optimisation: none, basic, extended or all (default all)")
      ->transform(CLI::CheckedTransformer(kLevels).description(""))
      ->type_name("LEVEL");
  verb.add_option("--ort", options.onnxruntime, "Path of the ONNX Runtime library (default: looked for)")
      ->type_name("PATH");
  verb.add_option("--max-pixels", options.max_pixels, "Refuse images that declare more pixels")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

int Print(const std::string& text, int exit_code) {
  fmt::print("{}", text);
  return exit_code;
}

void WarnOfSkipped(const std::vector<std::pair<std::string, std::string>>& skipped) {
  constexpr std::size_t kShown = 5;
  if (skipped.empty()) return;
  fmt::print(stderr, "amsel: {} image{} skipped:\n", skipped.size(), skipped.size() == 1 ? " was" : "s were");
  for (std::size_t i = 0; i < skipped.size() && i < kShown; ++i) {
    fmt::print(stderr, "  {}: {}\n", skipped[i].first, skipped[i].second);
  }
  if (skipped.size() > kShown) fmt::print(stderr, "  ... and {} more\n", skipped.size() - kShown);
}

}  // namespace amsel
