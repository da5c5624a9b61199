#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "stats/exact.h"
#include "study/figures.h"
#include "study/records.h"

namespace amsel {
namespace {

constexpr std::size_t kBins = 10;
constexpr std::size_t kMostClasses = 25;  // a longer list is not looked at
constexpr double kOneSide = 0.025;        // of a 95 % interval

/// What was answered and how sure it was, image by image.
struct Answers {
  std::string name;
  std::vector<double> confidence;
  std::vector<double> right;
};

Answers AnswersOfSingle(const StudyRecord& record, std::size_t c) {
  Answers answers{record.NameOf(c), {}, {}};
  std::vector<float> log_probs(static_cast<std::size_t>(record.table->classes()));
  for (const std::size_t i : record.rows) {
    record.table->LogProbsOf(c, i, log_probs);
    answers.confidence.push_back(std::exp(*std::max_element(log_probs.begin(), log_probs.end())));
    answers.right.push_back(record.table->Right(c, i) ? 1 : 0);
  }
  return answers;
}

Answers AnswersOfPolicy(const PolicyRecord& one) {
  Answers answers{one.row, {}, {}};
  for (const SimulatedRun& run : one.runs) {
    answers.confidence.push_back(run.predicted < 0 ? 0 : run.probability);
    answers.right.push_back(run.rank == 0 ? 1 : 0);
  }
  return answers;
}

Json ReliabilitySeries(const Answers& answers) {
  struct Bin {
    double confidence = 0;
    std::int64_t right = 0;
    std::int64_t count = 0;
  };
  std::array<Bin, kBins> bins;
  for (std::size_t i = 0; i < answers.right.size(); ++i) {
    const auto at = static_cast<std::size_t>(std::clamp(answers.confidence[i], 0.0, 1.0) * kBins);
    Bin& bin = bins[std::min(at, kBins - 1)];
    bin.confidence += answers.confidence[i];
    bin.right += answers.right[i] > 0 ? 1 : 0;
    ++bin.count;
  }
  Json list = Json::array();
  double error = 0;
  for (const Bin& bin : bins) {
    if (bin.count == 0) continue;
    const auto count = static_cast<double>(bin.count);
    const double accuracy = static_cast<double>(bin.right) / count;
    error += std::abs(bin.confidence / count - accuracy) * count / static_cast<double>(answers.right.size());
    list.push_back(
        {{"confidence", std::min(1.0, bin.confidence / count)},
         {"accuracy", accuracy},
         {"count", bin.count},
         {"accuracy_ci95",
          {BinomialLowerBound(bin.right, bin.count, kOneSide), BinomialUpperBound(bin.right, bin.count, kOneSide)}}});
  }
  return {{"name", answers.name}, {"ece", error}, {"bins", list}};
}

Json ReliabilityData(const StudyRecord& record) {
  Json series = Json::array();
  series.push_back(ReliabilitySeries(AnswersOfSingle(record, record.single_best)));
  for (const PolicyRecord* one : record.Leading()) series.push_back(ReliabilitySeries(AnswersOfPolicy(*one)));
  return {{"series", series}};
}

/// Share of images, by cheapest right candidate (and none) and the candidate that answered.
Json ConfusionData(const StudyRecord& record, const PolicyRecord& one) {
  const std::size_t count = record.table->candidate_count();
  std::vector<std::vector<double>> sums(count + 1, std::vector<double>(count, 0));
  double total = 0;
  for (std::size_t r = 0; r < one.runs.size(); ++r) {
    total += record.weights()[r];
    if (one.runs[r].path.empty()) continue;
    const std::size_t truth = record.cheapest_right[r] < 0 ? count : static_cast<std::size_t>(record.cheapest_right[r]);
    sums[truth][one.runs[r].path.back()] += record.weights()[r];
  }
  Json names = Json::array();
  for (std::size_t c = 0; c < count; ++c) names.push_back(record.NameOf(c));
  Json values = Json::array();
  for (std::vector<double>& row : sums) {
    for (double& sum : row) sum = total > 0 ? sum / total : 0;
    values.push_back(row);
  }
  Json truths = names;
  truths.push_back("none is right");
  return {{"value", Axis("share of images", "percent", "sequential")},
          {"x", Json{{"label", "chosen"}}},
          {"y", Json{{"label", "cheapest right"}}},
          {"columns", names},
          {"rows", truths},
          {"values", values}};
}

/// Recall of each class by row of the evaluation.
class ClassView {
 public:
  explicit ClassView(const StudyRecord& record) : record_(record) {
    for (std::size_t r = 0; r < record.rows.size(); ++r) by_class_[record.evaluation.images.labels[r]].push_back(r);
    names_.push_back(record.evaluation.single_best);
    for (const PolicyRecord* one : record.Leading()) names_.push_back(one->row);
    names_.emplace_back("oracle");
  }

  std::size_t class_count() const { return by_class_.size(); }

  Json Data() const {
    std::vector<int> classes;
    for (const auto& [label, members] : by_class_) classes.push_back(label);
    if (classes.size() > kMostClasses) {
      std::stable_sort(classes.begin(), classes.end(), [&](int a, int b) { return Moved(a) > Moved(b); });
      classes.resize(kMostClasses);
      std::sort(classes.begin(), classes.end());
    }
    Json rows = Json::array();
    Json values = Json::array();
    for (const int label : classes) {
      rows.push_back(record_.table->labels[static_cast<std::size_t>(label)]);
      Json recalls = Json::array();
      for (const std::string& name : names_) recalls.push_back(Recall(name, label));
      values.push_back(std::move(recalls));
    }
    Json value = Axis("recall", "percent", "sequential");
    value["from"] = 0;
    value["to"] = 1;
    return {{"value", value},
            {"x", Json{{"label", "answered by"}}},
            {"y", Json{{"label", "class"}}},
            {"columns", names_},
            {"rows", rows},
            {"values", values}};
  }

 private:
  double Recall(const std::string& name, int label) const {
    const RowSamples& row = record_.Row(name);
    std::vector<double> right;
    std::vector<double> weights;
    for (const std::size_t r : by_class_.at(label)) {
      right.push_back(row.right[r]);
      weights.push_back(record_.weights()[r]);
    }
    return WeightedMean(right, weights);
  }

  /// Images of the class on which the single best and the first policy differ.
  std::size_t Moved(int label) const {
    const RowSamples& best = record_.Row(names_.front());
    const RowSamples& other = record_.Row(names_[1]);
    std::size_t moved = 0;
    for (const std::size_t r : by_class_.at(label)) moved += best.right[r] != other.right[r] ? 1 : 0;
    return moved;
  }

  const StudyRecord& record_;
  std::map<int, std::vector<std::size_t>> by_class_;
  std::vector<std::string> names_;
};

}  // namespace

Json AnswersSection(const StudyRecord& record) {
  Json figures = Json::array();
  figures.push_back(Figure("reliability", "How sure and how often right", "reliability",
                           "Answers in ten bins of confidence, with 95 % intervals. On the dashed line an answer is as "
                           "often right as it is sure. A premodel's confidence is that of the candidate it chose.",
                           ReliabilityData(record)));
  int number = 0;
  for (const PolicyRecord* one : record.Leading()) {
    std::string id = "confusion-";
    id += std::to_string(++number);
    figures.push_back(Figure(id, "Choices of " + one->row, "heatmap",
                             "Share of images by the cheapest candidate that is right and the candidate that ran last. "
                             "A perfect chooser has all on the diagonal; the last row is what no choice gets right.",
                             ConfusionData(record, *one)));
  }
  const ClassView classes(record);
  std::string caption = "The share of each class's images that is answered rightly.";
  if (classes.class_count() > kMostClasses) {
    caption += " Shown are the ";
    caption += std::to_string(kMostClasses);
    caption += " classes with most images on which the single best and the next column differ.";
  }
  figures.push_back(Figure("classes", "Class by class", "heatmap", caption, classes.Data()));
  return Section("answers", "Choices, confidence and classes", "", figures);
}

}  // namespace amsel
