#include "doctor/signals.h"

#include <algorithm>

#include "base/parallel.h"
#include "learn/feature_rows.h"

namespace amsel {
namespace {

using Scores = std::vector<float>;  // [r]

/// Where the single best helps: it is right and candidate c is not.
std::vector<double> Pays(const Subject& subject, std::size_t c) {
  std::vector<double> pays = subject.singles[subject.best].right;
  for (std::size_t i = 0; i < pays.size(); ++i) pays[i] = std::max(0.0, pays[i] - subject.singles[c].right[i]);
  return pays;
}

std::optional<Auc> Tells(const Subject& subject, const Scores& scores, const std::vector<double>& truth) {
  return ComputeAuc(scores, truth, subject.images.weights, subject.images.groups);
}

/// From the scores by which it tells, for candidate c, that it is right and that the single best helps.
template <typename Right, typename Helps>
Signal DescribeSignal(const Subject& subject, const std::string& name, Right&& right, Helps&& helps) {
  const std::size_t count = subject.singles.size();
  Signal signal{name, std::vector<std::optional<Auc>>(count), std::vector<std::optional<Auc>>(count)};
  ParallelFor(count, [&](std::size_t c) {
    const Scores& scores = right(c);
    if (scores.empty()) return;
    signal.right[c] = Tells(subject, scores, subject.singles[c].right);
    if (c != subject.best) signal.pays[c] = Tells(subject, helps(c), Pays(subject, c));
  });
  return signal;
}

/// The surer a candidate is, the likelier it is right, and the less the single best helps.
Signal DescribeSureness(const Subject& subject, const std::string& name, const std::vector<Scores>& sure) {
  const auto unsure = [&](std::size_t c) {
    Scores negated = sure[c];
    for (float& value : negated) value = -value;
    return negated;
  };
  return DescribeSignal(subject, name, [&](std::size_t c) -> const Scores& { return sure[c]; }, unsure);
}

}  // namespace

std::vector<Signal> DescribeFeatures(const Subject& subject) {
  std::vector<Signal> signals;
  for (const std::string& name : subject.table.feature_names) {
    const Scores values = FeatureRows(subject.table, subject.rows, {name});
    const auto same = [&](std::size_t) -> const Scores& { return values; };
    signals.push_back(DescribeSignal(subject, name, same, same));
  }
  return signals;
}

std::vector<Signal> DescribeConfidences(const Subject& subject) {
  const Outcomes& table = subject.table;
  std::vector<Scores> confidences(table.candidate_count());
  std::vector<Scores> margins(table.candidate_count());
  ParallelFor(table.candidate_count(), [&](std::size_t c) {
    confidences[c] = table.ConfidencesOf(c, subject.rows);
    margins[c] = table.MarginsOf(c, subject.rows);
  });
  std::vector<Signal> signals;
  for (const auto& [name, sure] : {std::pair("confidence", &confidences), std::pair("margin", &margins)}) {
    if (std::all_of(sure->begin(), sure->end(), [](const Scores& own) { return own.empty(); })) continue;
    signals.push_back(DescribeSureness(subject, name, *sure));
  }
  return signals;
}

Signal DescribePremodel(const Subject& subject, const std::string& name, std::span<const float> p_right) {
  const std::size_t count = subject.singles.size();
  const auto of = [&](std::size_t r, std::size_t c) { return p_right[r * count + c]; };
  const auto right = [&](std::size_t c) {
    Scores scores;
    for (std::size_t r = 0; r < subject.rows.size(); ++r) scores.push_back(of(r, c));
    return scores;
  };
  const auto helps = [&](std::size_t c) {
    Scores scores;
    for (std::size_t r = 0; r < subject.rows.size(); ++r) scores.push_back(of(r, subject.best) - of(r, c));
    return scores;
  };
  return DescribeSignal(subject, name, right, helps);
}

}  // namespace amsel
