#include "amsel/engine.h"

#include <algorithm>
#include <limits>
#include <map>

#include "backend/caller_backend.h"
#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "image/preprocess.h"
#include "image/view.h"
#include "image/within_memory.h"
#include "runtime/batch.h"
#include "runtime/engine_state.h"
#include "runtime/governor.h"
#include "runtime/memory_budget.h"
#include "runtime/operating_point.h"
#include "runtime/placement.h"

namespace amsel {

constexpr std::size_t kMostAtOnce = 64;  // images of a batch: what they hold meanwhile bounds its memory
constexpr Nanoseconds kLongestDeadline = std::chrono::hours(24 * 365);  // sums of it do not overflow

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

/// Loads, runs and dismisses the smallest candidate of each back end, for what a back end takes for itself when it is
/// first used: that is no candidate's. Where this fails it will be told to whoever wants the candidate.
void UseBackendsOnce(const Bundle& bundle, const std::vector<Placement>& placements, const Clock& clock) {
  {
    CandidateStore store(bundle, placements, clock);
    std::map<const Backend*, CandidateId> smallest;
    for (CandidateId id = 0; id < bundle.policy().candidate_count(); ++id) {
      const auto at = smallest.emplace(placements[static_cast<std::size_t>(id)].backend, id).first;
      if (store.BytesOf(id) < store.BytesOf(at->second)) at->second = id;
    }
    std::vector<float> ignored;
    for (const auto& [backend, id] : smallest) {
      const Result<CandidateStore::Use> use = store.Get(id);
      const std::vector<std::byte> zeros(TensorBytes(bundle.card(id).preprocess));
      if (use.ok()) static_cast<void>(use->Infer(zeros, 1, ignored).ok());
    }
  }
  ReturnFreedMemory();
}

Status CheckOption(const std::string& name, double value, double least, double most) {
  if (value >= least && value <= most) return {};  // false of what is not a number, too
  return UsageError("options." + name + " is " + std::to_string(value) + ", which cannot be");
}

/// A limit that is set must be a finite number above 0.
Status CheckOptions(const EngineOptions& options) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  constexpr double kAny = std::numeric_limits<double>::max();
  const OperatingLimits& limits = options.limits;
  if (limits.mean_latency) {
    AMSEL_RETURN_IF_ERROR(CheckOption("limits.mean_latency", limits.mean_latency->count(), kLeast, kAny));
  }
  if (limits.max_latency) {
    AMSEL_RETURN_IF_ERROR(CheckOption("limits.max_latency", limits.max_latency->count(), kLeast, kAny));
  }
  if (limits.min_accuracy) {
    AMSEL_RETURN_IF_ERROR(CheckOption("limits.min_accuracy", *limits.min_accuracy, 0, 1));
  }
  if (limits.max_energy_mj) {
    AMSEL_RETURN_IF_ERROR(CheckOption("limits.max_energy_mj", *limits.max_energy_mj, kLeast, kAny));
  }
  AMSEL_RETURN_IF_ERROR(CheckOption("session.threads", options.session.threads.value_or(1), 1, kMostThreads));
  for (const auto& [name, request] : options.candidates) {
    AMSEL_RETURN_IF_ERROR(
        CheckOption("candidates[" + name + "].threads", request.threads.value_or(1), 1, kMostThreads));
  }
  AMSEL_RETURN_IF_ERROR(CheckOption("memory_budget", static_cast<double>(options.memory_budget), 0, kAny));
  return CheckOption("max_pixels", static_cast<double>(options.max_pixels), 1, kAny);
}

BackendChoice ChoiceOf(const EngineOptions& options) {
  return {options.session, options.candidates, options.onnxruntime, options.cache};
}

}  // namespace

Result<Engine> Engine::Open(const std::string& bundle, const EngineOptions& options) {
  AMSEL_RETURN_IF_ERROR(CheckOptions(options));
  AMSEL_ASSIGN_OR_RETURN(Bundle opened, Bundle::Open(bundle, options.public_key));
  auto backends = std::make_unique<Backends>(options.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Placement> placements,
                         PlaceCandidates(opened.manifest(), ChoiceOf(options), *backends));
  return State::Open(std::move(opened), placements, std::move(backends), options);
}

Result<Engine> Engine::Open(const std::string& bundle, Backend& backend, const EngineOptions& options) {
  AMSEL_RETURN_IF_ERROR(CheckOptions(options));
  AMSEL_ASSIGN_OR_RETURN(Bundle opened, Bundle::Open(bundle, options.public_key));
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Placement> placements,
                         PlaceCandidatesOn(opened.manifest(), ChoiceOf(options), backend));
  return State::Open(std::move(opened), placements, nullptr, options);
}

Result<Engine> Engine::State::Open(Bundle opened, const std::vector<Placement>& placements,
                                   std::unique_ptr<Backends> backends, const EngineOptions& options) {
  std::vector<OperatingPoint> points;
  for (std::size_t at = 0; at < opened.manifest().operating_points.size(); ++at) {
    points.push_back(DescribeOperatingPoint(opened.manifest(), opened.manifest().operating_points[at]));
    const bool void_here = !NotAsProfiled(opened.manifest(), opened.policy(), at, placements).empty();
    if (void_here) points.back().certificates.clear();
  }
  const auto by_caller = [](const Placement& at) { return IsCaller(*at.backend); };
  if (!std::all_of(placements.begin(), placements.end(), by_caller)) AMSEL_RETURN_IF_ERROR(opened.CheckRuns());
  auto state = std::make_unique<State>(std::move(opened), placements, options);
  state->backends = std::move(backends);
  state->points = std::move(points);
  const Manifest& manifest = state->bundle.manifest();
  const std::string& name = options.operating_point;
  if (!name.empty() && options.limits.any()) {
    return UsageError("an operating point is chosen by name or by limits, not by both (`" + name + "` was named)");
  }
  AMSEL_ASSIGN_OR_RETURN(const int point, name.empty() ? ChooseOperatingPoint(manifest, options.limits)
                                                       : FindOperatingPoint(state->points, name));
  AMSEL_RETURN_IF_ERROR(state->pool.Lend());  // and have it: the first call finds it ready
  if (SharedFeatureDnn* feature_dnn = state->store->feature_dnn().get();
      feature_dnn != nullptr && !by_caller(placements.back())) {
    static_cast<void>(feature_dnn->Load().ok());  // each answer that does without tells why
  }
  if (options.memory_budget > 0 && !std::all_of(placements.begin(), placements.end(), by_caller)) {
    UseBackendsOnce(state->bundle, placements, state->clock);
    state->store->SetBudget({options.memory_budget, ResidentBytes()});
  }
  AMSEL_RETURN_IF_ERROR(state->SetPoint(point));
  return Engine(std::move(state));
}

Status Engine::State::SetPoint(int index) {
  const ManifestPoint& wanted = bundle.manifest().operating_points[static_cast<std::size_t>(index)];
  AMSEL_RETURN_IF_ERROR(CheckBudget(*store, wanted));
  const MutexLock lock(moving);
  store->SetShares(CandidateShares(bundle.manifest(), wanted));
  point = static_cast<std::size_t>(index);
  return {};
}

Result<ImageView> Engine::State::Read(const ImageSource& source, Workspace& workspace) const {
  AMSEL_RETURN_IF_ERROR(bundle.CheckRuns());
  if (const auto* encoded = std::get_if<std::string_view>(&source)) return workspace.Decode(*encoded);
  const ImageView& view = std::get<ImageView>(source);
  AMSEL_RETURN_IF_ERROR(CheckView(view, max_pixels));
  if (view.file.bytes <= 0 && workspace.reads_file()) {
    return UsageError("the bundle reads features of the image's file, and frames have none: give encoded images");
  }
  return workspace.Convert(view);
}

void Engine::State::Label(Answer& answer, std::size_t at, bool deadline) const {
  answer.operating_point = points[at].name;
  const bool as_tested = !answer.degraded && !answer.abstained && !deadline;
  answer.certified = as_tested && !points[at].certificates.empty();
}

Result<Answer> Engine::State::Run(const ImageSource& source, const RunOptions& options,
                                  std::vector<ExplainedStep>* steps) {
  return WithinMemory("the image", [&] { return RunWithin(source, options, steps); });
}

Result<Answer> Engine::State::RunWithin(const ImageSource& source, const RunOptions& options,
                                        std::vector<ExplainedStep>* steps) {
  const Nanoseconds start = clock.Now();
  const std::size_t at = point;
  AMSEL_ASSIGN_OR_RETURN(const WorkspacePool::Loan workspace, pool.Lend());
  AMSEL_ASSIGN_OR_RETURN(const ImageView bgr, Read(source, *workspace));
  const Nanoseconds spent = clock.Now() - start;
  std::optional<Nanoseconds> deadline = options.deadline;
  if (deadline) deadline = std::clamp(*deadline, -kLongestDeadline, kLongestDeadline);
  Call call(*workspace, bundle.policy(), workspace->EpisodeAt(at), bgr, {deadline, spent}, steps);
  AMSEL_ASSIGN_OR_RETURN(Answer answer, call.Run());
  Label(answer, at, options.deadline.has_value());
  return answer;
}

Result<Answer> Engine::Run(std::string_view encoded, const RunOptions& options, std::vector<ExplainedStep>* steps) {
  return state_->Run(encoded, options, steps);
}

Result<Answer> Engine::Run(const ImageView& image, const RunOptions& options, std::vector<ExplainedStep>* steps) {
  return state_->Run(image, options, steps);
}

std::vector<Result<Answer>> Engine::RunBatch(std::span<const ImageSource> images,
                                             std::vector<std::vector<ExplainedStep>>* steps) {
  const std::size_t at = state_->point;
  std::vector<Result<Answer>> results(images.size(), Result<Answer>(Error{}));
  std::span<std::vector<ExplainedStep>> explained;
  if (steps != nullptr) {
    steps->assign(images.size(), {});
    explained = *steps;
  }
  for (std::size_t first = 0; first < images.size(); first += kMostAtOnce) {
    const std::size_t count = std::min(kMostAtOnce, images.size() - first);
    state_->RunTogether(images.subspan(first, count), at, std::span(results).subspan(first, count),
                        explained.empty() ? explained : explained.subspan(first, count));
  }
  return results;
}

void Engine::State::RunTogether(std::span<const ImageSource> images, std::size_t at, std::span<Result<Answer>> results,
                                std::span<std::vector<ExplainedStep>> steps) {
  std::vector<WorkspacePool::Loan> workspaces;
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<std::size_t> position;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Nanoseconds start = clock.Now();
    Result<WorkspacePool::Loan> workspace = pool.Lend();
    const Result<ImageView> bgr = WithinMemory("the image", [&] {
      return workspace.ok() ? Read(images[i], **workspace) : Result<ImageView>(workspace.error());
    });
    if (!bgr.ok()) {
      results[i] = bgr.error();
      continue;
    }
    const TimeBudget budget{{}, clock.Now() - start};
    workspaces.push_back(std::move(*workspace));
    position.push_back(i);
    Workspace& own = *workspaces.back();
    calls.push_back(std::make_unique<Call>(own, bundle.policy(), own.EpisodeAt(at), *bgr, budget,
                                           steps.empty() ? nullptr : &steps[i]));
    calls.back()->ShareRuns();
  }
  using Answers = Result<std::vector<Result<Answer>>>;
  Answers answers = WithinMemory("the batch", [&]() -> Answers { return FinishTogether(calls); });
  if (!answers.ok()) {  // one by one, so that one image's lack of memory is its own
    calls.clear();
    workspaces.clear();
    for (const std::size_t i : position) results[i] = Run(images[i], {}, steps.empty() ? nullptr : &steps[i]);
    return;
  }
  for (std::size_t c = 0; c < answers->size(); ++c) {
    Result<Answer>& answer = (*answers)[c];
    if (answer.ok()) Label(*answer, at, /*deadline=*/false);
    results[position[c]] = std::move(answer);
  }
}

void Engine::Preload() {
  state_->store->LoadAll();
}

Status Engine::SetOperatingPoint(const std::string& name) {
  AMSEL_ASSIGN_OR_RETURN(const int point, FindOperatingPoint(state_->points, name));
  return state_->SetPoint(point);
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

int Engine::candidate_count() const {
  return state_->bundle.policy().candidate_count();
}

const std::string& Engine::CandidateName(CandidateId id) const {
  return state_->bundle.manifest().candidates[static_cast<std::size_t>(id)].name;
}

Result<Governor> Governor::Create(const Engine& engine, const GovernorOptions& options) {
  Manifest manifest = engine.state_->bundle.manifest();
  for (std::size_t at = 0; at < manifest.operating_points.size(); ++at) {  // as they hold with these back ends
    if (engine.state_->points[at].certificates.empty()) manifest.operating_points[at].certificates.clear();
  }
  AMSEL_ASSIGN_OR_RETURN(std::vector<GovernedPoint> points, PointsToGovern(manifest, options));
  Status refused;
  for (const ManifestPoint& point : manifest.operating_points) {
    const Status status = CheckBudget(*engine.state_->store, point);
    if (status.ok()) continue;
    const bool was_there = std::erase_if(points, [&](const auto& governed) { return governed.name == point.name; }) > 0;
    if (was_there) refused = status;
  }
  if (points.empty()) return refused.error();
  std::vector<PlannedInference> planned;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    const DnnCost* cost = PlanningCost(candidate);
    planned.push_back(cost == nullptr ? PlannedInference{}
                                      : PlannedInference{cost->InferenceMs(true), cost->InferenceMs(false)});
  }
  std::string start = engine.operating_point().name;
  for (const ManifestPoint& point : manifest.operating_points) {
    if (point.name == start && !point.same_as.empty()) start = point.same_as;
  }
  return Governor(std::make_unique<Core>(std::move(points), options, planned, start));
}

}  // namespace amsel
