#include "policy/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "policy/classifier_file.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<float> ScoresOf(const Classifier& classifier, const std::vector<float>& query) {
  std::vector<float> scratch(classifier.scratch_size());
  std::vector<float> scores(static_cast<std::size_t>(classifier.classes()));
  classifier.Scores(query, scratch, scores);
  return scores;
}

int ClassOf(const Classifier& classifier, const std::vector<float>& query) {
  std::vector<float> scratch(classifier.scratch_size());
  std::vector<float> scores(static_cast<std::size_t>(classifier.classes()));
  return Classify(classifier, query, scratch, scores);
}

/// x₀ ≤ 0.5: class 0; else x₁ ≤ 0.25: class 2, else class 1. A second tree always votes for class 2.
TreesClassifier TwoTrees() {
  return {{{0, 0.5F, 1, 2}, {-1, 0, 0, 0}, {1, 0.25F, 3, 4}, {-1, 0, 2, 0}, {-1, 0, 1, 0}, {-1, 0, 3, 0}},
          {0, 5},
          {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0.5F},
          2,
          3};
}

KnnClassifier Line() {
  return {KnnIndex({0, 0.2F, 0.4F, 0.6F, 0.8F, 1}, {0, 0, 0, 1, 1, 1}, 6, 1, 1), 3};
}

SvmClassifier ThreeVectors() {
  SvmClassifier::Parts parts;
  parts.vectors = {0, 0, 1, 0, 0, 1};
  parts.coefficients = {1, -1, 0, 1, 0, -1, 0, 1, -1};
  parts.rho = {0.1F, -0.1F, 0};
  parts.gamma = 2;
  parts.dimensions = 2;
  parts.classes = 3;
  return SvmClassifier(parts);
}

GaussianClassifier TwoHills() {
  return {{0, 0, 1, 1}, {1, 1, 4, 4}, {-1, -0.5F}};
}

LinearClassifier ThreePlanes() {
  return {{1, 0, 0, 1, -1, -1}, {0, 0.25F, 0.5F}};
}

TEST(KnnClassifier, OneTargetIsTheShareInFavourOfClassOne) {
  EXPECT_THAT(ScoresOf(Line(), {0.55F}), ElementsAre(testing::FloatEq(1.0F / 3), testing::FloatEq(2.0F / 3)));
  EXPECT_EQ(ClassOf(Line(), {0.0F}), 0);
  EXPECT_EQ(ClassOf(Line(), {0.9F}), 1);
}

TEST(TreesClassifier, SumsTheLeavesThatAQueryComesTo) {
  EXPECT_THAT(ScoresOf(TwoTrees(), {0.5F, 1}), ElementsAre(1, 0, 0.5F));  // at most the threshold goes low
  EXPECT_THAT(ScoresOf(TwoTrees(), {0.6F, 0.25F}), ElementsAre(0, 0, 1.5F));
  EXPECT_THAT(ScoresOf(TwoTrees(), {0.6F, 0.3F}), ElementsAre(0, 1, 0.5F));
}

TEST(SvmClassifier, EachPairOfClassesGivesOneVote) {
  Random random(3);
  const SvmClassifier svm = ThreeVectors();
  const auto& parts = svm.parts();
  for (int round = 0; round < 200; ++round) {
    const std::vector<float> query{static_cast<float>(2 * random.Uniform()), static_cast<float>(2 * random.Uniform())};
    std::vector<double> kernel;
    for (std::size_t v = 0; v < 3; ++v) {
      kernel.push_back(std::exp(
          -2 * (std::pow(query[0] - parts.vectors[2 * v], 2) + std::pow(query[1] - parts.vectors[2 * v + 1], 2))));
    }
    const double decisions[] = {kernel[0] - kernel[1] - 0.1F, kernel[0] - kernel[2] + 0.1F, kernel[1] - kernel[2]};
    std::vector<float> votes(3, 0);
    votes[decisions[0] > 0 ? 0 : 1] += 1;
    votes[decisions[1] > 0 ? 0 : 2] += 1;
    votes[decisions[2] > 0 ? 1 : 2] += 1;
    EXPECT_EQ(ScoresOf(svm, query), votes);
  }
}

TEST(GaussianClassifier, ScoresAreLogLikelihoods) {
  EXPECT_THAT(ScoresOf(TwoHills(), {0.5F, 1}), ElementsAre(-1 - 1.25F / 2, -0.5F - 0.25F * 4 / 2));
}

TEST(LinearClassifier, TheLowestOfEqualClassesWins) {
  EXPECT_THAT(ScoresOf(ThreePlanes(), {0.5F, 0.25F}), ElementsAre(0.5F, 0.5F, -0.25F));
  EXPECT_EQ(ClassOf(ThreePlanes(), {0.5F, 0.25F}), 0);
}

/// Writes and reads one back.
std::shared_ptr<const Classifier> ThroughAFile(const Classifier& classifier) {
  TensorFile file;
  const Json config = PutClassifier("c", classifier, file);
  JsonReader reader(config, "f");
  auto read =
      GetClassifier("c", reader, file, static_cast<std::size_t>(classifier.dimensions()), classifier.classes(), "f");
  EXPECT_TRUE(read.ok()) << read.error().message;
  return std::move(read).value();
}

TEST(ClassifierFile, EveryFormScoresAlikeAfterBeingWrittenAndRead) {
  const KnnClassifier knn = Line();
  const KnnClassifier wide(KnnIndex({0, 0, 1, 1}, {1, 0, 0, 0, 0, 1}, 2, 2, 3), 1);
  const TreesClassifier trees = TwoTrees();
  const SvmClassifier svm = ThreeVectors();
  const GaussianClassifier gaussian = TwoHills();
  const LinearClassifier linear = ThreePlanes();
  Random random(4);
  for (const Classifier* classifier :
       std::initializer_list<const Classifier*>{&knn, &wide, &trees, &svm, &gaussian, &linear}) {
    const auto read = ThroughAFile(*classifier);
    EXPECT_EQ(read->form(), classifier->form());
    EXPECT_EQ(read->ScoreInWords(), classifier->ScoreInWords());
    for (int round = 0; round < 50; ++round) {
      std::vector<float> query;
      for (int j = 0; j < classifier->dimensions(); ++j) query.push_back(static_cast<float>(random.Uniform()));
      EXPECT_EQ(ScoresOf(*read, query), ScoresOf(*classifier, query));
    }
  }
}

/// What reading says after one value of a tensor of TwoTrees has been spoiled.
std::string Spoiled(const std::string& tensor, std::size_t at, float value) {
  TensorFile file;
  const Json config = PutClassifier("c", TwoTrees(), file);
  file.tensors.at(tensor).floats[at] = value;
  JsonReader reader(config, "f");
  const auto read = GetClassifier("c", reader, file, 2, 3, "f");
  return read.ok() ? "no fault" : read.error().message;
}

TEST(ClassifierFile, TreesThatLeadNowhereAreRefused) {
  EXPECT_THAT(Spoiled("c.nodes", 0, 2), HasSubstr("node 0"));     // no such feature
  EXPECT_THAT(Spoiled("c.nodes", 0, 0.5F), HasSubstr("node 0"));  // no whole number
  EXPECT_THAT(Spoiled("c.nodes", 2, 0), HasSubstr("node 0"));     // its own child
  EXPECT_THAT(Spoiled("c.nodes", 11, 1), HasSubstr("node 2"));    // back to an earlier node
  EXPECT_THAT(Spoiled("c.nodes", 3, 6), HasSubstr("node 0"));     // past the last node
  EXPECT_THAT(Spoiled("c.nodes", 6, 4), HasSubstr("node 1"));     // past the last row of values
  EXPECT_THAT(Spoiled("c.roots", 1, 6), HasSubstr("root"));
  EXPECT_THAT(Spoiled("c.values", 0, NAN), HasSubstr("not finite"));
  EXPECT_EQ(Spoiled("c.nodes", 1, 0.75F), "no fault");
}

TEST(ClassifierFile, FaultsOfOtherFormsAreNamed) {
  const auto fault = [](const Classifier& classifier, auto&& spoil) {
    TensorFile file;
    Json config = PutClassifier("c", classifier, file);
    spoil(config, file);
    JsonReader reader(config, "f");
    const auto read =
        GetClassifier("c", reader, file, static_cast<std::size_t>(classifier.dimensions()), classifier.classes(), "f");
    return read.ok() ? std::string("no fault") : read.error().message;
  };
  EXPECT_THAT(fault(Line(), [](Json& config, TensorFile&) { config["form"] = "luck"; }), HasSubstr("field `form`"));
  EXPECT_THAT(fault(Line(), [](Json& config, TensorFile&) { config["k"] = 0; }), HasSubstr("field `k`"));
  EXPECT_THAT(fault(Line(), [](Json&, TensorFile& file) { file.tensors.erase("c.targets"); }), HasSubstr("c.targets"));
  EXPECT_THAT(fault(ThreeVectors(), [](Json& config, TensorFile&) { config["gamma"] = -1; }), HasSubstr("gamma"));
  EXPECT_THAT(
      fault(ThreeVectors(), [](Json&, TensorFile& file) { file.tensors["c.rho"] = Tensor::Floats({2}, {0, 0}); }),
      HasSubstr("c.rho"));
  EXPECT_THAT(fault(TwoHills(), [](Json&, TensorFile& file) { file.tensors.erase("c.constant"); }),
              HasSubstr("c.constant"));
  EXPECT_THAT(fault(ThreePlanes(), [](Json&, TensorFile& file) { file.tensors.erase("c.bias"); }), HasSubstr("c.bias"));
}

}  // namespace
}  // namespace amsel
