// What the governor is made of, without an engine: plans in, moves out.
#pragma once

#include <string>
#include <vector>

#include "amsel/governor.h"
#include "runtime/planned_load.h"

namespace amsel {

/// A point that the governor may use.
struct GovernedPoint {
  std::string name;
  double top1 = 0;
  PlannedLoad load;
  std::optional<double> energy_mj;
};

/// Mean time of a candidate's inference by its plan; 0 where it has none.
struct PlannedInference {
  double alone_ms = 0;  ///< alone
  double after_ms = 0;  ///< where others run on the image, too
};

/// The points of a bundle that may be used, the most accurate first, of equals the fastest. Usage error where none may.
Result<std::vector<GovernedPoint>> PointsToGovern(const Manifest& manifest, const GovernorOptions& options);

class Governor::Core {
 public:
  /// `points` as PointsToGovern gives them, not empty; `start` is the name of the present point, which need not be one
  /// of them: then it starts at the fastest.
  Core(std::vector<GovernedPoint> points, const GovernorOptions& options, const std::vector<PlannedInference>& planned,
       const std::string& start);

  void Observe(std::chrono::nanoseconds now, const Answer& answer);
  void ObserveWatts(std::chrono::nanoseconds now, double watts);
  void Refused(const std::string& present);
  const GovernedPoint& point() const { return points_[at_]; }
  bool overloaded() const { return overloaded_; }
  std::size_t moves() const { return moves_; }

  /// Mean time predicted for a point at `now`, in milliseconds.
  double PredictedMs(const GovernedPoint& point, std::chrono::nanoseconds now) const;

 private:
  /// How long something takes, against its plan: recent sums of both, older terms fading.
  struct Pace {
    double taken = 0;
    double planned = 0;
    std::chrono::nanoseconds seen{0};

    void Add(double taken_ms, double planned_ms);
    double factor() const { return planned > 0 ? taken / planned : 1; }
  };

  double FactorOf(std::size_t candidate, std::chrono::nanoseconds now) const;
  /// Power at a point against that at the present one. It follows energy an image while images come at one rate; where
  /// energy is not known, time stands for it.
  double PowerRatio(const GovernedPoint& point, std::chrono::nanoseconds now) const;
  /// The largest of the predicted figures as a share of its target: the targets hold up to 1.
  double Pressure(const GovernedPoint& point, std::chrono::nanoseconds now) const;
  void Decide(std::chrono::nanoseconds now);
  void MoveTo(std::size_t index, std::chrono::nanoseconds now);

  std::vector<GovernedPoint> points_;
  GovernorOptions options_;
  std::vector<PlannedInference> planned_;  ///< by candidate
  std::vector<Pace> paces_;                ///< by candidate
  Pace all_;                               ///< of all candidates together
  double deeper_ = 1;  ///< time of answers against what their paces predict: images harder than planned
  double watts_ = 0;   ///< 0: not told yet
  std::size_t at_ = 0;
  std::size_t since_move_ = 0;  ///< answers
  std::chrono::nanoseconds moved_{0};
  std::chrono::nanoseconds wait_{0};  ///< before the next move upwards
  bool went_up_ = false;              ///< in its last move
  bool overloaded_ = false;
  bool started_ = false;
  std::size_t moves_ = 0;
};

}  // namespace amsel
