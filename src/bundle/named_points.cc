#include "bundle/named_points.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "bundle/point_names.h"

namespace amsel {
namespace {

constexpr double kSlack = 1 + 1e-9;  // sums of the same terms in another order

class Chooser {
 public:
  Chooser(std::span<const PlannedPoint> options, const PointChoice& choice) : options_(options), choice_(choice) {
    for (std::size_t o = 0; o < options.size(); ++o) {
      if (PassesBar(options[o])) passing_.push_back(o);
    }
    std::stable_sort(passing_.begin(), passing_.end(), [&](std::size_t a, std::size_t b) {
      return options_[a].mean_ms != options_[b].mean_ms ? options_[a].mean_ms < options_[b].mean_ms
                                                        : options_[a].accuracy > options_[b].accuracy;
    });
  }

  bool any() const { return !passing_.empty(); }

  std::size_t Fastest() const {
    const std::size_t first = passing_.front();
    if (!choice_.present) return first;
    const PlannedPoint& present = options_[choice_.present->fast];
    return PassesBar(present) && present.mean_ms <= options_[first].mean_ms * kSlack ? choice_.present->fast : first;
  }

  /// Whether an option is neither faster nor less accurate than `least`.
  bool Follows(const PlannedPoint& option, std::size_t least) const {
    return option.accuracy >= options_[least].accuracy && option.mean_ms * kSlack >= options_[least].mean_ms;
  }

  /// The simplest that is as good as the most accurate of those that `fits` accepts; `otherwise` where there is none.
  template <typename Fits>
  std::size_t MostAccurate(std::size_t otherwise, std::optional<std::size_t> present, Fits&& fits) const {
    std::vector<std::size_t> fitting;
    std::copy_if(passing_.begin(), passing_.end(), std::back_inserter(fitting),
                 [&](std::size_t o) { return fits(options_[o]); });
    if (fitting.empty()) return otherwise;
    if (present && std::find(fitting.begin(), fitting.end(), *present) != fitting.end()) return *present;
    const std::size_t best = *std::max_element(fitting.begin(), fitting.end(), [&](std::size_t a, std::size_t b) {
      return options_[a].accuracy < options_[b].accuracy;
    });
    std::size_t chosen = best;
    for (const std::size_t o : fitting) {
      if (!choice_.as_good || options_[o].complexity >= options_[chosen].complexity) continue;
      if (choice_.as_good(o, best)) chosen = o;
    }
    return chosen;
  }

 private:
  std::span<const PlannedPoint> options_;
  const PointChoice& choice_;
  std::vector<std::size_t> passing_;  ///< the fastest first
};

}  // namespace

bool PassesBar(const PlannedPoint& point) {
  return point.gain >= (point.single_best ? 0 : kBarMargin * point.gain_error);
}

std::optional<NamedPoints> ChooseNamedPoints(std::span<const PlannedPoint> options, const PointChoice& choice) {
  const Chooser chooser(options, choice);
  if (!chooser.any()) return {};
  const auto present = [&](std::size_t NamedPoints::* name) {
    return choice.present ? std::optional((*choice.present).*name) : std::nullopt;
  };
  const auto within = [&](double limit_ms, std::size_t least) {
    return [&, limit_ms, least](const PlannedPoint& point) {
      return point.mean_ms + point.mean_error_ms <= limit_ms * kSlack && chooser.Follows(point, least);
    };
  };
  NamedPoints named;
  named.fast = chooser.Fastest();
  named.balanced = chooser.MostAccurate(named.fast, present(&NamedPoints::balanced),
                                        within(choice.single_best_ms / kBalancedSpeed, named.fast));
  named.accurate = chooser.MostAccurate(named.balanced, present(&NamedPoints::accurate),
                                        within(choice.single_best_ms, named.balanced));
  named.steady = chooser.MostAccurate(named.fast, present(&NamedPoints::steady), [&](const PlannedPoint& point) {
    return point.p99_ms <= choice.single_best_ms * kSlack;
  });
  return named;
}

void NameTwins(const Policy& policy, const std::vector<PointOf>& from, std::vector<ManifestPoint>& points) {
  const auto alike = [&](std::size_t a, std::size_t b) {
    return policy.DecideAlike(static_cast<int>(from[a].from), static_cast<int>(from[b].from));
  };
  for (std::size_t at = 0; at < points.size(); ++at) {
    points[at].same_as.clear();
    for (std::size_t before = 0; before < at && points[at].same_as.empty(); ++before) {
      if (points[before].same_as.empty() && alike(before, at)) points[at].same_as = points[before].name;
    }
  }
}

}  // namespace amsel
