// The C API with a bundle as data: the text before the first zero is a JSON Patch (RFC 6902) of the manifest of a
// bundle of two candidates, the rest the calls that are made where it opens. Every answer must be sound.
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "amsel/amsel.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "capi/handles.h"
#include "tests/support/two_candidates.h"

namespace {

struct Freed {
  void operator()(amsel_answer* answer) const { amsel_answer_free(answer); }
  void operator()(amsel_batch* batch) const { amsel_batch_free(batch); }
  void operator()(amsel_engine* engine) const { amsel_engine_close(engine); }
  void operator()(amsel_decisions* decisions) const { amsel_decisions_free(decisions); }
  void operator()(amsel_governor* governor) const { amsel_governor_free(governor); }
};

constexpr int kMostCalls = 24;
constexpr int kMostSide = 12;
constexpr std::size_t kMostStride = 40;

class World {
 public:
  World() : bundle_("fuzz_capi." + std::to_string(getpid()), amsel::TwoCandidates::GoOn) {
    manifest_ = amsel::ParseJson(amsel::ReadFile(File()).value(), File()).value();
    std::istringstream sums(amsel::ReadFile(bundle_.path() + "/SHA256SUMS").value());
    for (std::string line; std::getline(sums, line);) {
      if (!line.ends_with("  manifest.json")) other_sums_ += line + "\n";
    }
    if (Open("[]") == nullptr) std::abort();  // the unchanged bundle opens
  }
  ~World() {
    std::filesystem::remove_all(bundle_.path());
    std::filesystem::remove(bundle_.path() + ".onnx");
  }

  /// Null where the patch is none, or what it makes of the manifest is refused.
  std::unique_ptr<amsel_engine, Freed> Open(const std::string& patch) {
    amsel::Json manifest = manifest_;
    const auto changes = amsel::ParseJson(patch, "patch");
    if (changes.ok()) {
      try {
        manifest = manifest_.patch(*changes);
      } catch (const amsel::Json::exception&) {  // no patch of this manifest
      }
    }
    const std::string text = manifest.dump(-1, ' ', false, amsel::Json::error_handler_t::replace);
    std::ofstream(File()) << text;
    std::ofstream(bundle_.path() + "/SHA256SUMS") << other_sums_ << amsel::Sha256Hex(text) << "  manifest.json\n";
    auto engine = amsel::Engine::Open(bundle_.path(), bundle_.backend);
    if (!engine.ok()) return nullptr;
    return std::unique_ptr<amsel_engine, Freed>(new amsel_engine{std::move(*engine)});
  }

 private:
  std::string File() const { return bundle_.path() + "/manifest.json"; }

  amsel::TwoCandidates bundle_;
  amsel::Json manifest_;
  std::string other_sums_;  ///< lines of SHA256SUMS
};

void Check(bool sound) {
  if (!sound) std::abort();
}

void CheckAnswer(const amsel_engine* engine, const amsel_answer* answer) {
  const int chosen = amsel_answer_class(answer);
  const double probability = amsel_answer_probability(answer);
  Check(chosen >= -1 && chosen < amsel_engine_class_count(engine) && probability >= 0 && probability <= 1);
  Check((amsel_answer_label(answer) == nullptr) == (chosen < 0));
  Check(amsel_answer_point(answer) != nullptr);
  for (int i = -1; i <= amsel_answer_run_count(answer); ++i) {
    amsel_candidate_run run = AMSEL_CANDIDATE_RUN_INIT;
    const bool there = i >= 0 && i < amsel_answer_run_count(answer);
    Check((amsel_answer_run(answer, i, &run) == AMSEL_OK) == there);
  }
  amsel_times times = AMSEL_TIMES_INIT;
  Check(amsel_answer_times(answer, &times) == AMSEL_OK && times.total_ms >= 0);
  (void)amsel_answer_explanation(answer);
}

/// Pixels in a block of just the size that the header says is read, so that a read beyond it is seen.
struct Pixels {
  explicit Pixels(FuzzedDataProvider& data) {
    pixels.width = data.ConsumeIntegralInRange(-1, kMostSide);
    pixels.height = data.ConsumeIntegralInRange(-1, kMostSide);
    pixels.format = data.ConsumeIntegralInRange(-1, 5);
    pixels.stride = data.ConsumeBool() ? data.ConsumeIntegralInRange<std::size_t>(0, kMostStride)
                                       : data.ConsumeIntegral<std::size_t>();
    if (data.ConsumeBool()) pixels.chroma_stride = data.ConsumeIntegral<std::size_t>();
    const auto rows = static_cast<std::size_t>(std::max(pixels.height, 0));
    const std::size_t row = static_cast<std::size_t>(std::max(pixels.width, 0)) *
                            (pixels.format == AMSEL_PIXELS_BGR || pixels.format == AMSEL_PIXELS_RGB ? 3 : 1);
    const auto plane = [&](std::size_t count, std::size_t stride) {
      const bool huge = stride > kMostStride;  // must be refused before it is read
      return count == 0 ? 0 : (count - 1) * (huge ? 0 : std::max(stride, row)) + row;
    };
    luma.assign(plane(rows, pixels.stride), data.ConsumeIntegral<std::uint8_t>());
    chroma.assign(plane(rows / 2, pixels.chroma_stride != 0 ? pixels.chroma_stride : pixels.stride), 128);
    pixels.data = luma.empty() ? nullptr : luma.data();
    pixels.chroma = chroma.empty() ? nullptr : chroma.data();
  }
  /// Whether rows might lie where no memory is: undefined, and not called.
  bool Undefined() const {
    const auto beyond = [](std::size_t stride) { return stride > kMostStride && stride <= PTRDIFF_MAX; };
    return beyond(pixels.stride) || beyond(pixels.chroma_stride);
  }

  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  std::vector<std::uint8_t> luma;
  std::vector<std::uint8_t> chroma;
};

void Answer(amsel_engine* engine, FuzzedDataProvider& data, amsel_governor* governor) {
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  options.deadline_ms = data.ConsumeFloatingPoint<double>();
  options.explain = data.ConsumeIntegralInRange(0, 1);
  amsel_answer* answer = nullptr;
  amsel_status status = AMSEL_OK;
  if (data.ConsumeBool()) {
    const Pixels pixels(data);
    if (pixels.Undefined()) return;
    status = amsel_run_pixels(engine, &pixels.pixels, &options, &answer);
  } else {
    const std::string bytes = "P5 4 4 255\n" + data.ConsumeRandomLengthString(24);
    status = amsel_run_encoded(engine, bytes.data(), bytes.size(), &options, &answer);
  }
  Check((status == AMSEL_OK) == (answer != nullptr));
  const std::unique_ptr<amsel_answer, Freed> owned(answer);
  if (answer == nullptr) return;
  CheckAnswer(engine, answer);
  if (governor != nullptr) (void)amsel_governor_observe(governor, answer);
}

void Batch(amsel_engine* engine, FuzzedDataProvider& data) {
  std::vector<std::unique_ptr<Pixels>> pixels;
  std::vector<amsel_image> images;
  for (int i = data.ConsumeIntegralInRange(0, 5); i > 0; --i) {
    pixels.push_back(std::make_unique<Pixels>(data));
    if (pixels.back()->Undefined()) return;
    images.push_back(AMSEL_IMAGE_INIT);
    images.back().pixels = &pixels.back()->pixels;
  }
  amsel_batch* batch = nullptr;
  if (amsel_run_batch(engine, images.data(), images.size(), nullptr, &batch) != AMSEL_OK) return;
  const std::unique_ptr<amsel_batch, Freed> owned(batch);
  Check(amsel_batch_count(batch) == images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const amsel_answer* answer = amsel_batch_answer(batch, i);
    Check((amsel_batch_status(batch, i) == AMSEL_OK) == (answer != nullptr));
    if (answer != nullptr) CheckAnswer(engine, answer);
  }
}

/// Answers one input for a caller whose DNNs say what the bytes say.
void Decide(amsel_engine* engine, FuzzedDataProvider& data) {
  amsel_decisions* decisions = nullptr;
  Check(amsel_decisions_create(engine, &decisions) == AMSEL_OK);
  const std::unique_ptr<amsel_decisions, Freed> owned(decisions);
  std::vector<float> output;
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  options.explain = data.ConsumeIntegralInRange(0, 1);
  Check(amsel_decisions_begin(decisions, &options) == AMSEL_OK);
  for (int calls = 0; calls < kMostCalls; ++calls) {
    if (data.ConsumeIntegralInRange(0, 3) == 0) {  // what an interrupted input has, before it goes on
      amsel_answer* early = nullptr;
      if (amsel_decisions_answer(decisions, &early) == AMSEL_OK) CheckAnswer(engine, early);
      amsel_answer_free(early);
    }
    amsel_step step = AMSEL_STEP_INIT;
    Check(amsel_decisions_next(decisions, data.ConsumeIntegral<std::uint64_t>(), &step) == AMSEL_OK);
    if (step.kind == AMSEL_STEP_RUN) {
      Check(step.candidate >= 0 && step.candidate < amsel_engine_candidate_count(engine));
      Check(amsel_decisions_ran_with_confidence(decisions, step.candidate, 0.5, 0, 0) == AMSEL_ERROR_USAGE);
      output.clear();
      for (int k = data.ConsumeIntegralInRange(0, 3); k > 0; --k) output.push_back(data.ConsumeFloatingPoint<float>());
      output.reserve(1);
      if (amsel_decisions_ran(decisions, step.candidate, output.data(), output.size(), 0,
                              data.ConsumeFloatingPoint<double>()) != AMSEL_OK) {
        Check(amsel_decisions_failed(decisions, step.candidate, "refused") == AMSEL_OK);
      }
    } else if (step.kind == AMSEL_STEP_EXTRACT) {
      const float value = data.ConsumeBool() ? data.ConsumeFloatingPoint<float>() : NAN;
      if (amsel_decisions_features(decisions, &value, 1, 0) != AMSEL_OK) {
        Check(amsel_decisions_no_features(decisions, nullptr) == AMSEL_OK);
      }
    } else {
      break;
    }
  }
  amsel_answer* answer = nullptr;
  const bool answered = amsel_decisions_answer(decisions, &answer) == AMSEL_OK;
  Check(answered == (answer != nullptr));
  if (answered) CheckAnswer(engine, answer);
  amsel_answer_free(answer);
}

void Describe(amsel_engine* engine, int index) {
  amsel_point point = AMSEL_POINT_INIT;
  const bool there = index >= 0 && index < amsel_engine_point_count(engine);
  Check((amsel_engine_point(engine, index, &point) == AMSEL_OK) == there);
  if (!there) return;
  for (int c = 0; c < point.certificate_count; ++c) Check(amsel_engine_certificate(engine, index, c) != nullptr);
  Check(amsel_engine_set_point(engine, point.name) == AMSEL_OK);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static World world;
  const void* zero = std::memchr(bytes, 0, size);
  const auto patch = zero == nullptr ? size : static_cast<std::size_t>(static_cast<const std::uint8_t*>(zero) - bytes);
  const auto engine = world.Open(std::string(reinterpret_cast<const char*>(bytes), patch));
  if (engine == nullptr) return 0;
  FuzzedDataProvider data(bytes + patch, size - patch);
  std::unique_ptr<amsel_governor, Freed> governor;
  for (int call = 0; call < kMostCalls && data.remaining_bytes() > 0; ++call) {
    switch (data.ConsumeIntegralInRange(0, 5)) {
      case 0:
        Describe(engine.get(), data.ConsumeIntegralInRange(-1, 4));
        break;
      case 1:
        Batch(engine.get(), data);
        break;
      case 2: {
        amsel_governor_options options = AMSEL_GOVERNOR_OPTIONS_INIT;
        options.mean_latency_ms = data.ConsumeFloatingPoint<double>();
        options.watts = data.ConsumeFloatingPoint<double>();
        options.uncertified = data.ConsumeIntegralInRange(0, 1);
        governor.reset();
        amsel_governor* started = nullptr;
        (void)amsel_governor_start(engine.get(), &options, &started);
        governor.reset(started);
        if (started != nullptr) (void)amsel_governor_observe_watts(started, data.ConsumeFloatingPoint<double>());
        break;
      }
      case 3:
        Decide(engine.get(), data);
        break;
      default:
        Answer(engine.get(), data, governor.get());
    }
  }
  return 0;
}
