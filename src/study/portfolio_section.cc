#include <algorithm>

#include "learn/portfolio.h"
#include "study/figures.h"
#include "study/records.h"

namespace amsel {
namespace {

constexpr double kNoThreshold = -1;  // no gain is below it: the trace goes on to the last candidate

Json StepsTable(const StudyRecord& record, const std::vector<PortfolioStep>& steps, std::size_t kept) {
  const ProfileTable& table = *record.table;
  const std::vector<double> accuracies = Accuracies(table, record.rows, record.options->evaluate.learn.top);
  Json rows = Json::array();
  double before = 0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const std::size_t c = steps[s].candidate;
    rows.push_back(Json::array({record.NameOf(c), s + 1, steps[s].coverage, 100 * (steps[s].coverage - before),
                                accuracies[c], table.MeanCostMs(c), s < kept ? "kept" : "left out"}));
    before = steps[s].coverage;
  }
  return {{"columns",
           {Column("candidate", "text"), Column("step", "integer"), Column("coverage", "percent"),
            Column("gain, points", "points"), Column("own accuracy", "percent"), Column("mean ms", "ms"),
            Column("verdict", "text")}},
          {"rows", rows}};
}

}  // namespace

Json PortfolioSection(const StudyRecord& record) {
  LearnOptions options = record.options->evaluate.learn;
  const double theta = options.theta;
  const std::size_t kept = SelectPortfolio(*record.table, record.rows, options).size();
  options.theta = kNoThreshold;
  options.most_candidates = 0;
  const std::vector<PortfolioStep> steps = SelectPortfolio(*record.table, record.rows, options);
  Json coverage = Json::array();
  Json chosen = Json::array();
  for (std::size_t s = 0; s < steps.size(); ++s) {
    coverage.push_back(Json::array({s + 1, steps[s].coverage}));
    if (s < kept) chosen.push_back(coverage.back());
  }
  Json series = Json::array();
  series.push_back(Json{{"name", "all candidates"}, {"points", coverage}});
  series.push_back(Json{{"name", "portfolio"}, {"points", chosen}});
  const char* trace =
      "Algorithm 1 on all images, step by step: it starts with the candidate that is most often the cheapest right "
      "one, then adds whichever raises most the share of images on which some chosen candidate is right, and stops "
      "before a gain below θ. Each fold of the cross-validation selects anew, on its own training images.";
  const char* curve =
      "The share of images on which at least one of so many candidates is right: the accuracy of a choice that is "
      "never wrong. Past the end of the portfolio further candidates add less than θ each.";
  Json figures = Json::array();
  figures.push_back(
      Figure("portfolio-steps", "The portfolio, step by step", "table", trace, StepsTable(record, steps, kept)));
  figures.push_back(Figure("portfolio-coverage", "Coverage against portfolio size", "lines", curve,
                           {{"x", Axis("candidates", "integer")},
                            {"y", Axis("images with a right candidate", "percent")},
                            {"series", series}}));
  Json section = Section("portfolio", "Which candidates are worth having", "", figures);
  section["text"] = "θ is " + Json(100 * theta).dump() + " % of the images; " + std::to_string(kept) + " of " +
                    std::to_string(steps.size()) + " candidates are kept.";
  return section;
}

}  // namespace amsel
