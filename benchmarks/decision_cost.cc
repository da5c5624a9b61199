// What deciding costs beside the candidates that it decides about.
//   bench_decision [BUNDLE IMAGES [COUNT]]      (default: the demo's bundle, which `make demo` leaves, 2,000 images)
// For each operating point: what Answer::Decision() counts (heads, gates, book-keeping) and the features, against
// preprocessing and inference of the candidates that ran, in one run over the same images.
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>

#include "amsel/engine.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "image/image_reader.h"
#include "image/threads.h"
#include "profile/dataset.h"

namespace amsel {
namespace {

constexpr std::size_t kWarmUp = 20;

Status Main(const std::string& bundle, const std::string& images_path, std::size_t count) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(bundle));
  AMSEL_ASSIGN_OR_RETURN(std::vector<LabelledImage> listed, LoadDataset(images_path, engine.labels()));
  listed.resize(std::min(listed.size(), count));
  engine.Preload();
  const std::size_t skipped = std::min(kWarmUp, listed.size() / 2);
  ImageReader reader;
  std::vector<std::vector<std::string>> rows;
  const std::vector<OperatingPoint> points = engine.operating_points();
  for (const OperatingPoint& point : points) {
    AMSEL_RETURN_IF_ERROR(engine.SetOperatingPoint(point.name));
    std::chrono::nanoseconds decision{0};
    std::chrono::nanoseconds features{0};
    std::chrono::nanoseconds candidates{0};
    for (std::size_t i = 0; i < listed.size(); ++i) {
      AMSEL_ASSIGN_OR_RETURN(const std::string bytes, reader.Fetch(listed[i].reference));
      AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(bytes));
      if (i < skipped) continue;
      decision += answer.Decision();
      features += answer.features;
      for (const CandidateRun& run : answer.runs) candidates += run.preprocess + run.inference;
    }
    const auto mean_us = [&](std::chrono::nanoseconds sum) {
      return fmt::format("{:.1f}", 1000 * Milliseconds(sum) / static_cast<double>(listed.size() - skipped));
    };
    const auto share = [&](std::chrono::nanoseconds sum) {
      return fmt::format("{:.2f} %", 100 * Milliseconds(sum) / Milliseconds(candidates));
    };
    rows.push_back({point.name, mean_us(decision), mean_us(features), mean_us(candidates), share(decision),
                    share(decision + features)});
  }
  fmt::print(
      "{} images an operating point, microseconds an image\n\n{}\n", listed.size() - skipped,
      FormatTable({"operating point", "deciding", "features", "candidates", "deciding by candidates", "with features"},
                  rows));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  const std::string bundle = argc > 2 ? argv[1] : "out/demo/bundle";
  const std::string images = argc > 2 ? argv[2] : "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
  const std::size_t count = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : argc > 2 ? SIZE_MAX : 2000;
  if (argc <= 2 && !std::filesystem::exists(bundle)) {
    fmt::print("bench_decision: skipped: no {} (`make demo` makes it, or give BUNDLE IMAGES)\n", bundle);
    return 0;
  }
  const amsel::Status status = amsel::Main(bundle, images, count);
  if (!status.ok()) fmt::print(stderr, "bench_decision: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
