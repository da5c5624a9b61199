#include <algorithm>
#include <tuple>

#include "base/nan_last.h"
#include "study/figures.h"
#include "study/picture.h"
#include "study/records.h"

namespace amsel {
namespace {

constexpr std::size_t kMost = 12;

/// An image that was answered wrongly.
struct Regret {
  std::size_t row = 0;
  std::size_t right = 0;  ///< candidates that are right
  double cost_ms = 0;     ///< spent all the same
};

/// The worst first: the more candidates were right, the worse; then what cost most.
std::vector<Regret> WorstOf(const StudyRecord& record, const PolicyRecord& one) {
  std::vector<Regret> regrets;
  for (std::size_t r = 0; r < one.runs.size(); ++r) {
    if (one.runs[r].rank == 0 || record.cheapest_right[r] < 0) continue;
    Regret regret{r, 0, one.runs[r].latency_ms};
    for (std::size_t c = 0; c < record.table->candidate_count(); ++c) {
      regret.right += record.table->Right(c, record.rows[r]) ? 1 : 0;
    }
    regrets.push_back(regret);
  }
  std::sort(regrets.begin(), regrets.end(), [](const Regret& a, const Regret& b) {
    return std::tuple(b.right, HighFirst(b.cost_ms), a.row) < std::tuple(a.right, HighFirst(a.cost_ms), b.row);
  });
  regrets.resize(std::min(regrets.size(), kMost));
  return regrets;
}

std::string LabelOf(const StudyRecord& record, int label) {
  return label < 0 ? "no answer" : record.table->labels[static_cast<std::size_t>(label)];
}

std::string PathOf(const StudyRecord& record, const SimulatedRun& run) {
  std::string path;
  for (const std::size_t c : run.path) path += (path.empty() ? "" : ", then ") + record.NameOf(c);
  return path;
}

Json RegretTable(const StudyRecord& record, const PolicyRecord& one, const std::vector<Regret>& worst) {
  Json rows = Json::array();
  for (const Regret& regret : worst) {
    const SimulatedRun& run = one.runs[regret.row];
    const OutcomeImage& image = record.table->images[record.rows[regret.row]];
    rows.push_back(Json::array(
        {image.key, LabelOf(record, image.label), LabelOf(record, run.predicted), run.probability, PathOf(record, run),
         regret.right, record.NameOf(static_cast<std::size_t>(record.cheapest_right[regret.row])), regret.cost_ms}));
  }
  return {{"columns",
           {Column("image", "text"), Column("truth", "text"), Column("answer", "text"), Column("confidence", "percent"),
            Column("ran", "text"), Column("candidates right", "integer"), Column("cheapest right", "text"),
            Column("cost, ms", "ms")}},
          {"rows", rows}};
}

Json RegretPictures(const StudyRecord& record, const PolicyRecord& one, const std::vector<Regret>& worst) {
  std::vector<std::size_t> inputs;
  for (const Regret& regret : worst) inputs.push_back(record.rows[regret.row]);
  const auto pictures = PicturesOf(*record.table, inputs);
  Json list = Json::array();
  for (std::size_t w = 0; w < worst.size(); ++w) {
    if (!pictures[w]) continue;
    const SimulatedRun& run = one.runs[worst[w].row];
    const OutcomeImage& image = record.table->images[inputs[w]];
    const std::string caption = LabelOf(record, image.label) + ", answered " + LabelOf(record, run.predicted) + " by " +
                                PathOf(record, run) + "; " + std::to_string(worst[w].right) + " of " +
                                std::to_string(record.table->candidate_count()) + " candidates right";
    list.push_back({{"src", *pictures[w]}, {"alt", image.key}, {"caption", caption}});
  }
  return list;
}

}  // namespace

Json WorstSection(const StudyRecord& record) {
  Json figures = Json::array();
  int number = 0;
  for (const PolicyRecord* one : record.Leading()) {
    const std::string suffix = std::to_string(++number);
    const std::vector<Regret> worst = WorstOf(record, *one);
    if (worst.empty()) continue;
    const Json pictures = record.options->pictures ? RegretPictures(record, *one, worst) : Json::array();
    if (!pictures.empty()) {
      figures.push_back(Figure("worst-pictures-" + suffix, "Worst regrets of " + one->row, "pictures",
                               "Answered wrongly although candidates are right: the more of them, the worse.",
                               {{"pictures", pictures}}));
    }
    figures.push_back(Figure("worst-" + suffix, "Worst regrets of " + one->row + ", as a table", "table",
                             "Images answered wrongly although some candidate is right: the more are right, the worse; "
                             "then what took longest.",
                             RegretTable(record, *one, worst)));
  }
  return Section("worst", "The worst cases", "", figures);
}

}  // namespace amsel
