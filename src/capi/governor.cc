#include <cstddef>
#include <memory>

#include "base/status_macros.h"
#include "capi/guard.h"
#include "capi/handles.h"

namespace amsel {
namespace {

// Of version 1 of the API: what the first struct ended with.
constexpr std::size_t kGovernorOptionsSize =
    offsetof(amsel_governor_options, uncertified) + sizeof(amsel_governor_options::uncertified);

/// 0 stands for what is not set; what cannot be is refused by Governor::Create.
GovernorOptions GovernorOptionsOf(const amsel_governor_options& options) {
  GovernorOptions result;
  if (options.mean_latency_ms != 0) result.mean_latency = GovernorOptions::Time(options.mean_latency_ms);
  if (options.frames_per_second != 0) result.frames_per_second = options.frames_per_second;
  if (options.watts != 0) result.watts = options.watts;
  result.min_accuracy = options.min_accuracy;
  result.as_accurate_as_single_best = options.as_single_best != 0;
  result.certified_only = options.uncertified == 0;
  result.savers = options.savers != 0;
  return result;
}

}  // namespace
}  // namespace amsel

using amsel::Guarded;
using amsel::MissingArgument;
using amsel::Status;

amsel_status amsel_governor_start(amsel_engine* engine, const amsel_governor_options* options,
                                  amsel_governor** governor) {
  return Guarded([&]() -> Status {
    if (governor == nullptr) return MissingArgument("governor");
    *governor = nullptr;
    if (engine == nullptr) return MissingArgument("engine");
    amsel_governor_options own = AMSEL_GOVERNOR_OPTIONS_INIT;
    AMSEL_RETURN_IF_ERROR(amsel::CopyIn("options", options, amsel::kGovernorOptionsSize, own));
    auto started = std::make_unique<amsel_governor>();
    AMSEL_ASSIGN_OR_RETURN(started->governed,
                           amsel::GovernedEngine::Start(engine->engine, amsel::GovernorOptionsOf(own), started->clock));
    *governor = started.release();
    return {};
  });
}

void amsel_governor_free(amsel_governor* governor) {
  delete governor;
}

amsel_status amsel_governor_observe(amsel_governor* governor, const amsel_answer* answer) {
  return Guarded([&]() -> Status {
    if (governor == nullptr) return MissingArgument("governor");
    if (answer == nullptr) return MissingArgument("answer");
    return governor->governed->Saw(answer->answer);
  });
}

amsel_status amsel_governor_observe_watts(amsel_governor* governor, double watts) {
  return Guarded([&]() -> Status {
    if (governor == nullptr) return MissingArgument("governor");
    return governor->governed->SawWatts(watts);
  });
}

int amsel_governor_overloaded(const amsel_governor* governor) {
  return governor != nullptr && governor->governed->overloaded() ? 1 : 0;
}

size_t amsel_governor_moves(const amsel_governor* governor) {
  return governor == nullptr ? 0 : governor->governed->moves();
}
