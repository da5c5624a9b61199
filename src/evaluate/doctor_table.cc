#include "evaluate/doctor_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/nan_last.h"
#include "evaluate/simulated_rows.h"
#include "features/premodel_features.h"
#include "learn/cross_validate.h"

namespace amsel {
namespace {

constexpr double kFeatureShare = 0.05;  // of the single best's time, at most, for the features of premodels

/// Of the features that need no DNN those that cost least alone, as many as are cheap together.
void ChooseFeatures(const ProfileTable& table, DoctorTable& outcomes) {
  const double budget = kFeatureShare * outcomes.CostMs(SingleBest(outcomes));
  std::vector<std::size_t> order(table.feature_names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return LowFirst(table.FeaturesCostMs({table.feature_names[a]})) <
           LowFirst(table.FeaturesCostMs({table.feature_names[b]}));
  });
  std::erase_if(order, [&](std::size_t f) { return PremodelValueOf(table.feature_names[f]).has_value(); });
  std::vector<std::string> names;
  for (const std::size_t f : order) {
    names.push_back(table.feature_names[f]);
    const double cost = table.FeaturesCostMs(names);
    if (cost > budget) break;
    outcomes.premodel_features.push_back(f);
    outcomes.premodel_features_ms = cost;
  }
  std::sort(outcomes.premodel_features.begin(), outcomes.premodel_features.end());
}

std::pair<float, float> TwoHighest(std::span<const float> values) {
  std::pair<float, float> highest{-INFINITY, -INFINITY};
  for (const float value : values) {
    if (value > highest.first) {
      highest = {value, highest.first};
    } else {
      highest.second = std::max(highest.second, value);
    }
  }
  return highest;
}

void AddCandidate(const ProfileTable& table, Rows rows, std::size_t c, int top, DoctorTable& outcomes) {
  std::vector<float> confidence;
  std::vector<float> margin;
  std::vector<float> answer(static_cast<std::size_t>(table.classes()));
  for (const std::size_t i : rows) {
    table.LogProbsOf(c, i, answer);
    const auto [first, second] = TwoHighest(answer);
    confidence.push_back(std::exp(first));
    margin.push_back(std::exp(first) - std::exp(second));
  }
  outcomes.singles.push_back(SingleRow(table, rows, c, top));
  outcomes.is_view.push_back(table.candidates[c].derived);
  outcomes.costs.push_back(table.MeanStep(c));
  outcomes.confidence.push_back(std::move(confidence));
  outcomes.margin.push_back(std::move(margin));
}

}  // namespace

DoctorTable OutcomesOfProfile(const ProfileTable& table, int top, std::size_t most_images, std::uint64_t seed) {
  const std::vector<std::size_t> rows = ThinnedRows(table, AllRows(table), most_images, seed);
  DoctorTable outcomes;
  outcomes.source = {{"profile", table.source}, {"images", table.image_count()}};
  outcomes.images = DescribeImages(table, rows);
  for (const std::size_t i : rows) {
    const auto features = table.Features(i);
    outcomes.features.insert(outcomes.features.end(), features.begin(), features.end());
  }
  for (std::size_t c = 0; c < table.candidate_count(); ++c) AddCandidate(table, rows, c, top, outcomes);
  outcomes.feature_names = table.feature_names;
  ChooseFeatures(table, outcomes);
  outcomes.outputs = {table.classes(), top, [&table, rows](std::size_t c, std::size_t i, std::span<float> out) {
                        table.LogProbsOf(c, rows[i], out);
                      }};
  return outcomes;
}

std::size_t SingleBest(const DoctorTable& table, Rows rows) {
  const auto rank = [&](std::size_t c) {
    double right = 0;
    for (const std::size_t i : rows) right += table.images.weights[i] * table.singles[c].right[i];
    return std::tuple(static_cast<bool>(table.is_view[c]), -right, table.CostMs(c), table.singles[c].name);
  };
  std::size_t best = 0;
  for (std::size_t c = 1; c < table.candidate_count(); ++c) {
    if (rank(c) < rank(best)) best = c;
  }
  return best;
}

std::size_t SingleBest(const DoctorTable& table) {
  std::vector<std::size_t> all(table.image_count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return SingleBest(table, all);
}

std::size_t Cheapest(const DoctorTable& table) {
  std::size_t cheapest = 0;
  for (std::size_t c = 1; c < table.candidate_count(); ++c) {
    if (table.CostMs(c) < table.CostMs(cheapest)) cheapest = c;
  }
  const auto rank = [&](std::size_t c) {
    const bool dearer = table.CostMs(c) > kAlikeCost * table.CostMs(cheapest);
    return std::tuple(dearer, static_cast<bool>(table.is_view[c]),
                      -WeightedMean(table.singles[c].right, table.images.weights), table.CostMs(c));
  };
  std::size_t best = 0;
  for (std::size_t c = 1; c < table.candidate_count(); ++c) {
    if (rank(c) < rank(best)) best = c;
  }
  return best;
}

}  // namespace amsel
