// What the engine costs beside the DNNs that it runs, and what a second thread brings.
//   bench_engine [BUNDLE IMAGES [COUNT]]      (default: 600 images of the demo)
// "bare": the same bytes decoded, prepared and put through the same candidates in the same order by a loop over
// sessions, which knows beforehand who shall run. Blocks of images take turns: the engine, the loop, both again in the
// other order. Ratios are medians over blocks. Threads share one engine; each takes the next image until none is left.
#include <atomic>
#include <optional>
#include <thread>

#include "amsel/engine.h"
#include "backend/candidate_runner.h"
#include "backend/onnxruntime_backend.h"
#include "base/clock.h"
#include "base/cores.h"
#include "base/text_table.h"
#include "benchmarks/bundle_arguments.h"
#include "bundle/bundle.h"
#include "image/decode.h"
#include "image/input_set.h"
#include "image/threads.h"

namespace amsel {
namespace {

constexpr std::size_t kBlock = 20;
constexpr std::size_t kMostImages = 5000;

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Sessions in a loop.
class BareLoop {
 public:
  static Result<BareLoop> Open(const Bundle& bundle, Backend& backend) {
    BareLoop loop(bundle);
    for (CandidateId id = 0; id < bundle.policy().candidate_count(); ++id) {
      AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle.VerifiedFile(bundle.candidate(id)));
      AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                             CandidateRunner::Open(backend, {}, file, bundle.card(id), bundle.manifest().classes));
      loop.runners_.push_back(std::move(runner));
      loop.input_of_.push_back(loop.inputs_.Add(bundle.card(id).preprocess));
    }
    return loop;
  }

  Status Run(const std::string& encoded, const std::vector<CandidateId>& candidates) {
    AMSEL_RETURN_IF_ERROR(decoder_.Decode(encoded, image_));
    inputs_.Forget();
    for (const CandidateId id : candidates) {
      const auto c = static_cast<std::size_t>(id);
      AMSEL_RETURN_IF_ERROR(runners_[c].Infer(inputs_.Prepare(input_of_[c], image_)));
    }
    return {};
  }

 private:
  explicit BareLoop(const Bundle& bundle) : decoder_({DecodeOptions().max_pixels, bundle.manifest().decode_min_side}) {}

  ImageDecoder decoder_;
  Image image_;
  InputSet inputs_;
  std::vector<CandidateRunner> runners_;
  std::vector<std::size_t> input_of_;
};

/// Milliseconds that `work` takes.
template <typename Work>
Result<double> Timed(Work&& work) {
  const SteadyClock clock;
  const Nanoseconds start = clock.Now();
  AMSEL_RETURN_IF_ERROR(work());
  return Milliseconds(clock.Now() - start);
}

Result<std::vector<std::string>> AgainstBare(Engine& engine, BareLoop& bare, const std::vector<std::string>& images) {
  std::vector<std::vector<CandidateId>> chosen;  // by image; the first round, which also warms up
  for (const std::string& image : images) {
    AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(image));
    std::vector<CandidateId>& candidates = chosen.emplace_back();
    for (const CandidateRun& run : answer.runs) candidates.push_back(run.candidate);
    AMSEL_RETURN_IF_ERROR(bare.Run(image, candidates));
  }
  std::vector<double> ratios;
  double engine_ms = 0;
  double bare_ms = 0;
  for (std::size_t begin = 0; begin < images.size(); begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, images.size());
    double sums[2] = {0, 0};
    for (const int way : {0, 1, 1, 0}) {
      AMSEL_ASSIGN_OR_RETURN(const double ms, Timed([&]() -> Status {
                               for (std::size_t i = begin; i < end; ++i) {
                                 if (way == 0) AMSEL_RETURN_IF_ERROR(engine.Run(images[i]));
                                 if (way == 1) AMSEL_RETURN_IF_ERROR(bare.Run(images[i], chosen[i]));
                               }
                               return {};
                             }));
      sums[way] += ms / 2;
    }
    ratios.push_back(sums[0] / sums[1]);
    engine_ms += sums[0];
    bare_ms += sums[1];
  }
  const auto per_image = [&](double ms) { return fmt::format("{:.3f}", ms / static_cast<double>(images.size())); };
  return std::vector<std::string>{engine.operating_point().name, per_image(engine_ms), per_image(bare_ms),
                                  fmt::format("{:.3f}", Median(ratios))};
}

/// Milliseconds for the images with so many threads.
Result<double> WithThreads(Engine& engine, std::span<const std::string> images, std::size_t threads) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  return Timed([&]() -> Status {
    const std::vector<int> cores = AllowedCores();
    {
      std::vector<std::jthread> others;
      for (std::size_t t = 0; t < threads; ++t) {
        others.emplace_back([&, t] {
          if (t < cores.size()) static_cast<void>(PinThisThread(cores[t]).ok());
          for (std::size_t i = next++; i < images.size(); i = next++) {
            if (!engine.Run(images[i]).ok()) failed = true;
          }
        });
      }
    }
    return failed ? Status(RuntimeFailure("an image could not be answered")) : Status();
  });
}

Result<std::vector<std::string>> AgainstOneThread(Engine& engine, const std::vector<std::string>& images,
                                                  std::size_t threads) {
  const std::size_t block = std::max(images.size() / 10, kBlock);  // long enough for starting threads not to matter
  std::vector<double> gains;
  double ms_of_one = 0;
  double ms_of_many = 0;
  for (std::size_t begin = 0; begin < images.size(); begin += block) {
    const std::span<const std::string> some =
        std::span<const std::string>(images).subspan(begin, std::min(block, images.size() - begin));
    double sums[2] = {0, 0};
    for (const int way : {0, 1, 1, 0}) {
      AMSEL_ASSIGN_OR_RETURN(const double ms, WithThreads(engine, some, way == 0 ? 1 : threads));
      sums[way] += ms / 2;
    }
    gains.push_back(sums[0] / sums[1]);
    ms_of_one += sums[0];
    ms_of_many += sums[1];
  }
  const auto rate = [&](double ms) { return fmt::format("{:.0f}", 1000 * static_cast<double>(images.size()) / ms); };
  return std::vector<std::string>{fmt::format("{}, {} threads", engine.operating_point().name, threads),
                                  rate(ms_of_one), rate(ms_of_many), fmt::format("{:.2f}", Median(gains))};
}

Status Main(const BundleArguments& arguments) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, OpenOnnxRuntime({}));
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(arguments.bundle));
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(arguments.bundle, *backend));
  AMSEL_ASSIGN_OR_RETURN(BareLoop bare, BareLoop::Open(bundle, *backend));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> images, FetchImages(arguments, engine.labels(), kMostImages));
  engine.Preload();
  std::vector<std::vector<std::string>> overhead;
  std::vector<std::vector<std::string>> threads;
  const std::vector<OperatingPoint> points = engine.operating_points();
  for (const OperatingPoint& point : points) {
    AMSEL_RETURN_IF_ERROR(engine.SetOperatingPoint(point.name));
    AMSEL_ASSIGN_OR_RETURN(std::vector<std::string> row, AgainstBare(engine, bare, images));
    overhead.push_back(std::move(row));
    if (&point != &points.front()) continue;
    AMSEL_ASSIGN_OR_RETURN(std::vector<std::string> gain, AgainstOneThread(engine, images, 2));
    threads.push_back(std::move(gain));
  }
  fmt::print("{} images, decoding included\n\n{}\n{} processors\n\n{}\n", images.size(),
             FormatTable({"operating point", "engine ms", "bare loop ms", "engine/bare"}, overhead),
             AllowedCores().size(),
             FormatTable({"operating point", "images/s with one thread", "images/s", "speed-up"}, threads));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  return amsel::RunOnBundle("bench_engine", argc, argv, 600, amsel::Main);
}
