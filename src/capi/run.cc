#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/pixels.h"
#include "runtime/answer_json.h"

namespace amsel {
namespace {

// Of version 1 of the API: what the first structs ended with.
constexpr std::size_t kRunOptionsSize = offsetof(amsel_run_options, explain) + sizeof(amsel_run_options::explain);
constexpr std::size_t kPixelsSize = offsetof(amsel_pixels, format) + sizeof(amsel_pixels::format);

/// One call: its options and its deadline, which runs from the construction.
class RunCall {
 public:
  static Result<RunCall> Begin(amsel_engine* engine, const amsel_run_options* options, amsel_answer** answer) {
    if (answer == nullptr) return MissingArgument("answer");
    *answer = nullptr;
    if (engine == nullptr) return MissingArgument("engine");
    RunCall call(engine, answer);
    AMSEL_RETURN_IF_ERROR(CopyIn("options", options, kRunOptionsSize, call.options_));
    if (!std::isfinite(call.options_.deadline_ms) || call.options_.deadline_ms < 0) {
      return UsageError("options.deadline_ms is " + std::to_string(call.options_.deadline_ms) + ", which cannot be");
    }
    return call;
  }

  /// `input` is what Engine::Run takes: encoded bytes or an Image.
  template <typename Input>
  Status Run(const Input& input) {
    const std::lock_guard<std::mutex> lock(engine_->mutex);
    Engine& engine = engine_->engine;
    AMSEL_ASSIGN_OR_RETURN(const RunOptions run_options, TimeLeft());
    const bool explain = options_.explain != 0;
    std::vector<ExplainedStep> steps;
    AMSEL_ASSIGN_OR_RETURN(Answer answer, engine.Run(input, run_options, explain ? &steps : nullptr));
    auto result = std::make_unique<amsel_answer>();
    for (const CandidateRun& run : answer.runs) result->candidates.push_back(engine.CandidateName(run.candidate));
    if (!answer.abstained) result->label = engine.labels()[static_cast<std::size_t>(answer.label)];
    if (explain) result->explanation = JsonLine(ExplainedToJson(answer, steps, engine));
    result->answer = std::move(answer);
    *answer_ = result.release();
    return {};
  }

 private:
  RunCall(amsel_engine* engine, amsel_answer** answer) : engine_(engine), answer_(answer) {}

  /// The engine's own count starts later than ours: reading, copying and waiting for the engine came before.
  Result<RunOptions> TimeLeft() const {
    RunOptions run_options;
    if (options_.deadline_ms > 0) {
      run_options.deadline = FromMilliseconds(options_.deadline_ms) - (SteadyClock().Now() - start_);
      if (*run_options.deadline <= Nanoseconds(0)) {
        return RuntimeFailure("the deadline of " + std::to_string(options_.deadline_ms) +
                              " ms had passed before the image was looked at");
      }
    }
    return run_options;
  }

  amsel_engine* engine_;
  amsel_answer** answer_;
  amsel_run_options options_ = AMSEL_RUN_OPTIONS_INIT;
  Nanoseconds start_ = SteadyClock().Now();
};

}  // namespace
}  // namespace amsel

using amsel::Guarded;
using amsel::MissingArgument;
using amsel::RunCall;
using amsel::Status;

amsel_status amsel_run_encoded(amsel_engine* engine, const void* bytes, size_t length, const amsel_run_options* options,
                               amsel_answer** answer) {
  return Guarded([&]() -> Status {
    AMSEL_ASSIGN_OR_RETURN(RunCall call, RunCall::Begin(engine, options, answer));
    if (bytes == nullptr) return MissingArgument("bytes");
    return call.Run(std::string_view(static_cast<const char*>(bytes), length));
  });
}

amsel_status amsel_run_file(amsel_engine* engine, const char* path, const amsel_run_options* options,
                            amsel_answer** answer) {
  return Guarded([&]() -> Status {
    AMSEL_ASSIGN_OR_RETURN(RunCall call, RunCall::Begin(engine, options, answer));
    if (path == nullptr) return MissingArgument("path");
    AMSEL_ASSIGN_OR_RETURN(const std::string bytes, amsel::ReadFile(path));
    Status status = call.Run(std::string_view(bytes));
    if (status.ok()) return {};
    return amsel::Error{status.error().kind, std::string(path) + ": " + status.error().message};
  });
}

amsel_status amsel_run_pixels(amsel_engine* engine, const amsel_pixels* pixels, const amsel_run_options* options,
                              amsel_answer** answer) {
  return Guarded([&]() -> Status {
    AMSEL_ASSIGN_OR_RETURN(RunCall call, RunCall::Begin(engine, options, answer));
    if (pixels == nullptr) return MissingArgument("pixels");
    amsel_pixels own = AMSEL_PIXELS_INIT;
    AMSEL_RETURN_IF_ERROR(amsel::CopyIn("pixels", pixels, amsel::kPixelsSize, own));
    AMSEL_ASSIGN_OR_RETURN(const amsel::Image image, amsel::ImageFromPixels(own, engine->max_pixels));
    return call.Run(image);
  });
}
