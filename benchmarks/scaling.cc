// How cost grows: with the zoo, with the image, with threads.
//   bench_scaling [BUNDLE IMAGES [COUNT]]      (default: 400 images of the demo)
// Zoo: bundles of 2 to 20 copies of the bundle's cheapest DNN, each with a session of its own, under a staged policy of
// two slots, each with a gate over one half of them; every image is answered by two. Image: made-up JPEG photos of 32
// to 4,000 pixels a side, answered by the bundle. Threads: of an inference and of the engine, in turn, over the images.
#include <unistd.h>

#include <atomic>
#include <thread>

#include "amsel/engine.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text_table.h"
#include "benchmarks/bundle_arguments.h"
#include "benchmarks/cheapest_candidate.h"
#include "benchmarks/made_up_photo.h"
#include "benchmarks/turn_about.h"
#include "features/features.h"
#include "image/threads.h"
#include "policy/staged.h"

namespace amsel {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kMostImages = 2000;
constexpr int kRounds = 15;

std::string Ms(double ms) {
  return fmt::format("{:.3f}", ms);
}

FeatureGate MadeUpGate(std::size_t features, int members, Random& random) {
  FeatureGate::Scale scale{std::vector<float>(features, 0.5F), std::vector<float>(features, 1), {}};
  for (std::size_t f = 0; f < features; ++f) {
    for (int knot = 0; knot < FeatureGate::kKnots; ++knot) scale.knots.push_back(static_cast<float>(knot));
  }
  std::vector<float> weights((FeatureGate::TermCount(static_cast<int>(features)) + 1) *
                             static_cast<std::size_t>(members));
  for (float& weight : weights) weight = static_cast<float>(random.Uniform() - 0.5);
  return {std::move(scale), std::move(weights), members};
}

/// Two slots, each gated over one half of `count` candidates; always both.
StagedPolicy MadeUpPolicy(int classes, int count, double cost_ms) {
  PolicyCommon common;
  common.classes = classes;
  if (count > 2) common.feature_names = {"avg_perceived_brightness", "contrast", "saturation"};
  StagedPlan plan;
  plan.slots.resize(2);
  for (int c = 0; c < count; ++c) {
    plan.slots[static_cast<std::size_t>(c % 2)].members.push_back(c);
    common.fallback.push_back(c);
    common.costs_ms.push_back(cost_ms);
  }
  Random random(7);
  for (Slot& slot : plan.slots) {
    const int members = static_cast<int>(slot.members.size());
    if (members == 1) continue;
    slot.gate = static_cast<int>(plan.gates.size());
    plan.gates.push_back(MadeUpGate(common.feature_names.size(), members, random));
  }
  const auto half = [](int slot) { return HeadMap{slot, HeadMap::Kind::kScalar, {0.5F}}; };
  plan.heads.push_back({{half(0)}, {}});
  plan.heads.push_back({{half(0), half(1)}, {}});
  plan.nodes.push_back({0, 0, 0, {{2, 1, 0}}});
  plan.nodes.push_back({1, 1, 0, {}});
  plan.roots = {0};
  return {common, plan};
}

Status WriteCopies(const Bundle& bundle, int count, const std::string& path) {
  const CandidateId id = CheapestCandidate(bundle);
  const ManifestCandidate& original = bundle.manifest().candidates[static_cast<std::size_t>(id)];
  const StagedPolicy policy = MadeUpPolicy(bundle.manifest().classes, count, PlannedMs(original));
  BundleContents contents;
  contents.policy = &policy;
  contents.labels = bundle.labels();
  contents.manifest = bundle.manifest();
  contents.manifest.candidates.clear();
  contents.manifest.policy_kind = "staged";
  contents.manifest.features = policy.feature_names();
  contents.manifest.feature_code_version = kFeatureCodeVersion;
  contents.manifest.operating_points.resize(1);
  ManifestPoint& point = contents.manifest.operating_points.front();
  point.name = policy.operating_points().front();
  point.certificates.clear();
  point.paths.clear();
  AMSEL_ASSIGN_OR_RETURN(const TensorFile conformance, bundle.Conformance(bundle.candidate(id)));
  for (int c = 0; c < count; ++c) {
    ManifestCandidate copy = original;
    copy.name = copy.folder = fmt::format("copy{:02}", c);
    copy.view = View{};
    contents.folders[copy.folder] = {bundle.CardOf(bundle.candidate(id)), bundle.Files(bundle.candidate(id)).model,
                                     conformance};
    contents.folders[copy.folder].card.name = copy.folder;
    contents.manifest.candidates.push_back(std::move(copy));
  }
  contents.manifest.single_best = contents.manifest.candidates.front().name;
  return WriteBundle(contents, path);
}

Result<Rows> ByZoo(const BundleArguments& arguments, const Bundle& bundle, const std::vector<std::string>& images) {
  const SteadyClock clock;
  const std::string path =
      (std::filesystem::temp_directory_path() / ("bench_scaling." + std::to_string(getpid()))).string();
  Rows rows;
  for (const int count : {2, 4, 8, 12, 16, 20}) {
    AMSEL_RETURN_IF_ERROR(WriteCopies(bundle, count, path));
    std::vector<double> opening;
    for (int round = 0; round < kRounds; ++round) {
      const Nanoseconds start = clock.Now();
      AMSEL_RETURN_IF_ERROR(Engine::Open(path));
      opening.push_back(Milliseconds(clock.Now() - start));
    }
    AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(path));
    const Nanoseconds start = clock.Now();
    engine.Preload();
    const double loading = Milliseconds(clock.Now() - start);
    std::vector<double> decision;
    std::vector<double> candidates;
    for (std::size_t i = 0; i < std::min(images.size(), arguments.count); ++i) {
      AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(images[i]));
      decision.push_back(1000 * Milliseconds(answer.Decision()));
      double ran = 0;
      for (const CandidateRun& run : answer.runs) ran += Milliseconds(run.preprocess + run.inference);
      candidates.push_back(ran);
    }
    rows.push_back({std::to_string(count), Ms(Median(opening)), Ms(loading), fmt::format("{:.1f}", Median(decision)),
                    Ms(Median(candidates))});
  }
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
  return rows;
}

Result<Rows> BySize(const BundleArguments& arguments) {
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(arguments.bundle));
  engine.Preload();
  Rows rows;
  for (const int side : {32, 64, 128, 256, 500, 1000, 2000, 4000}) {
    const std::string jpeg = EncodeJpeg(MadeUpPhoto(side, side));
    std::vector<double> decode;
    std::vector<double> features;
    std::vector<double> preprocess;
    std::vector<double> inference;
    for (int round = -2; round < kRounds; ++round) {
      AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(jpeg));
      if (round < 0) continue;
      std::chrono::nanoseconds prepared{0};
      std::chrono::nanoseconds inferred{0};
      for (const CandidateRun& run : answer.runs) prepared += run.preprocess, inferred += run.inference;
      decode.push_back(Milliseconds(answer.decode));
      features.push_back(Milliseconds(answer.features));
      preprocess.push_back(Milliseconds(prepared));
      inference.push_back(Milliseconds(inferred));
    }
    rows.push_back({std::to_string(side), Ms(Median(decode)), Ms(Median(features)), Ms(Median(preprocess)),
                    Ms(Median(inference))});
  }
  return rows;
}

/// Answers all images by so many threads of the engine.
bool AnswerAll(Engine& engine, const std::vector<std::string>& images, int workers) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < workers; ++t) {
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < images.size(); i = next++) {
          if (!engine.Run(images[i]).ok()) failed = true;
        }
      });
    }
  }
  return !failed;
}

Result<Rows> ByThreads(const BundleArguments& arguments, const std::vector<std::string>& images) {
  std::vector<Engine> engines;
  for (const int threads : {1, 2}) {
    EngineOptions options;
    options.session.threads = threads;
    AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(arguments.bundle, options));
    engine.Preload();
    engines.push_back(std::move(engine));
  }
  bool well = true;
  std::vector<std::function<void()>> ways;
  for (Engine& engine : engines) {
    for (const int workers : {1, 2}) {
      ways.emplace_back([&engine, &images, &well, workers] { well = AnswerAll(engine, images, workers) && well; });
    }
  }
  const std::vector<double> times = TurnAbout(ways, 7);
  if (!well) return RuntimeFailure("an image could not be answered");
  Rows rows;
  for (std::size_t w = 0; w < ways.size(); ++w) {
    rows.push_back({std::to_string(w / 2 + 1), std::to_string(w % 2 + 1),
                    fmt::format("{:.0f}", 1000 * static_cast<double>(images.size()) / times[w]),
                    fmt::format("{:.2f}", times.front() / times[w])});
  }
  return rows;
}

Status Main(const BundleArguments& arguments) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(arguments.bundle));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> images, FetchImages(arguments, bundle.labels(), kMostImages));
  AMSEL_ASSIGN_OR_RETURN(const Rows zoo, ByZoo(arguments, bundle, images));
  AMSEL_ASSIGN_OR_RETURN(const Rows size, BySize(arguments));
  AMSEL_ASSIGN_OR_RETURN(const Rows threads, ByThreads(arguments, images));
  fmt::print("{}\n{}\n{}\n",
             FormatTable({"candidates", "open ms", "load all ms", "decision us", "two candidates ms"}, zoo),
             FormatTable({"pixels a side", "decode ms", "features ms", "preprocess ms", "inference ms"}, size),
             FormatTable({"--threads", "--workers", "images/s", "against 1, 1"}, threads));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  return amsel::RunOnBundle("bench_scaling", argc, argv, 400, amsel::Main);
}
