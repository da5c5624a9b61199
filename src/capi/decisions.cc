#include "amsel/decisions.h"

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status_macros.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/pixels.h"

namespace amsel {
namespace {

// Of version 1 of the API: what the first structs ended with.
constexpr std::size_t kStepSize = offsetof(amsel_step, value) + sizeof(amsel_step::value);
constexpr std::size_t kBeginOptionsSize = offsetof(amsel_run_options, explain) + sizeof(amsel_run_options::explain);

int KindOf(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kRun:
      return AMSEL_STEP_RUN;
    case Step::Kind::kExtract:
      return AMSEL_STEP_EXTRACT;
    case Step::Kind::kAnswer:
      return AMSEL_STEP_ANSWER;
    case Step::Kind::kAbstain:
      break;
  }
  return AMSEL_STEP_ABSTAIN;
}

Result<Nanoseconds> TimeOf(const char* name, double ms) {
  constexpr double kMost = 1e9;
  if (ms >= 0 && ms <= kMost) return FromMilliseconds(ms);
  return UsageError(std::string(name) + " is " + std::to_string(ms) + ", which cannot be");
}

std::string Reason(const char* why) {
  return why == nullptr ? "not available" : why;
}

/// Runs `body` on what decides.
template <typename Body>
amsel_status WithDecisions(amsel_decisions* decisions, Body&& body) {
  return Guarded([&]() -> Status {
    if (decisions == nullptr) return MissingArgument("decisions");
    return body(decisions->decisions);
  });
}

}  // namespace
}  // namespace amsel

using amsel::Guarded;
using amsel::MissingArgument;
using amsel::Status;
using amsel::WithDecisions;

amsel_status amsel_decisions_create(amsel_engine* engine, amsel_decisions** decisions) {
  return Guarded([&]() -> Status {
    if (decisions == nullptr) return MissingArgument("decisions");
    *decisions = nullptr;
    if (engine == nullptr) return MissingArgument("engine");
    AMSEL_ASSIGN_OR_RETURN(amsel::Decisions created, amsel::Decisions::Create(engine->engine));
    *decisions = new amsel_decisions{engine, std::move(created), false, {}, {}};
    return {};
  });
}

void amsel_decisions_free(amsel_decisions* decisions) {
  delete decisions;
}

amsel_status amsel_decisions_begin(amsel_decisions* decisions, const amsel_run_options* options) {
  return WithDecisions(decisions, [&](amsel::Decisions& begun) -> Status {
    amsel_run_options own = AMSEL_RUN_OPTIONS_INIT;
    AMSEL_RETURN_IF_ERROR(amsel::CopyIn("options", options, amsel::kBeginOptionsSize, own));
    if (own.deadline_ms != 0)
      return amsel::UsageError("options.deadline_ms: whoever runs the candidates keeps the time");
    decisions->explain = own.explain != 0;
    decisions->steps.clear();
    begun.Begin(decisions->explain ? &decisions->steps : nullptr);
    return {};
  });
}

amsel_status amsel_decisions_next(amsel_decisions* decisions, uint64_t unavailable, amsel_step* step) {
  return WithDecisions(decisions, [&](amsel::Decisions& deciding) -> Status {
    if (step == nullptr) return MissingArgument("step");
    AMSEL_RETURN_IF_ERROR(amsel::CheckStructSize("step", step->size, amsel::kStepSize));  // before anything changes
    amsel::CandidateSet available;
    for (amsel::CandidateId id = 0; id < amsel::kMaxCandidates; ++id) {
      if ((unavailable >> id & 1U) == 0) available.Insert(id);
    }
    const amsel::Step next = deciding.Next(available);
    return amsel::CopyOut(
        "step", amsel_step{sizeof(amsel_step), amsel::KindOf(next.kind), next.candidate, next.price, next.value},
        amsel::kStepSize, step);
  });
}

amsel_status amsel_decisions_ran(amsel_decisions* decisions, int candidate, const float* output, size_t count,
                                 double preprocess_ms, double inference_ms) {
  return WithDecisions(decisions, [&](amsel::Decisions& deciding) -> Status {
    if (output == nullptr) return MissingArgument("output");
    AMSEL_ASSIGN_OR_RETURN(const amsel::Nanoseconds preprocess, amsel::TimeOf("preprocess_ms", preprocess_ms));
    AMSEL_ASSIGN_OR_RETURN(const amsel::Nanoseconds inference, amsel::TimeOf("inference_ms", inference_ms));
    return deciding.Ran(candidate, {output, count}, inference, preprocess);
  });
}

amsel_status amsel_decisions_ran_with_confidence(amsel_decisions* decisions, int candidate, double confidence,
                                                 double preprocess_ms, double inference_ms) {
  return WithDecisions(decisions, [&](amsel::Decisions& deciding) -> Status {
    AMSEL_ASSIGN_OR_RETURN(const amsel::Nanoseconds preprocess, amsel::TimeOf("preprocess_ms", preprocess_ms));
    AMSEL_ASSIGN_OR_RETURN(const amsel::Nanoseconds inference, amsel::TimeOf("inference_ms", inference_ms));
    return deciding.RanWithConfidence(candidate, static_cast<float>(confidence), inference, preprocess);
  });
}

amsel_status amsel_decisions_failed(amsel_decisions* decisions, int candidate, const char* why) {
  return WithDecisions(decisions,
                       [&](amsel::Decisions& deciding) { return deciding.Failed(candidate, amsel::Reason(why)); });
}

amsel_status amsel_decisions_extract(amsel_decisions* decisions, const amsel_pixels* pixels) {
  return WithDecisions(decisions, [&](amsel::Decisions& deciding) -> Status {
    AMSEL_ASSIGN_OR_RETURN(const amsel_pixels own, amsel::CopyOf(pixels));
    AMSEL_ASSIGN_OR_RETURN(const amsel::ImageView view, amsel::ViewOfPixels(own));
    return deciding.Extract(view);
  });
}

amsel_status amsel_decisions_features(amsel_decisions* decisions, const float* values, size_t count, double took_ms) {
  return WithDecisions(decisions, [&](amsel::Decisions& deciding) -> Status {
    if (values == nullptr) return MissingArgument("values");
    AMSEL_ASSIGN_OR_RETURN(const amsel::Nanoseconds took, amsel::TimeOf("took_ms", took_ms));
    return deciding.GiveFeatures({values, count}, took);
  });
}

amsel_status amsel_decisions_no_features(amsel_decisions* decisions, const char* why) {
  return WithDecisions(decisions, [&](amsel::Decisions& deciding) -> Status {
    deciding.DenyFeatures(amsel::Reason(why));
    return {};
  });
}

amsel_status amsel_decisions_answer(amsel_decisions* decisions, amsel_answer** answer) {
  return Guarded([&]() -> Status {
    if (answer == nullptr) return MissingArgument("answer");
    *answer = nullptr;
    if (decisions == nullptr) return MissingArgument("decisions");
    AMSEL_RETURN_IF_ERROR(decisions->decisions.Finish(decisions->answer));
    const std::vector<amsel::ExplainedStep>* steps = decisions->explain ? &decisions->steps : nullptr;
    *answer = amsel::HandleOf(decisions->answer, steps, decisions->engine->engine).release();
    return {};
  });
}
