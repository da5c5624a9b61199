#include <cmath>
#include <cstddef>
#include <deque>
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

namespace amsel {
namespace {

// Of version 1 of the API: what the first structs ended with.
constexpr std::size_t kRunOptionsSize = offsetof(amsel_run_options, explain) + sizeof(amsel_run_options::explain);
constexpr std::size_t kImageSize = offsetof(amsel_image, pixels) + sizeof(const amsel_pixels*);

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

  /// `input` is what Engine::Run takes: encoded bytes or a view of pixels.
  template <typename Input>
  Status Run(const Input& input) {
    Engine& engine = engine_->engine;
    AMSEL_ASSIGN_OR_RETURN(const RunOptions run_options, TimeLeft());
    const bool explain = options_.explain != 0;
    std::vector<ExplainedStep> steps;
    AMSEL_ASSIGN_OR_RETURN(Answer answer, engine.Run(input, run_options, explain ? &steps : nullptr));
    *answer_ = HandleOf(std::move(answer), explain ? &steps : nullptr, engine).release();
    return {};
  }

 private:
  RunCall(amsel_engine* engine, amsel_answer** answer) : engine_(engine), answer_(answer) {}

  /// The engine's own count starts later than ours: reading and copying came before.
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

/// The images of a batch.
struct BatchImages {
  std::vector<ImageSource> sources;  ///< as the engine takes them; empty where there is an error already
  std::deque<std::string> files;     ///< what those given by path hold
  std::vector<std::string> names;    ///< for messages: their path and ": "; empty where there is none
};

/// `results` gets an entry for each image.
Result<BatchImages> ImagesOf(const amsel_image* images, std::size_t count, std::vector<amsel_batch::Result>& results) {
  BatchImages batch;
  const auto add = [&](std::size_t i, const amsel_image& own) -> Status {
    results.emplace_back();
    batch.names.push_back(own.path == nullptr ? "" : std::string(own.path) + ": ");
    ImageSource& to = batch.sources.emplace_back(std::string_view());
    if ((own.bytes != nullptr) + (own.pixels != nullptr) + (own.path != nullptr) != 1) {
      return UsageError("image " + std::to_string(i) + ": expected either bytes, pixels or a path");
    }
    const auto refuse = [&](const Error& error) { results.back() = {nullptr, CodeOf(error.kind), error.message}; };
    if (own.bytes != nullptr) {
      to = std::string_view(static_cast<const char*>(own.bytes), own.length);
    } else if (own.pixels != nullptr) {
      AMSEL_ASSIGN_OR_RETURN(const amsel_pixels pixels, CopyOf(own.pixels));
      const Result<ImageView> view = ViewOfPixels(pixels);
      if (!view.ok()) {
        refuse(view.error());
        return {};
      }
      to = *view;
    } else if (Result<std::string> bytes = ReadFile(own.path); bytes.ok()) {
      to = batch.files.emplace_back(std::move(*bytes));
    } else {
      refuse(bytes.error());
    }
    return {};
  };
  AMSEL_RETURN_IF_ERROR(EachOf("images", images, count, kImageSize, amsel_image AMSEL_IMAGE_INIT, add));
  return batch;
}

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
    AMSEL_ASSIGN_OR_RETURN(const amsel_pixels own, amsel::CopyOf(pixels));
    AMSEL_ASSIGN_OR_RETURN(const amsel::ImageView view, amsel::ViewOfPixels(own));
    return call.Run(view);
  });
}

amsel_status amsel_run_batch(amsel_engine* engine, const amsel_image* images, size_t count,
                             const amsel_run_options* options, amsel_batch** batch) {
  return Guarded([&]() -> Status {
    if (batch == nullptr) return MissingArgument("batch");
    *batch = nullptr;
    if (engine == nullptr) return MissingArgument("engine");
    amsel_run_options own = AMSEL_RUN_OPTIONS_INIT;
    AMSEL_RETURN_IF_ERROR(amsel::CopyIn("options", options, amsel::kRunOptionsSize, own));
    if (own.deadline_ms != 0) return amsel::UsageError("options.deadline_ms: a batch has no deadline");
    auto result = std::make_unique<amsel_batch>();
    AMSEL_ASSIGN_OR_RETURN(const amsel::BatchImages taken, amsel::ImagesOf(images, count, result->results));
    std::vector<std::vector<amsel::ExplainedStep>> steps;
    const bool explain = own.explain != 0;
    auto answers = engine->engine.RunBatch(taken.sources, explain ? &steps : nullptr);
    for (std::size_t i = 0; i < count; ++i) {
      amsel_batch::Result& to = result->results[i];
      if (to.status != AMSEL_OK) continue;
      if (answers[i].ok()) {
        to.answer = amsel::HandleOf(std::move(*answers[i]), explain ? &steps[i] : nullptr, engine->engine);
      } else {
        to.status = amsel::CodeOf(answers[i].error().kind);
        to.error = taken.names[i] + answers[i].error().message;
      }
    }
    *batch = result.release();
    return {};
  });
}
