#include "fit/fit_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"

namespace amsel {
namespace {

constexpr HeadFamily kFamilies[] = {HeadFamily::kPool, HeadFamily::kVector, HeadFamily::kMatrix};

/// Nearly normal, deviation 1.
float Noise(Random& random) {
  double sum = -6;
  for (int n = 0; n < 12; ++n) sum += random.Uniform();
  return static_cast<float>(sum);
}

/// Rows with outputs of some slots; all of weight 1.
struct HeadSample {
  HeadSample(int class_count, std::size_t slots, std::size_t rows)
      : classes(class_count), outputs(slots), labels(rows), weights(rows, 1.0) {
    for (auto& output : outputs) output.resize(rows * static_cast<std::size_t>(classes));
  }
  std::span<float> Output(std::size_t slot, std::size_t row) {
    return std::span(outputs[slot]).subspan(row * static_cast<std::size_t>(classes), static_cast<std::size_t>(classes));
  }
  HeadData Data() const {
    HeadData data{classes, {}, labels, weights};
    for (const auto& output : outputs) data.outputs.emplace_back(output);
    return data;
  }
  /// Each slot sees the label, or what `confuse` makes of it, through noise of its own.
  template <typename Confuse>
  void Fill(Random& random, float strength, float noise, Confuse&& confuse) {
    for (std::size_t r = 0; r < labels.size(); ++r) {
      labels[r] = static_cast<int>(r) % classes;
      for (std::size_t s = 0; s < outputs.size(); ++s) {
        const std::span<float> x = Output(s, r);
        for (float& value : x) value = noise * Noise(random);
        x[static_cast<std::size_t>(confuse(labels[r]))] += strength;
        LogSoftmax(x);
      }
    }
  }

  int classes;
  std::vector<std::vector<float>> outputs;
  std::vector<int> labels;
  std::vector<double> weights;
};

std::vector<std::size_t> Range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> rows(to - from);
  std::iota(rows.begin(), rows.end(), from);
  return rows;
}

std::vector<int> SlotsOf(const HeadSample& sample) {
  std::vector<int> slots(sample.outputs.size());
  std::iota(slots.begin(), slots.end(), 0);
  return slots;
}

Head Fit(const HeadSample& sample, const std::vector<std::size_t>& rows, HeadFamily family, double ridge = 30) {
  return FitHead(sample.Data(), SlotsOf(sample), rows, {family, ridge});
}

double MeanLoss(HeadSample& sample, const Head& head, const std::vector<std::size_t>& rows) {
  std::vector<float> out(static_cast<std::size_t>(sample.classes));
  double loss = 0;
  for (const std::size_t r : rows) {
    std::vector<LogProbs> inputs;
    for (std::size_t s = 0; s < sample.outputs.size(); ++s) inputs.emplace_back(sample.Output(s, r));
    head.Apply(inputs, out);
    loss -= out[static_cast<std::size_t>(sample.labels[r])] / static_cast<double>(rows.size());
  }
  return loss;
}

std::vector<float> Numbers(const Head& head) {
  std::vector<float> all = head.bias;
  for (const HeadMap& map : head.maps) all.insert(all.end(), map.values.begin(), map.values.end());
  return all;
}

void ExpectFinite(const Head& head) {
  for (const float value : Numbers(head)) EXPECT_TRUE(std::isfinite(value));
}

int Same(int label) {
  return label;
}

TEST(FitHead, APoolOverOneSlotFindsThePlantedTemperature) {
  Random random(1);
  for (const float inverse_temperature : {0.4F, 1.8F}) {
    HeadSample sample(5, 1, 3000);
    for (std::size_t r = 0; r < sample.labels.size(); ++r) {
      const std::span<float> x = sample.Output(0, r);
      for (float& value : x) value = 2 * Noise(random);
      LogSoftmax(x);
      std::vector<float> truth;
      for (const float value : x) truth.push_back(inverse_temperature * value);
      LogSoftmax(truth);
      double draw = random.Uniform();
      int label = 0;
      while (label < 4 && draw >= std::exp(truth[static_cast<std::size_t>(label)])) {
        draw -= std::exp(truth[static_cast<std::size_t>(label++)]);
      }
      sample.labels[r] = label;
    }
    const Head head = Fit(sample, Range(0, 3000), HeadFamily::kPool);
    EXPECT_NEAR(head.maps.at(0).values.at(0), inverse_temperature, 0.1F * inverse_temperature);
    EXPECT_TRUE(head.bias.empty());
  }
}

TEST(FitHead, EquallyGoodIndependentOutputsGetEqualWeights) {
  Random random(2);
  HeadSample sample(4, 2, 3000);
  sample.Fill(random, 2, 1.5F, Same);
  const Head head = Fit(sample, Range(0, 3000), HeadFamily::kPool);
  const float first = head.maps.at(0).values.at(0);
  const float second = head.maps.at(1).values.at(0);
  EXPECT_GT(first, 0.3F);
  EXPECT_NEAR(first, second, 0.1F * first);
}

TEST(FitHead, ASlotOfNoiseGetsNearlyNoWeight) {
  Random random(3);
  HeadSample sample(4, 2, 2000);
  sample.Fill(random, 2, 1.5F, Same);
  for (std::size_t r = 0; r < sample.labels.size(); ++r) {
    for (float& value : sample.Output(1, r)) value = Noise(random);
    LogSoftmax(sample.Output(1, r));
  }
  const Head head = Fit(sample, Range(0, 2000), HeadFamily::kPool);
  EXPECT_GT(head.maps.at(0).values.at(0), 0.3F);
  EXPECT_NEAR(head.maps.at(1).values.at(0), 0, 0.1F);
}

TEST(FitHead, AMatrixUndoesAConfusionThatAPoolCannot) {
  Random random(4);
  HeadSample sample(4, 1, 1200);
  sample.Fill(random, 3, 1, [](int label) { return label < 2 ? 1 - label : label; });  // takes 0 for 1 and 1 for 0
  const std::vector<std::size_t> training = Range(0, 800);
  const std::vector<std::size_t> unseen = Range(800, 1200);
  const double pool = MeanLoss(sample, Fit(sample, training, HeadFamily::kPool), unseen);
  const double matrix = MeanLoss(sample, Fit(sample, training, HeadFamily::kMatrix), unseen);
  EXPECT_LT(matrix, 0.6 * pool);
}

TEST(FitHead, AVectorUndoesABiasThatAPoolCannot) {
  Random random(5);
  HeadSample sample(4, 1, 1200);
  sample.Fill(random, 3, 1, Same);
  for (std::size_t r = 0; r < sample.labels.size(); ++r) {
    sample.Output(0, r)[2] += 4;  // sees class 2 everywhere
    LogSoftmax(sample.Output(0, r));
  }
  const std::vector<std::size_t> unseen = Range(800, 1200);
  const double pool = MeanLoss(sample, Fit(sample, Range(0, 800), HeadFamily::kPool), unseen);
  const double vector = MeanLoss(sample, Fit(sample, Range(0, 800), HeadFamily::kVector), unseen);
  EXPECT_LT(vector, 0.8 * pool);
}

TEST(FitHead, AHugeRidgeLeavesThePool) {
  Random random(6);
  HeadSample sample(3, 2, 400);
  sample.Fill(random, 2, 1, [](int label) { return (label + 1) % 3; });
  const Head pool = Fit(sample, Range(0, 400), HeadFamily::kPool);
  const Head matrix = Fit(sample, Range(0, 400), HeadFamily::kMatrix, 1e9);
  const Head vector = Fit(sample, Range(0, 400), HeadFamily::kVector, 1e9);
  for (std::size_t s = 0; s < 2; ++s) {
    const float weight = pool.maps[s].values[0];
    for (std::size_t in = 0; in < 3; ++in) {
      EXPECT_NEAR(vector.maps[s].values[in], weight, 1e-3F);
      for (std::size_t out = 0; out < 3; ++out) {
        EXPECT_NEAR(matrix.maps[s].values[in * 3 + out], in == out ? weight : 0, 1e-3F);
      }
    }
  }
  for (const float bias : vector.bias) EXPECT_NEAR(bias, 0, 1e-3F);
}

TEST(FitHead, RowsOfWeightZeroAndRowsNotAskedForDoNotMatter) {
  Random random(7);
  HeadSample sample(3, 2, 400);
  sample.Fill(random, 2, 1, Same);
  for (std::size_t r = 200; r < 400; ++r) sample.weights[r] = 0;
  HeadSample other = sample;
  for (std::size_t r = 200; r < 400; ++r) other.labels[r] = 0;
  for (const HeadFamily family : kFamilies) {
    EXPECT_EQ(Numbers(Fit(sample, Range(0, 400), family)), Numbers(Fit(other, Range(0, 400), family)));
    EXPECT_EQ(Numbers(Fit(sample, Range(0, 200), family)), Numbers(Fit(other, Range(0, 200), family)));
  }
  const Head with = Fit(sample, Range(0, 400), HeadFamily::kPool);
  const Head without = Fit(sample, Range(0, 200), HeadFamily::kPool);
  for (std::size_t s = 0; s < 2; ++s) EXPECT_NEAR(with.maps[s].values[0], without.maps[s].values[0], 1e-2F);
}

TEST(FitHead, AWeightOfTwoIsARowTwice) {
  Random random(8);
  HeadSample sample(3, 1, 300);
  sample.Fill(random, 1, 1, Same);
  std::vector<std::size_t> twice = Range(0, 300);
  for (std::size_t r = 0; r < 100; ++r) twice.push_back(r);
  const Head repeated = Fit(sample, twice, HeadFamily::kPool);
  for (std::size_t r = 0; r < 100; ++r) sample.weights[r] = 2;
  const Head weighted = Fit(sample, Range(0, 300), HeadFamily::kPool);
  EXPECT_NEAR(repeated.maps[0].values[0], weighted.maps[0].values[0], 1e-2F);
}

TEST(FitHead, StaysFiniteWhereAClassIsUnseenOrACandidateAlwaysRight) {
  Random random(9);
  HeadSample unseen(4, 2, 200);
  unseen.Fill(random, 2, 1, Same);
  for (int& label : unseen.labels) label = label == 3 ? 0 : label;
  HeadSample perfect(4, 2, 200);
  perfect.Fill(random, 12, 0.1F, Same);
  for (const HeadFamily family : kFamilies) {
    for (HeadSample* sample : {&unseen, &perfect}) {
      const Head head = Fit(*sample, Range(0, 200), family);
      ExpectFinite(head);
      EXPECT_TRUE(std::isfinite(MeanLoss(*sample, head, Range(0, 200))));
    }
    EXPECT_LT(MeanLoss(perfect, Fit(perfect, Range(0, 200), family), Range(0, 200)), 0.01);
  }
}

TEST(FitHead, NamesItsSlotsAndGivesTheSameNumbersTwice) {
  Random random(10);
  HeadSample sample(3, 2, 200);
  sample.Fill(random, 2, 1, Same);
  for (const HeadFamily family : kFamilies) {
    const std::vector<int> slots{4, 7};
    const Head one = FitHead(sample.Data(), slots, Range(0, 200), {family, 30});
    const Head two = FitHead(sample.Data(), slots, Range(0, 200), {family, 30});
    EXPECT_EQ(Numbers(one), Numbers(two));
    EXPECT_EQ(one.maps.at(0).slot, 4);
    EXPECT_EQ(one.maps.at(1).slot, 7);
  }
}

}  // namespace
}  // namespace amsel
