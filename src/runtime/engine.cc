#include "amsel/engine.h"

#include <algorithm>

#include "backend/onnxruntime_backend.h"
#include "base/status_macros.h"
#include "image/decode.h"
#include "runtime/executor.h"

namespace amsel {

struct Engine::State {
  explicit State(Bundle opened) : bundle(std::move(opened)) {}

  std::unique_ptr<Backend> own_backend;  // null when the caller brought one
  Bundle bundle;
  SteadyClock clock;
  DecodeOptions decode;
  std::string operating_point;
  std::optional<Executor> executor;
  std::optional<Episode> episode;
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

namespace {

Result<int> FindOperatingPoint(const Policy& policy, const std::string& name) {
  const auto& points = policy.operating_points();
  if (name.empty()) return 0;
  const auto it = std::find(points.begin(), points.end(), name);
  if (it != points.end()) return static_cast<int>(it - points.begin());
  std::string all;
  for (const std::string& point : points) all += " " + point;
  return UsageError("the bundle has no operating point `" + name + "`; it has:" + all);
}

}  // namespace

Result<Engine> Engine::Open(const std::string& bundle, const EngineOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(std::unique_ptr<Backend> backend, OpenOnnxRuntime(options.onnxruntime));
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Open(bundle, *backend, options));
  engine.state_->own_backend = std::move(backend);
  return engine;
}

Result<Engine> Engine::Open(const std::string& bundle, Backend& backend, const EngineOptions& options) {
  AMSEL_ASSIGN_OR_RETURN(Bundle opened, Bundle::Open(bundle));
  auto state = std::make_unique<State>(std::move(opened));
  state->decode.max_pixels = options.max_pixels;
  const Policy& policy = state->bundle.policy();
  AMSEL_ASSIGN_OR_RETURN(const int point, FindOperatingPoint(policy, options.operating_point));
  state->operating_point = policy.operating_points()[static_cast<std::size_t>(point)];
  AMSEL_ASSIGN_OR_RETURN(state->executor, Executor::Create(state->bundle, backend, options.session, state->clock));
  state->episode.emplace(policy, point);
  return Engine(std::move(state));
}

Result<Answer> Engine::Run(std::string_view encoded, std::vector<ExplainedStep>* steps) {
  const Nanoseconds start = state_->clock.Now();
  AMSEL_ASSIGN_OR_RETURN(const Image image, DecodeImage(encoded, state_->decode));
  const Nanoseconds decoded = state_->clock.Now();
  AMSEL_ASSIGN_OR_RETURN(Answer answer, Run(image, steps));
  answer.decode = decoded - start;
  return answer;
}

Result<Answer> Engine::Run(const Image& image, std::vector<ExplainedStep>* steps) {
  AMSEL_ASSIGN_OR_RETURN(Answer answer, state_->executor->Run(state_->bundle.policy(), *state_->episode, image, steps));
  answer.operating_point = state_->operating_point;
  return answer;
}

const std::vector<std::string>& Engine::labels() const {
  return state_->bundle.labels();
}

const std::vector<std::string>& Engine::feature_names() const {
  return state_->bundle.policy().feature_names();
}

std::string Engine::CandidateName(CandidateId id) const {
  return state_->bundle.manifest().candidates[static_cast<std::size_t>(id)].name;
}

}  // namespace amsel
