// A model of the present speed of each candidate, fitted by exponential smoothing of what they take against what was
// planned, and a choice among points by what the model predicts, with hysteresis and exponential back-off upwards.
#include "runtime/governor.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "bundle/point_names.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

constexpr double kFade = 1.0 / 128;        // weight of the newest inference
constexpr double kDepthFade = 1.0 / 1024;  // weight of the newest answer: paths differ by far more than inferences do
constexpr double kLongestWait = 64;        // times `dwell`
constexpr double kThousand = 1000;
constexpr double kLeastMs = 1e-9;

}  // namespace

Result<std::vector<GovernedPoint>> PointsToGovern(const Manifest& manifest, const GovernorOptions& options) {
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  const auto wrong = [&](const std::optional<double>& target) { return target && !positive(*target); };
  if (!options.mean_latency && !options.frames_per_second && !options.watts) {
    return UsageError("the governor needs a target: a mean latency, frames a second, or watts");
  }
  if ((options.mean_latency && !positive(options.mean_latency->count())) || wrong(options.frames_per_second) ||
      wrong(options.watts)) {
    return UsageError("the governor's targets must be positive numbers");
  }
  const bool leaves_room = options.hysteresis >= 0 && options.hysteresis < 1;  // not so for what is no number
  if (!leaves_room) {
    return UsageError("the governor's hysteresis must be at least 0 and less than 1");
  }
  if (options.dwell.count() < 0 || options.forget.count() <= 0) {
    return UsageError("the governor's dwell must not be negative, and its forget must be positive");
  }
  double least = options.min_accuracy;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    const bool yardstick = options.as_accurate_as_single_best && candidate.name == manifest.single_best;
    if (yardstick) least = std::max(least, candidate.training_top1);
  }
  std::vector<GovernedPoint> points;
  bool certified = false;
  for (const ManifestPoint& point : manifest.operating_points) {
    if (!point.same_as.empty() || (IsSaver(point.name) && !options.savers)) continue;
    certified = certified || point.certified();
    if ((options.certified_only && !point.certified()) || point.top1 < least) continue;
    points.push_back({point.name, point.top1, LoadOf(manifest, point), PlannedEnergyMj(manifest, point)});
  }
  if (points.empty() && options.certified_only && !certified) {
    return UsageError(
        "no operating point of the bundle has a certificate that holds (`amsel inspect` says why); the governor uses "
        "others only if told to: --hold-uncertified, `uncertified` in C and Python, `certified_only = false` in C++");
  }
  if (points.empty()) {
    return UsageError("no operating point that the governor may use is planned with a top-1 accuracy of " +
                      std::to_string(least) + " or more");
  }
  std::stable_sort(points.begin(), points.end(), [](const GovernedPoint& a, const GovernedPoint& b) {
    return a.top1 != b.top1 ? a.top1 > b.top1 : a.load.total_ms() < b.load.total_ms();
  });
  return points;
}

Governor::Core::Core(std::vector<GovernedPoint> points, const GovernorOptions& options,
                     const std::vector<PlannedInference>& planned, const std::string& start)
    : points_(std::move(points)), options_(options), planned_(planned) {
  wait_ = options.dwell;
  for (const PlannedInference& one : planned_) {  // until there are answers, all is as planned
    paces_.push_back({one.alone_ms, one.alone_ms, {}});
    all_ = {all_.taken + one.alone_ms, all_.planned + one.alone_ms, {}};
  }
  const auto at = std::find_if(points_.begin(), points_.end(), [&](const auto& point) { return point.name == start; });
  const auto faster = [](const GovernedPoint& a, const GovernedPoint& b) {
    return a.load.total_ms() < b.load.total_ms();
  };
  at_ = static_cast<std::size_t>((at != points_.end() ? at : std::min_element(points_.begin(), points_.end(), faster)) -
                                 points_.begin());
}

void Governor::Core::Pace::Add(double taken_ms, double planned_ms) {
  taken += kFade * (taken_ms - taken);
  planned += kFade * (planned_ms - planned);
}

double Governor::Core::FactorOf(std::size_t candidate, std::chrono::nanoseconds now) const {
  const Pace& pace = paces_[candidate];
  const double age = std::max(0.0, std::chrono::duration<double>(now - pace.seen).count());
  const double trust = std::exp(-age / std::chrono::duration<double>(options_.forget).count());
  return all_.factor() + trust * (pace.factor() - all_.factor());
}

double Governor::Core::PredictedMs(const GovernedPoint& point, std::chrono::nanoseconds now) const {
  double predicted = point.load.rest_ms * all_.factor();
  for (std::size_t c = 0; c < paces_.size(); ++c) {
    if (point.load.candidate_ms[c] > 0) predicted += point.load.candidate_ms[c] * FactorOf(c, now);
  }
  return predicted * deeper_;
}

double Governor::Core::PowerRatio(const GovernedPoint& point, std::chrono::nanoseconds now) const {
  const GovernedPoint& here = points_[at_];
  if (point.energy_mj && here.energy_mj && *here.energy_mj > 0) return *point.energy_mj / *here.energy_mj;
  return PredictedMs(point, now) / std::max(PredictedMs(here, now), kLeastMs);
}

double Governor::Core::Pressure(const GovernedPoint& point, std::chrono::nanoseconds now) const {
  const double predicted = PredictedMs(point, now);
  double pressure = 0;
  if (options_.mean_latency) pressure = std::max(pressure, predicted / options_.mean_latency->count());
  if (options_.frames_per_second) pressure = std::max(pressure, predicted * *options_.frames_per_second / kThousand);
  if (options_.watts && watts_ > 0) {
    pressure = std::max(pressure, watts_ * PowerRatio(point, now) / *options_.watts);
  }
  return pressure;
}

void Governor::Core::Observe(std::chrono::nanoseconds now, const Answer& answer) {
  if (!started_) {
    started_ = true;
    moved_ = now;
  }
  const bool loaded =
      std::any_of(answer.runs.begin(), answer.runs.end(), [](const auto& run) { return run.load.count() > 0; });
  if (loaded || answer.degraded || answer.operating_point != points_[at_].name) return;
  for (const CandidateRun& run : answer.runs) {
    const auto c = static_cast<std::size_t>(run.candidate);
    if (c >= planned_.size() || planned_[c].alone_ms <= 0) continue;  // an answer of another bundle, or without a plan
    const double planned_ms = answer.runs.size() == 1 ? planned_[c].alone_ms : planned_[c].after_ms;
    paces_[c].Add(Milliseconds(run.inference), planned_ms);
    paces_[c].seen = now;
    all_.Add(Milliseconds(run.inference), planned_ms);
  }
  const double predicted = PredictedMs(points_[at_], now);
  if (predicted > 0) deeper_ *= 1 + kDepthFade * (Milliseconds(answer.total) / predicted - 1);
  ++since_move_;
  Decide(now);
}

void Governor::Core::ObserveWatts(std::chrono::nanoseconds now, double watts) {
  if (!std::isfinite(watts) || watts < 0) return;
  watts_ = watts;
  Decide(now);
}

void Governor::Core::Decide(std::chrono::nanoseconds now) {
  const double here = Pressure(points_[at_], now);
  overloaded_ = here > 1;
  if (since_move_ < options_.settle) return;
  const bool may_rise = now - moved_ >= wait_;
  if (here <= 1 && may_rise && went_up_) wait_ = options_.dwell;  // the last move upwards has stood
  std::size_t best = points_.size();
  std::size_t fastest = at_;
  double least = here;
  for (std::size_t p = 0; p < points_.size(); ++p) {
    const double pressure = Pressure(points_[p], now);
    const bool above = p < at_;
    const bool fits = above ? may_rise && pressure <= 1 - options_.hysteresis : pressure <= 1;
    if (fits && best == points_.size()) best = p;
    if (pressure < least) {
      fastest = p;
      least = pressure;
    }
  }
  if (best == points_.size()) best = fastest;
  if (best != at_) MoveTo(best, now);
}

void Governor::Core::MoveTo(std::size_t index, std::chrono::nanoseconds now) {
  const bool up = index < at_;
  if (!up && went_up_ && now - moved_ < wait_) {  // the move upwards was too early
    wait_ = std::min(2 * wait_, std::chrono::nanoseconds(static_cast<std::int64_t>(
                                    kLongestWait * static_cast<double>(options_.dwell.count()))));
  }
  watts_ *= PowerRatio(points_[index], now);  // until it is told anew, what the move should make of it
  at_ = index;
  moved_ = now;
  since_move_ = 0;
  went_up_ = up;
  ++moves_;
}

void Governor::Core::Refused(const std::string& present) {
  const auto back = [&] {
    return std::find_if(points_.begin(), points_.end(), [&](const auto& point) { return point.name == present; });
  };
  if (back() == points_.end() || points_[at_].name == present) return;
  watts_ *= PowerRatio(*back(), moved_);
  points_.erase(points_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = static_cast<std::size_t>(back() - points_.begin());
  went_up_ = false;
  --moves_;
}

Governor::Governor(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Governor::~Governor() = default;
Governor::Governor(Governor&&) noexcept = default;
Governor& Governor::operator=(Governor&&) noexcept = default;

void Governor::Observe(std::chrono::nanoseconds now, const Answer& answer) {
  core_->Observe(now, answer);
}
void Governor::ObserveWatts(std::chrono::nanoseconds now, double watts) {
  core_->ObserveWatts(now, watts);
}
void Governor::Refused(const std::string& present) {
  core_->Refused(present);
}
const std::string& Governor::point() const {
  return core_->point().name;
}
bool Governor::overloaded() const {
  return core_->overloaded();
}
std::size_t Governor::moves() const {
  return core_->moves();
}

}  // namespace amsel
