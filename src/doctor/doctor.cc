#include "doctor/doctor.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "doctor/gains.h"
#include "doctor/policies.h"
#include "doctor/premodels.h"
#include "evaluate/rows.h"
#include "learn/cross_validate.h"
#include "learn/feature_rows.h"

namespace amsel {
namespace {

/// Works through one table, telling of progress.
class Examination {
 public:
  Examination(const Outcomes& table, std::vector<std::size_t> rows, const DoctorOptions& options)
      : table_(table),
        options_(options),
        subject_(SubjectOf(table, std::move(rows), options.top)),
        cheapest_(Cheapest(subject_)) {
    const std::set<int> groups(subject_.images.groups.begin(), subject_.images.groups.end());
    if (groups.size() >= static_cast<std::size_t>(options.folds)) {
      fold_of_ = FoldsOf(table, subject_.rows, options.folds, options.seed);
    }
    ChooseDerived(fold_of_, subject_);
    total_ = QuickPremodels().size() + static_cast<std::size_t>(options.folds) + 3;
  }

  Diagnosis Run() {
    diagnosis_.images = subject_.rows.size();
    DescribeHeadroom();
    DescribeFeatures();
    Tell();
    Select();
    Stop();
    Summarise();
    return std::move(diagnosis_);
  }

 private:
  void Tell() {
    if (options_.progress) options_.progress(++done_, total_);
  }

  Estimate Accuracy(const std::vector<double>& right) const {
    BootstrapOptions bootstrap;
    bootstrap.seed = options_.seed;
    return {WeightedMean(right, subject_.images.weights),
            ShareInterval(right, subject_.images.weights, subject_.images.groups, bootstrap)};
  }

  HeadroomRow Describe(const std::string& name, const std::vector<double>& right,
                       const std::vector<double>& cost_ms) const {
    return {name, Accuracy(right), WeightedMean(cost_ms, subject_.images.weights)};
  }

  DerivedAlone DescribeDerived(const HeadroomRow& row, const RowSamples& alone) const {
    std::vector<double> gain = alone.right;
    for (std::size_t r = 0; r < gain.size(); ++r) gain[r] -= subject_.singles[subject_.best].right[r];
    BootstrapOptions bootstrap;
    bootstrap.seed = options_.seed;
    const auto mean = [](std::span<const double> means) { return means[0]; };
    return {row,
            {WeightedMean(gain, subject_.images.weights),
             BootstrapInterval({gain}, subject_.images.weights, subject_.images.groups, mean, bootstrap)},
            table_.MeanCostMs(subject_.best) / table_.MeanCostMs(*subject_.derived)};
  }

  void DescribeHeadroom() {
    std::vector<HeadroomRow> rows(table_.candidate_count());
    ParallelFor(rows.size(), [&](std::size_t c) {
      rows[c] = Describe(subject_.singles[c].name, subject_.singles[c].right, subject_.singles[c].latency_ms);
    });
    diagnosis_.candidates = rows;
    Headroom& headroom = diagnosis_.headroom;
    headroom.single_best = rows[subject_.best];
    headroom.cheapest = rows[cheapest_];
    const std::string efficient = EfficientSingle(subject_.singles, headroom.single_best.name, subject_.images);
    headroom.efficient_single =
        *std::find_if(rows.begin(), rows.end(), [&](const HeadroomRow& row) { return row.name == efficient; });
    const RowSamples oracle = OracleRow(subject_.singles, subject_.images);
    const RowSamples mix = RandomMixRow(oracle, subject_.singles, 0);
    headroom.oracle = Describe("", oracle.right, oracle.latency_ms);
    headroom.oracle_mix = Describe("", mix.right, mix.latency_ms);
    if (const auto c = subject_.derived) headroom.derived = DescribeDerived(rows[*c], subject_.singles[*c]);
    double least_ms = table_.MeanCostMs(subject_.best);
    for (std::size_t c = 0; c < table_.candidate_count(); ++c) least_ms = std::min(least_ms, table_.MeanCostMs(c));
    headroom.ceiling = table_.MeanCostMs(subject_.best) / least_ms;
    const double range = headroom.oracle.accuracy.value - headroom.oracle_mix.accuracy.value;
    if (range > 0) {
      const double needed = headroom.single_best.accuracy.value - headroom.oracle_mix.accuracy.value;
      headroom.skill_needed = std::max(0.0, needed / range);
    }
  }

  /// Where the single best helps: it is right and candidate c is not.
  std::vector<double> Pays(std::size_t c) const {
    std::vector<double> pays = subject_.singles[subject_.best].right;
    for (std::size_t i = 0; i < pays.size(); ++i) pays[i] = std::max(0.0, pays[i] - subject_.singles[c].right[i]);
    return pays;
  }

  std::optional<Auc> Tells(std::span<const float> scores, const std::vector<double>& truth) const {
    return ComputeAuc(scores, truth, subject_.images.weights, subject_.images.groups);
  }

  /// A signal from the scores by which it tells, for candidate c, that it is right and that the single best helps.
  template <typename Right, typename Helps>
  Signal DescribeSignal(const std::string& name, Right&& right, Helps&& helps) const {
    Signal signal{name, std::vector<std::optional<Auc>>(table_.candidate_count()),
                  std::vector<std::optional<Auc>>(table_.candidate_count())};
    ParallelFor(table_.candidate_count(), [&](std::size_t c) {
      const std::vector<float>& scores = right(c);
      if (scores.empty()) return;
      signal.right[c] = Tells(scores, subject_.singles[c].right);
      if (c != subject_.best) signal.pays[c] = Tells(helps(c), Pays(c));
    });
    return signal;
  }

  void DescribeFeatures() {
    for (const std::string& name : table_.feature_names) {
      const std::vector<float> values = FeatureRows(table_, subject_.rows, {name});
      const auto same = [&](std::size_t) -> const std::vector<float>& { return values; };
      diagnosis_.features.push_back(DescribeSignal(name, same, same));
    }
    std::vector<std::vector<float>> confidences(table_.candidate_count());
    std::vector<std::vector<float>> margins(table_.candidate_count());
    ParallelFor(table_.candidate_count(), [&](std::size_t c) {
      confidences[c] = table_.ConfidencesOf(c, subject_.rows);
      margins[c] = table_.MarginsOf(c, subject_.rows);
    });
    DescribeSureness("confidence", confidences);
    DescribeSureness("margin", margins);
  }

  /// How sure each candidate is: the surer, the likelier it is right, and the less the single best helps.
  void DescribeSureness(const std::string& name, const std::vector<std::vector<float>>& sure) {
    if (std::all_of(sure.begin(), sure.end(), [](const auto& own) { return own.empty(); })) return;
    const auto unsure = [&](std::size_t c) {
      std::vector<float> negated = sure[c];
      for (float& value : negated) value = -value;
      return negated;
    };
    diagnosis_.confidences.push_back(DescribeSignal(name, [&](std::size_t c) { return sure[c]; }, unsure));
  }

  /// Why neither question can be asked; empty where they can.
  std::string Impossible() const {
    if (table_.candidate_count() < 2) return "there is one candidate: nothing to choose among";
    if (fold_of_.empty()) return "there are too few images (or groups of images) to learn from some and try on others";
    return "";
  }

  void Select() {
    std::string why = Impossible();
    if (why.empty() && table_.feature_names.empty()) why = "the table has no image features";
    if (why.empty() && subject_.features.empty()) why = "no image feature is cheap beside the single best";
    if (!why.empty()) {
      diagnosis_.selection.reason = why;
      return;
    }
    std::vector<PlayedPoint> points;
    const std::size_t count = table_.candidate_count();
    for (const std::string& premodel : QuickPremodels()) {
      PlayedSelection played = PlaySelection(premodel, subject_, fold_of_, options_.seed);
      const auto p_right = [&](std::size_t c, double of_best) {
        std::vector<float> scores;
        for (std::size_t r = 0; r < subject_.rows.size(); ++r) {
          const float own = played.p_right[r * count + c];
          scores.push_back(of_best > 0 ? played.p_right[r * count + subject_.best] - own : own);
        }
        return scores;
      };
      diagnosis_.premodels.push_back(DescribeSignal(
          premodel, [&](std::size_t c) { return p_right(c, 0); }, [&](std::size_t c) { return p_right(c, 1); }));
      std::move(played.points.begin(), played.points.end(), std::back_inserter(points));
      Tell();
    }
    diagnosis_.premodel_features_ms = subject_.features_ms;
    diagnosis_.selection = Judge(subject_, points, options_.seed);
    Tell();
  }

  void Stop() {
    std::string why = Impossible();
    if (why.empty() && diagnosis_.confidences.empty()) why = "the table does not say how sure the candidates were";
    if (!why.empty()) {
      diagnosis_.stopping.reason = why;
      return;
    }
    PlayedStopping played = PlayStopping(subject_, fold_of_, [&] { Tell(); });
    if (played.pooled_oracle) {
      diagnosis_.headroom.pooled_oracle = Describe("", played.pooled_oracle->right, played.pooled_oracle->latency_ms);
    }
    Finding& stopping = diagnosis_.stopping = Judge(subject_, played.points, options_.seed);
    stopping.nearest = std::move(played.nearest);
    constexpr double kClearly = 2;  // standard errors; heads that are learned may make up for less
    const bool near = stopping.nearest && stopping.nearest->gain >= -kClearly * stopping.nearest->gain_error;
    if (near && stopping.verdict == Verdict::kNoGo) stopping.verdict = Verdict::kUnclear;
    Tell();
  }

  void Summarise();

  const Outcomes& table_;
  const DoctorOptions& options_;
  Subject subject_;
  std::size_t cheapest_;
  std::vector<int> fold_of_;  ///< empty: too few groups
  Diagnosis diagnosis_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

std::string InWords(const std::string& question, const Finding& answer) {
  const std::string lowered = std::string(1, static_cast<char>(std::tolower(question[0]))) + question.substr(1);
  switch (answer.verdict) {
    case Verdict::kGo:
      return question + " will help here, by about " + GainInWords(answer) + ".";
    case Verdict::kUnclear:
      return "So few images do not tell whether " + lowered + " helps: " + GainInWords(answer) + ".";
    case Verdict::kNoGo:
      return question + " will not help here.";
    case Verdict::kUnknown:
      break;
  }
  return "Whether " + lowered + " helps cannot be told: " + answer.reason + ".";
}

void Examination::Summarise() {
  if (const std::string why = Impossible(); !why.empty()) {
    diagnosis_.summary = "Nothing can be told: " + why + ".";
    return;
  }
  diagnosis_.summary = InWords("Selection before running", diagnosis_.selection) + " " +
                       InWords("Stopping on confidence", diagnosis_.stopping);
  const Headroom& headroom = diagnosis_.headroom;
  if (headroom.derived) diagnosis_.summary += " " + DerivedInWords(*headroom.derived);
  if (headroom.efficient_single.name != headroom.single_best.name && diagnosis_.selection.verdict != Verdict::kGo &&
      diagnosis_.stopping.verdict != Verdict::kGo) {
    diagnosis_.summary += " `" + headroom.efficient_single.name + "` alone is as accurate as `" +
                          headroom.single_best.name + "` to within chance, and cheaper.";
  }
}

}  // namespace

Diagnosis Diagnose(const Outcomes& table, std::vector<std::size_t> rows, const DoctorOptions& options) {
  return Examination(table, std::move(rows), options).Run();
}

}  // namespace amsel
