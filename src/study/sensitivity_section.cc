#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/parallel.h"
#include "evaluate/rows.h"
#include "learn/learners.h"
#include "study/figures.h"
#include "study/records.h"

namespace amsel {
namespace {

/// At most `most` of the rows, nearer to it than ThinnedRows, since a curve is drawn over their number.
std::vector<std::size_t> Thinned(const Outcomes& table, Rows rows, std::size_t most, std::uint64_t seed) {
  if (most == 0 || rows.size() <= most) return {rows.begin(), rows.end()};
  constexpr std::size_t kFine = 100;
  return RowsInParts(table, rows, kFine, static_cast<int>(std::max<std::size_t>(1, kFine * most / rows.size())), seed);
}

/// One point of a curve: a learner, played on unseen folds.
struct Job {
  std::string series;
  double x = 0;
  Learner learn;
  MeanWithBand gain{};  ///< top-1 points over the single best, paired
  double top1 = 0;
  double top5 = 0;
  double mean_ms = 0;
};

/// The curves of one study. Every point is learned and played on the same images and folds.
class Curves {
 public:
  explicit Curves(const StudyRecord& record)
      : table_(*record.table),
        options_(record.options->evaluate.learn),
        rows_(Thinned(table_, record.rows, record.options->curve_images, options_.seed)),
        folds_(FoldsOf(table_, rows_, record.options->curve_folds, options_.seed)),
        best_(SingleBest(table_, rows_, 1)) {
    options_.progress = nullptr;
    weights_ = WeightsOf(table_, rows_);
    groups_ = GroupsOf(table_, rows_);
  }

  std::size_t images() const { return rows_.size(); }
  const std::vector<std::size_t>& rows() const { return rows_; }
  const ProfileTable& table() const { return table_; }
  const LearnOptions& options() const { return options_; }

  void Play(Job& job) const {
    const CrossValidation validation = CrossValidate(table_, rows_, folds_, job.learn);
    const std::vector<SimulatedRun>& runs = validation.points.front().runs;  // a staged policy's balanced point
    std::vector<double> right;
    std::vector<double> right_top5;
    std::vector<double> ms;
    std::vector<double> gain;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      right.push_back(runs[r].rank == 0 ? 1 : 0);
      right_top5.push_back(runs[r].rank < kTopFive ? 1 : 0);
      ms.push_back(runs[r].latency_ms);
      gain.push_back(100 * (right[r] - (table_.Right(best_, rows_[r]) ? 1 : 0)));
    }
    job.gain = MeanOf(gain, weights_, groups_);
    job.top1 = WeightedMean(right, weights_);
    job.top5 = WeightedMean(right_top5, weights_);
    job.mean_ms = WeightedMean(ms, weights_);
  }

 private:
  const ProfileTable& table_;
  LearnOptions options_;
  std::vector<std::size_t> rows_;
  std::vector<int> folds_;
  std::size_t best_;
  std::vector<double> weights_;
  std::vector<int> groups_;
};

/// A figure's jobs, in the order of its series.
struct Curve {
  std::string id;
  std::vector<Job> jobs;
};

void Add(Curve& curve, const std::string& series, double x, const std::string& policy, const LearnOptions& options) {
  Result<Learner> learner = MakeLearner(policy, options);
  if (learner.ok()) curve.jobs.push_back({series, x, std::move(*learner)});
}

Curve NeighboursCurve(const LearnOptions& options) {
  Curve curve{"k", {}};
  for (const char* policy : {"chain", "multiclass:knn", "p-right"}) {
    for (const int k : {1, 3, 5, 10, 20, 50, 100, 200}) {
      LearnOptions varied = options;
      varied.classifiers.k = varied.p_right_k = k;
      Add(curve, policy, k, policy, varied);
    }
  }
  return curve;
}

Curve GatesCurve(const Curves& curves) {
  Curve curve{"gates", {}};
  for (const char* policy : {"chain:knn", "chain:tree"}) {
    for (std::size_t gates = 1; gates <= curves.table().candidate_count(); ++gates) {
      LearnOptions varied = curves.options();
      varied.theta = -1;  // the number alone ends the portfolio
      varied.most_candidates = gates;
      Add(curve, policy, static_cast<double>(gates), policy, varied);
    }
  }
  return curve;
}

Curve PortfolioCurve(const Curves& curves) {
  Curve curve{"portfolio", {}};
  for (const char* policy : {"multiclass:knn", "multiclass:forest"}) {
    for (std::size_t size = 1; size <= curves.table().candidate_count(); ++size) {
      LearnOptions varied = curves.options();
      varied.theta = -1;
      varied.most_candidates = size;
      varied.classifiers.trees = std::min(varied.classifiers.trees, 30);
      Add(curve, policy, static_cast<double>(size), policy, varied);
    }
  }
  return curve;
}

/// A learner that sees only a share of its rows, all classes alike.
Learner OnShare(Learner learner, double share, std::uint64_t seed) {
  return [learner = std::move(learner), share, seed](const Outcomes& table, Rows rows) {
    const auto most = static_cast<std::size_t>(share * static_cast<double>(rows.size()));
    std::vector<std::size_t> seen(rows.begin(), rows.end());
    if (share < 1) seen = Thinned(table, rows, most, seed);
    return learner(table, seen.empty() ? rows : Rows(seen));  // no group may be as small as the share
  };
}

Curve TrainingCurve(const Curves& curves, int folds) {
  Curve curve{"training", {}};
  const double whole = static_cast<double>(curves.images()) * (folds - 1) / folds;
  for (const char* policy : {"staged", "p-right", "chain", "multiclass:logistic"}) {
    for (const double share : {0.1, 0.25, 0.5, 1.0}) {
      Result<Learner> learner = MakeLearner(policy, curves.options());
      if (!learner.ok()) continue;
      curve.jobs.push_back({policy, std::round(share * whole), OnShare(*learner, share, curves.options().seed)});
    }
  }
  return curve;
}

Curve TopCurve(const LearnOptions& options) {
  Curve curve{"top", {}};
  for (const char* policy : {"chain", "multiclass:knn", "multiclass:logistic", "p-right"}) {
    for (const int top : {1, kTopFive}) {
      LearnOptions varied = options;
      varied.top = top;
      Add(curve, std::string(policy) + ", for top-" + std::to_string(top), top, policy, varied);
    }
  }
  return curve;
}

/// Series with points [x, gain], in the order of the jobs.
Json SeriesOf(const Curve& curve) {
  Json series = Json::array();
  for (const Job& job : curve.jobs) {
    if (series.empty() || series.back()["name"] != job.series) {
      series.push_back(Json{{"name", job.series}, {"points", Json::array()}, {"band95", Json::array()}});
    }
    series.back()["points"].push_back(Json::array({job.x, job.gain.mean}));
    series.back()["band95"].push_back(IntervalToJson(job.gain.band));
  }
  return series;
}

Json LinesFigure(const Curve& curve, const std::string& title, const std::string& caption, Json x) {
  return Figure(
      "sensitivity-" + curve.id, title, "lines", caption,
      {{"x", std::move(x)}, {"y", Axis("top-1 over the single best, points", "points")}, {"series", SeriesOf(curve)}});
}

Json TopFigure(const Curve& curve) {
  constexpr double kStep = 0.05;
  double least = 1;
  Json categories = Json::array();
  Json top1 = {{"name", "top-1"}, {"values", Json::array()}};
  Json top5 = {{"name", "top-5"}, {"values", Json::array()}};
  for (const Job& job : curve.jobs) {
    categories.push_back(job.series);
    top1["values"].push_back(job.top1);
    top5["values"].push_back(job.top5);
    least = std::min(least, job.top1);
  }
  Json value = Axis("accuracy", "percent");
  value["from"] = std::floor(least / kStep) * kStep;
  value["to"] = 1;
  return Figure("sensitivity-top", "Learned for top-1 or for top-5", "dots",
                "An answer counts as right in training when the label is its first class, or among its first five. "
                "Both are then judged both ways.",
                {{"value", value}, {"categories", categories}, {"series", Json::array({top1, top5})}});
}

/// Time and accuracy of every point, of which the curves show one.
Json AllPoints(const std::vector<Curve>& curves) {
  Json points = Json::array();
  for (const Curve& curve : curves) {
    for (const Job& job : curve.jobs) {
      const std::string at = curve.id == "top" ? "" : ", " + curve.id + " " + Json(std::llround(job.x)).dump();
      points.push_back({{"label", job.series + at}, {"group", curve.id}, {"x", job.mean_ms}, {"y", job.top1}});
    }
  }
  return {{"x", Axis("mean latency, ms", "ms")}, {"y", Axis("top-1 accuracy", "percent")}, {"points", points}};
}

}  // namespace

Json SensitivitySection(const StudyRecord& record, const std::function<void(std::size_t, std::size_t)>& progress) {
  const Curves curves(record);
  std::vector<Curve> all{NeighboursCurve(curves.options()), GatesCurve(curves), PortfolioCurve(curves),
                         TrainingCurve(curves, record.options->curve_folds), TopCurve(curves.options())};
  std::vector<Job*> jobs;
  for (Curve& curve : all) {
    for (Job& job : curve.jobs) jobs.push_back(&job);
  }
  std::mutex telling;
  std::size_t done = 0;
  ParallelFor(jobs.size(), [&](std::size_t j) {
    curves.Play(*jobs[j]);
    const std::scoped_lock lock(telling);
    progress(++done, jobs.size());
  });
  Json figures = Json::array();
  figures.push_back(LinesFigure(all[0], "Sensitivity to k",
                                "Neighbours of each gate, of the one classifier, and of the estimate of P(right).",
                                Axis("k", "integer", "log")));
  figures.push_back(LinesFigure(all[1], "Sensitivity to the number of gates",
                                "A chain has a gate for each candidate of its portfolio, in the order of Algorithm 1.",
                                Axis("gates", "integer")));
  figures.push_back(LinesFigure(all[2], "Sensitivity to the size of the portfolio",
                                "One classifier over the first so many candidates of Algorithm 1.",
                                Axis("candidates", "integer")));
  figures.push_back(LinesFigure(all[3], "Sensitivity to the number of training images",
                                "Of the staged policy its balanced point, which trades accuracy for time.",
                                Axis("training images", "integer", "log")));
  figures.push_back(TopFigure(all[4]));
  figures.push_back(Figure("sensitivity-points", "All points of the curves by time", "scatter",
                           "Points of equal accuracy may differ in time.", AllPoints(all)));
  return Section(
      "sensitivity", "How much hangs on what was chosen by hand",
      "On " + std::to_string(curves.images()) + " images in " + std::to_string(record.options->curve_folds) +
          " folds, paired image by image with the single best, which stands at zero; bands are 95 % intervals. "
          "The number of features has a figure below.",
      figures);
}

}  // namespace amsel
