// Resident memory within a budget, over many images.
//   bench_memory [BUNDLE IMAGES [COUNT]]      (default: 5,000 images of the demo)
// Each part is a process of its own. First an engine that holds all candidates: empty (its back end and the decoder
// have been used, but nothing is loaded any more), then full. Then one with a budget of the empty engine plus half of
// what the candidates take by their measured sizes. Images repeat until there are COUNT. Exits with 4 when resident
// memory is more than 10 % above the budget after any image, when it grows over the second half of the images by more
// than 2 %, or when answers are not the same as without a budget (if each candidate fits the half alone; else what is
// degraded is counted).
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>

#include "amsel/engine.h"
#include "backend/fake_backend.h"
#include "base/clock.h"
#include "base/resident_memory.h"
#include "base/text_table.h"
#include "benchmarks/bundle_arguments.h"
#include "bundle/bundle.h"
#include "image/decode.h"
#include "image/threads.h"
#include "runtime/candidate_store.h"
#include "runtime/placement.h"

namespace amsel {
namespace {

constexpr std::size_t kMostImages = 2000;  // in memory
constexpr double kTolerance = 1.10;
constexpr double kGrowth = 1.02;

/// What a part tells the one that started it.
struct Figures {
  bool ok = false;
  std::int64_t empty = 0;  ///< resident, the engine open and nothing loaded
  std::int64_t early = 0;  ///< mean over the fifth tenth of the images
  std::int64_t late = 0;   ///< mean over the last tenth
  std::int64_t most = 0;   ///< after any image
  std::int64_t peak = 0;   ///< ever, loading included
  std::int64_t loads = 0;
  std::uint64_t answers = 0;  ///< a digest of them, in order
  std::int64_t degraded = 0;
};

/// The highest resident memory of this process so far.
std::int64_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

std::uint64_t Mix(std::uint64_t digest, std::uint64_t value) {  // FNV-1a
  constexpr std::uint64_t kPrime = 0x100000001b3;
  return (digest ^ value) * kPrime;
}

constexpr std::int64_t kAmple = std::int64_t{1} << 40;

Result<Figures> Measure(const BundleArguments& arguments, std::int64_t budget) {
  SetImageThreads(1);
  ReturnLargeBlocksAtOnce();  // as `amsel run --memory-budget` does
  EngineOptions options;
  options.memory_budget = budget;
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(arguments.bundle));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> images, FetchImages(arguments, bundle.labels(), kMostImages));
  AMSEL_RETURN_IF_ERROR(DecodeImage(images.front()));
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(arguments.bundle, options));
  Figures figures;
  figures.empty = ResidentBytes();
  if (budget == kAmple) engine.Preload();
  std::size_t early = 0;
  std::size_t late = 0;
  const std::size_t tenth = std::max<std::size_t>(arguments.count / 10, 1);
  for (std::size_t i = 0; i < arguments.count; ++i) {
    AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(images[i % images.size()]));
    figures.answers = Mix(figures.answers, static_cast<std::uint64_t>(answer.label + 1));
    for (const CandidateRun& run : answer.runs) {
      figures.answers = Mix(figures.answers, static_cast<std::uint64_t>(run.candidate));
      figures.loads += run.load > std::chrono::microseconds(500) ? 1 : 0;
    }
    figures.degraded += answer.degraded ? 1 : 0;
    const std::int64_t resident = ResidentBytes();
    figures.most = std::max(figures.most, resident);
    if (i / tenth == 4) figures.early += resident, ++early;
    if (i + tenth >= arguments.count) figures.late += resident, ++late;
  }
  figures.early /= static_cast<std::int64_t>(std::max<std::size_t>(early, 1));
  figures.late /= static_cast<std::int64_t>(std::max<std::size_t>(late, 1));
  figures.peak = PeakBytes();
  figures.ok = true;
  return figures;
}

/// The same in a process of its own.
Result<Figures> MeasureApart(const BundleArguments& arguments, std::int64_t budget) {
  int ends[2];
  if (pipe(ends) != 0) return RuntimeFailure(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = fork();
  if (child < 0) return RuntimeFailure(std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    const Result<Figures> figures = Measure(arguments, budget);
    if (!figures.ok()) fmt::print(stderr, "bench_memory: {}\n", figures.error().message);
    const Figures told = figures.ok() ? *figures : Figures();
    const bool whole = write(ends[1], &told, sizeof told) == static_cast<ssize_t>(sizeof told);
    std::fflush(nullptr);
    _exit(whole ? 0 : 1);
  }
  close(ends[1]);
  Figures figures;
  const bool whole = read(ends[0], &figures, sizeof figures) == static_cast<ssize_t>(sizeof figures);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!whole || !figures.ok) return RuntimeFailure("a part failed");
  return figures;
}

/// What the DNNs of the bundle take.
struct Sizes {
  std::int64_t all = 0;
  std::int64_t largest = 0;
};

Sizes SizesOf(const Bundle& bundle) {
  FakeBackend none;  // nothing is loaded
  const SteadyClock clock;
  const CandidateStore store(bundle, PlaceCandidatesOn(bundle.manifest(), {}, none).value(), clock);
  std::map<std::string, std::int64_t> by_folder;  // views of one DNN are loaded once
  const auto& candidates = bundle.manifest().candidates;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    by_folder[candidates[c].folder] = store.BytesOf(static_cast<CandidateId>(c));
  }
  Sizes sizes;
  for (const auto& [folder, bytes] : by_folder) {
    sizes.all += bytes;
    sizes.largest = std::max(sizes.largest, bytes);
  }
  return sizes;
}

Status Judge(const Figures& free, const Figures& bounded, std::int64_t budget, bool all_fit) {
  if (static_cast<double>(bounded.most) > kTolerance * static_cast<double>(budget)) {
    return RuntimeFailure("resident memory was above the budget by more than 10 %");
  }
  if (static_cast<double>(bounded.late) > kGrowth * static_cast<double>(bounded.early)) {
    return RuntimeFailure("resident memory grew by more than 2 %");
  }
  if (all_fit && (bounded.answers != free.answers || bounded.degraded > 0)) {
    return RuntimeFailure("answers are not the same as without a budget");
  }
  return {};
}

Status Main(const BundleArguments& arguments) {
  AMSEL_ASSIGN_OR_RETURN(const Figures free, MeasureApart(arguments, kAmple));
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(arguments.bundle));
  const Sizes sizes = SizesOf(bundle);
  const std::int64_t budget = free.empty + sizes.all / 2;
  AMSEL_ASSIGN_OR_RETURN(const Figures bounded, MeasureApart(arguments, budget));
  const auto row = [](const std::string& name, std::int64_t allowed, const Figures& figures) {
    const auto mb = [](std::int64_t bytes) {
      return bytes == 0 ? std::string() : fmt::format("{:.1f}", static_cast<double>(bytes) * 1e-6);
    };
    return std::vector<std::string>{name,
                                    mb(allowed),
                                    mb(figures.empty),
                                    mb(figures.early),
                                    mb(figures.late),
                                    mb(figures.most),
                                    mb(figures.peak),
                                    std::to_string(figures.loads),
                                    std::to_string(figures.degraded)};
  };
  fmt::print("{} images, resident memory in MB\n\n{}\n", arguments.count,
             FormatTable({"", "budget", "empty engine", "fifth tenth", "last tenth", "most", "peak while loading",
                          "waits for loads", "degraded"},
                         {row("ample", 0, free), row("half of the candidates", budget, bounded)}));
  return Judge(free, bounded, budget, sizes.largest <= sizes.all / 2);
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  return amsel::RunOnBundle("bench_memory", argc, argv, 5000, amsel::Main);
}
