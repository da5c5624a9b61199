#include "evaluate/results.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "evaluate/cross_validate_policies.h"
#include "tests/support/fake_world.h"
#include "tests/support/results_row.h"

namespace amsel {
namespace {

TEST(EvaluationToJson, TellsHowFarItIsAndResamplesEachRowAsAlone) {
  FakeWorld world("evaluate_resample");
  CrossValidateOptions options;
  options.policies = {"p-right"};
  options.folds = 3;
  const Evaluation evaluation = CrossValidatePolicies(world.Table(), options, world.clock).value();
  std::size_t last = 0;
  std::size_t of = 0;
  const Json results = EvaluationToJson(evaluation, [&](std::size_t done, std::size_t total) {
    EXPECT_EQ(done, last + 1);
    last = done;
    of = total;
  });
  EXPECT_GT(last, 0U);
  EXPECT_EQ(last, of);
  const EvaluatedImages& images = evaluation.images;
  BootstrapOptions bootstrap;
  bootstrap.seed = evaluation.seed;
  for (const RowSamples& row : evaluation.rows) {
    const Interval alone = ShareInterval(row.right, images.weights, images.groups, bootstrap);
    EXPECT_EQ(RowOf(results, row.name)["top1_ci95"], IntervalToJson(alone)) << row.name;
  }
  const auto row = [&](const std::string& name) {
    return *std::find_if(evaluation.rows.begin(), evaluation.rows.end(), [&](const auto& r) { return r.name == name; });
  };
  const RowSamples policy = row("p-right");
  const auto ratio = [](std::span<const double> means) { return means[0] / means[1]; };
  for (const auto& [other, json] : {std::pair(row(evaluation.single_best), results["headline"]),
                                    {row(evaluation.adapted_single_best), results["headline"]["vs_adapted"]},
                                    {row(evaluation.efficient_single), results["headline"]["vs_efficient"]}}) {
    const Interval speeds =
        BootstrapInterval({other.latency_ms, policy.latency_ms}, images.weights, images.groups, ratio, bootstrap);
    EXPECT_EQ(json["speedup_ci95"], IntervalToJson(speeds)) << other.name;
    std::vector<double> gain;
    for (std::size_t i = 0; i < policy.right.size(); ++i) gain.push_back(policy.right[i] - other.right[i]);
    const Interval gains =
        BootstrapInterval({gain}, images.weights, images.groups, [](auto means) { return means[0]; }, bootstrap);
    EXPECT_EQ(json["accuracy_gain_ci95_pp"], IntervalToJson(gains, 100)) << other.name;
  }
}

}  // namespace
}  // namespace amsel
