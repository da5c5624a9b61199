#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "amsel/version.h"
#include "backend/backends.h"
#include "base/status_macros.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "image/threads.h"

namespace amsel {
namespace {

// Of version 1 of the API: what the first structs ended with.
constexpr std::size_t kOptionsSize = offsetof(amsel_options, max_pixels) + sizeof(amsel_options::max_pixels);
constexpr std::size_t kCandidateOptionsSize =
    offsetof(amsel_candidate_options, reserved) + sizeof(amsel_candidate_options::reserved);
constexpr std::size_t kPointSize = offsetof(amsel_point, certificate_count) + sizeof(amsel_point::certificate_count);

std::string TextOr(const char* text) {
  return text == nullptr ? std::string() : text;
}

/// Usage error unless `name` is one of `names`; null is.
Status CheckName(const std::string& what, const char* name, const std::vector<std::string>& names) {
  if (name == nullptr || std::find(names.begin(), names.end(), name) != names.end()) return {};
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  return UsageError("there is no " + what + " `" + name + "`: " + list);
}

/// 0 stands for what is not set; what cannot be is refused by Engine::Open.
OperatingLimits LimitsOf(const amsel_options& options) {
  using Time = OperatingLimits::Time;
  OperatingLimits limits;
  if (options.max_mean_latency_ms != 0) limits.mean_latency = Time(options.max_mean_latency_ms);
  if (options.max_latency_ms != 0) limits.max_latency = Time(options.max_latency_ms);
  if (options.min_accuracy != 0) limits.min_accuracy = options.min_accuracy;
  if (options.max_energy_mj != 0) limits.max_energy_mj = options.max_energy_mj;
  limits.as_accurate_as_single_best = options.as_single_best != 0;
  return limits;
}

/// `Options` is amsel_options or amsel_candidate_options, which name these alike.
template <typename Options>
Result<SessionRequest> RequestOf(const Options& options) {
  SessionRequest request;
  request.backend = TextOr(options.backend);
  request.provider = TextOr(options.provider);
  if (options.threads != 0) request.threads = options.threads;
  AMSEL_RETURN_IF_ERROR(CheckName("precision", options.precision, PrecisionNames()));
  AMSEL_RETURN_IF_ERROR(CheckName("graph optimisation", options.graph, GraphOptimizationNames()));
  if (options.precision != nullptr) request.precision = PrecisionNamed(options.precision);
  if (options.graph != nullptr) request.graph = GraphOptimizationNamed(options.graph);
  return request;
}

Result<std::map<std::string, SessionRequest>> CandidatesOf(const amsel_options& options) {
  std::map<std::string, SessionRequest> requests;
  const auto add = [&](std::size_t, const amsel_candidate_options& own) -> Status {
    if (own.name == nullptr) return MissingArgument("name of candidate options");
    AMSEL_ASSIGN_OR_RETURN(SessionRequest request, RequestOf(own));
    if (requests.emplace(own.name, std::move(request)).second) return {};
    return UsageError("there are two candidate options for `" + std::string(own.name) + "`");
  };
  AMSEL_RETURN_IF_ERROR(EachOf("candidate options", options.candidates, options.candidate_count, kCandidateOptionsSize,
                               amsel_candidate_options AMSEL_CANDIDATE_OPTIONS_INIT, add));
  return requests;
}

Result<EngineOptions> EngineOptionsOf(const amsel_options& options) {
  EngineOptions result;
  AMSEL_ASSIGN_OR_RETURN(result.session, RequestOf(options));
  AMSEL_ASSIGN_OR_RETURN(result.candidates, CandidatesOf(options));
  result.cache = TextOr(options.engine_cache);
  if (options.public_key != nullptr) result.public_key = options.public_key;
  result.operating_point = TextOr(options.point);
  result.limits = LimitsOf(options);
  result.onnxruntime = TextOr(options.onnxruntime);
  if (options.max_pixels != 0) result.max_pixels = options.max_pixels;
  result.memory_budget = options.memory_budget;
  return result;
}

const OperatingPoint* PointOf(const amsel_engine* engine, int index) {
  if (engine == nullptr || index < 0) return nullptr;
  const auto& points = engine->engine.operating_points();
  return static_cast<std::size_t>(index) < points.size() ? &points[static_cast<std::size_t>(index)] : nullptr;
}

amsel_point Describe(const OperatingPoint& point) {
  return {sizeof(amsel_point),
          point.name.c_str(),
          point.top1,
          point.top1_low,
          point.top1_high,
          point.mean_latency.count(),
          point.p50_latency.count(),
          point.p99_latency.count(),
          point.worst_path.count(),
          point.energy_mj.value_or(-1),
          static_cast<int>(point.certificates.size()),
          point.over_single_best.value_or(std::numeric_limits<double>::quiet_NaN())};
}

}  // namespace
}  // namespace amsel

using amsel::Guarded;
using amsel::MissingArgument;
using amsel::Status;

int amsel_api_version(void) {
  return AMSEL_API_VERSION;
}

const char* amsel_version(void) {
  return amsel::kVersion;
}

amsel_status amsel_engine_open(const char* bundle, const amsel_options* options, amsel_engine** engine) {
  return Guarded([&]() -> Status {
    if (engine == nullptr) return MissingArgument("engine");
    *engine = nullptr;
    if (bundle == nullptr) return MissingArgument("bundle");
    amsel_options own = AMSEL_OPTIONS_INIT;
    AMSEL_RETURN_IF_ERROR(amsel::CopyIn("options", options, amsel::kOptionsSize, own));
    AMSEL_ASSIGN_OR_RETURN(const amsel::EngineOptions wanted, amsel::EngineOptionsOf(own));
    AMSEL_ASSIGN_OR_RETURN(amsel::Engine opened, amsel::Engine::Open(bundle, wanted));
    *engine = new amsel_engine{std::move(opened)};
    return {};
  });
}

void amsel_engine_close(amsel_engine* engine) {
  delete engine;
}

amsel_status amsel_engine_preload(amsel_engine* engine) {
  return Guarded([&]() -> Status {
    if (engine == nullptr) return MissingArgument("engine");
    engine->engine.Preload();
    return {};
  });
}

int amsel_engine_class_count(const amsel_engine* engine) {
  return engine == nullptr ? 0 : static_cast<int>(engine->engine.labels().size());
}

const char* amsel_engine_class_label(const amsel_engine* engine, int index) {
  if (index < 0 || index >= amsel_engine_class_count(engine)) return nullptr;
  return engine->engine.labels()[static_cast<std::size_t>(index)].c_str();
}

int amsel_engine_candidate_count(const amsel_engine* engine) {
  return engine == nullptr ? 0 : engine->engine.candidate_count();
}

const char* amsel_engine_candidate_name(const amsel_engine* engine, int index) {
  if (index < 0 || index >= amsel_engine_candidate_count(engine)) return nullptr;
  return engine->engine.CandidateName(index).c_str();
}

int amsel_engine_feature_count(const amsel_engine* engine) {
  return engine == nullptr ? 0 : static_cast<int>(engine->engine.feature_names().size());
}

const char* amsel_engine_feature_name(const amsel_engine* engine, int index) {
  if (index < 0 || index >= amsel_engine_feature_count(engine)) return nullptr;
  return engine->engine.feature_names()[static_cast<std::size_t>(index)].c_str();
}

int amsel_engine_point_count(const amsel_engine* engine) {
  return engine == nullptr ? 0 : static_cast<int>(engine->engine.operating_points().size());
}

amsel_status amsel_engine_point(const amsel_engine* engine, int index, amsel_point* point) {
  return Guarded([&]() -> Status {
    if (engine == nullptr) return MissingArgument("engine");
    const amsel::OperatingPoint* found = amsel::PointOf(engine, index);
    if (found == nullptr) {
      return amsel::UsageError("there is no operating point " + std::to_string(index) + ": the bundle has " +
                               std::to_string(amsel_engine_point_count(engine)));
    }
    return amsel::CopyOut("point", amsel::Describe(*found), amsel::kPointSize, point);
  });
}

const char* amsel_engine_certificate(const amsel_engine* engine, int index, int certificate) {
  const amsel::OperatingPoint* point = amsel::PointOf(engine, index);
  if (point == nullptr || certificate < 0) return nullptr;
  const auto at = static_cast<std::size_t>(certificate);
  return at < point->certificates.size() ? point->certificates[at].c_str() : nullptr;
}

int amsel_engine_current_point(amsel_engine* engine) {
  if (engine == nullptr) return -1;
  return static_cast<int>(&engine->engine.operating_point() - engine->engine.operating_points().data());
}

amsel_status amsel_engine_set_point(amsel_engine* engine, const char* name) {
  return Guarded([&]() -> Status {
    if (engine == nullptr) return MissingArgument("engine");
    if (name == nullptr) return MissingArgument("name");
    return engine->engine.SetOperatingPoint(name);
  });
}

amsel_status amsel_set_image_threads(int threads) {
  return Guarded([&]() -> Status {
    if (threads < 1 || threads > amsel::kMostThreads) {
      return amsel::UsageError("threads is " + std::to_string(threads) + ": expected 1 to " +
                               std::to_string(amsel::kMostThreads));
    }
    amsel::SetImageThreads(threads);
    return {};
  });
}
