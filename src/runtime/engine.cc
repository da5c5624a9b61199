#include "amsel/engine.h"

#include <algorithm>

#include "backend/onnxruntime_backend.h"
#include "base/status_macros.h"
#include "image/decode.h"
#include "image/view.h"
#include "runtime/executor.h"
#include "runtime/operating_point.h"

namespace amsel {

struct Engine::State {
  explicit State(Bundle opened) : bundle(std::move(opened)) {}

  std::unique_ptr<Backend> own_backend;  // null when the caller brought one
  Bundle bundle;
  SteadyClock clock;
  ImageDecoder decoder;
  std::int64_t max_pixels = 0;
  Image image;  ///< decoded or converted
  std::optional<Executor> executor;
  std::vector<OperatingPoint> points;
  std::size_t point = 0;
  std::optional<Episode> episode;  // at that point

  void SetPoint(int index) {
    point = static_cast<std::size_t>(index);
    episode.emplace(bundle.policy(), index);
  }
  Result<Answer> RunOn(const ImageView& bgr, const RunOptions& options, Nanoseconds spent,
                       std::vector<ExplainedStep>* steps);
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

namespace {

Result<int> FindOperatingPoint(const std::vector<OperatingPoint>& points, const std::string& name) {
  const auto it = std::find_if(points.begin(), points.end(), [&](const auto& point) { return point.name == name; });
  if (it != points.end()) return static_cast<int>(it - points.begin());
  std::string all;
  for (const OperatingPoint& point : points) all += " " + point.name;
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
  const Manifest& manifest = state->bundle.manifest();
  state->max_pixels = options.max_pixels;
  state->decoder = ImageDecoder({options.max_pixels, manifest.decode_min_side});
  for (const ManifestPoint& point : manifest.operating_points) {
    state->points.push_back(DescribeOperatingPoint(manifest, point));
  }
  const std::string& name = options.operating_point;
  if (!name.empty() && options.limits.any()) {
    return UsageError("an operating point is chosen by name or by limits, not by both (`" + name + "` was named)");
  }
  AMSEL_ASSIGN_OR_RETURN(const int point, name.empty() ? ChooseOperatingPoint(manifest, options.limits)
                                                       : FindOperatingPoint(state->points, name));
  AMSEL_ASSIGN_OR_RETURN(state->executor, Executor::Create(state->bundle, backend, options.session, state->clock));
  state->SetPoint(point);
  return Engine(std::move(state));
}

Result<Answer> Engine::Run(std::string_view encoded, const RunOptions& options, std::vector<ExplainedStep>* steps) {
  const Nanoseconds start = state_->clock.Now();
  AMSEL_RETURN_IF_ERROR(state_->decoder.Decode(encoded, state_->image));
  return state_->RunOn(state_->image, options, state_->clock.Now() - start, steps);
}

Result<Answer> Engine::Run(const ImageView& image, const RunOptions& options, std::vector<ExplainedStep>* steps) {
  const Nanoseconds start = state_->clock.Now();
  AMSEL_RETURN_IF_ERROR(CheckView(image, state_->max_pixels));
  const ImageView bgr = ToBgr(image, state_->image);
  return state_->RunOn(bgr, options, state_->clock.Now() - start, steps);
}

Result<Answer> Engine::State::RunOn(const ImageView& bgr, const RunOptions& options, Nanoseconds spent,
                                    std::vector<ExplainedStep>* steps) {
  AMSEL_ASSIGN_OR_RETURN(Answer answer,
                         executor->Run(bundle.policy(), *episode, bgr, {options.deadline, spent}, steps));
  answer.decode = spent;
  answer.operating_point = points[point].name;
  const bool as_tested = !answer.degraded && !answer.abstained && !options.deadline;
  answer.certified = as_tested && !points[point].certificates.empty();
  return answer;
}

void Engine::Preload() {
  for (std::size_t id = 0; id < state_->bundle.manifest().candidates.size(); ++id) {
    // What fails here fails again, and is reported, when the candidate is wanted.
    static_cast<void>(state_->executor->Load(static_cast<CandidateId>(id)));
  }
}

Status Engine::SetOperatingPoint(const std::string& name) {
  AMSEL_ASSIGN_OR_RETURN(const int point, FindOperatingPoint(state_->points, name));
  state_->SetPoint(point);
  return {};
}

const OperatingPoint& Engine::operating_point() const {
  return state_->points[state_->point];
}

const std::vector<OperatingPoint>& Engine::operating_points() const {
  return state_->points;
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
