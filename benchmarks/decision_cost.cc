// What deciding costs beside the candidates that it decides about.
//   bench_decision [BUNDLE IMAGES [COUNT]]      (default: 2,000 images of the demo)
// For each operating point: what Answer::Decision() counts (heads, gates, book-keeping) and the features, against
// preprocessing and inference of the candidates that ran, in one run over the same images.
#include <fmt/core.h>

#include "amsel/engine.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "benchmarks/bundle_arguments.h"
#include "image/threads.h"

namespace amsel {
namespace {

constexpr std::size_t kWarmUp = 20;

Status Main(const BundleArguments& arguments) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(arguments.bundle));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> images,
                         FetchImages(arguments, engine.labels(), arguments.count));
  engine.Preload();
  const std::size_t skipped = std::min(kWarmUp, images.size() / 2);
  std::vector<std::vector<std::string>> rows;
  const std::vector<OperatingPoint> points = engine.operating_points();
  for (const OperatingPoint& point : points) {
    AMSEL_RETURN_IF_ERROR(engine.SetOperatingPoint(point.name));
    std::chrono::nanoseconds decision{0};
    std::chrono::nanoseconds features{0};
    std::chrono::nanoseconds candidates{0};
    for (std::size_t i = 0; i < images.size(); ++i) {
      AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(images[i]));
      if (i < skipped) continue;
      decision += answer.Decision();
      features += answer.features;
      for (const CandidateRun& run : answer.runs) candidates += run.preprocess + run.inference;
    }
    const auto mean_us = [&](std::chrono::nanoseconds sum) {
      return fmt::format("{:.1f}", 1000 * Milliseconds(sum) / static_cast<double>(images.size() - skipped));
    };
    const auto share = [&](std::chrono::nanoseconds sum) {
      return fmt::format("{:.2f} %", 100 * Milliseconds(sum) / Milliseconds(candidates));
    };
    rows.push_back({point.name, mean_us(decision), mean_us(features), mean_us(candidates), share(decision),
                    share(decision + features)});
  }
  fmt::print(
      "{} images an operating point, microseconds an image\n\n{}\n", images.size() - skipped,
      FormatTable({"operating point", "deciding", "features", "candidates", "deciding by candidates", "with features"},
                  rows));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  return amsel::RunOnBundle("bench_decision", argc, argv, 2000, amsel::Main);
}
