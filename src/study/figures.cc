#include "study/figures.h"

#include "stats/auc.h"

namespace amsel {

Json Axis(const std::string& label, const std::string& format, const std::string& scale) {
  return {{"label", label}, {"format", format}, {"scale", scale}};
}

Json Figure(const std::string& id, const std::string& title, const std::string& kind, const std::string& caption,
            Json data) {
  return {{"id", id}, {"title", title}, {"kind", kind}, {"caption", caption}, {"data", std::move(data)}};
}

Json Section(const std::string& id, const std::string& title, const std::string& text, Json figures) {
  return {{"id", id}, {"title", title}, {"text", text}, {"figures", std::move(figures)}};
}

Json Column(const std::string& name, const std::string& format) {
  return {{"name", name}, {"format", format}};
}

Interval Band95(double mean, double standard_error) {
  const double half = NormalHalfWidth(0.95) * standard_error;
  return {mean - half, mean + half};
}

MeanWithBand MeanOf(const std::vector<double>& values, const std::vector<double>& weights,
                    const std::vector<int>& groups) {
  const double mean = WeightedMean(values, weights);
  return {mean, Band95(mean, ClusteredStandardError(values, weights, groups))};
}

}  // namespace amsel
