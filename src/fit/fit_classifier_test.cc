#include "fit/fit_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <set>
#include <sstream>

#include "base/random.h"
#include "fit/lightgbm.h"
#include "fit/opencv_learners.h"
#include "learn/feature_rows.h"
#include "learn/labels.h"
#include "profile/table.h"

namespace amsel {
namespace {

/// Labelled points, and more without labels: what to learn from and what to ask.
struct Cloud {
  std::string name;
  int dimensions = 0;
  int classes = 0;
  std::vector<float> points;
  std::vector<int> labels;
  std::vector<float> asked;  ///< the points, then others

  ClassifierData data() const { return {points, dimensions, labels, classes}; }
  std::span<const float> Query(std::size_t r) const {
    return std::span(asked).subspan(r * static_cast<std::size_t>(dimensions), static_cast<std::size_t>(dimensions));
  }
  std::size_t queries() const { return asked.size() / static_cast<std::size_t>(dimensions); }
};

/// Classes by which of the first two coordinates is larger, and by their sum; a tenth at random. Coordinates are
/// coarse, so that points fall on thresholds.
Cloud MadeUp(std::uint64_t seed, int classes, int rows) {
  Random random(seed);
  Cloud cloud{"made up " + std::to_string(seed), 4, classes, {}, {}, {}};
  for (int r = 0; r < rows; ++r) {
    float x[4];
    for (float& value : x) value = static_cast<float>(random.Below(65)) / 64;
    const int tells = (x[0] > x[1] ? 1 : 0) + (x[0] + x[1] > 1 ? 2 : 0);
    cloud.points.insert(cloud.points.end(), x, x + 4);
    cloud.labels.push_back(random.Below(10) == 0 ? static_cast<int>(random.Below(static_cast<std::uint64_t>(classes)))
                                                 : tells % classes);
  }
  cloud.asked = cloud.points;
  for (int r = 0; r < 4 * rows; ++r) cloud.asked.push_back(static_cast<float>(random.Uniform() * 1.4 - 0.2));
  return cloud;
}

/// The feature rows of a profile, scaled to 0 … 1; labels: the cheapest three candidates that are right, or none.
/// Learned from every other row.
Cloud OfProfile(const std::string& file) {
  const ProfileTable table = ProfileTable::Load(file).value();
  std::vector<std::size_t> rows(table.image_count());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  Cloud cloud{file, static_cast<int>(table.feature_names.size()), 0, {},
              {},   FeatureRows(table, rows, table.feature_names)};
  for (std::size_t f = 0; f < table.feature_names.size(); ++f) {
    float low = INFINITY;
    float high = -INFINITY;
    for (std::size_t at = f; at < cloud.asked.size(); at += table.feature_names.size()) {
      low = std::min(low, cloud.asked[at]);
      high = std::max(high, cloud.asked[at]);
    }
    for (std::size_t at = f; at < cloud.asked.size(); at += table.feature_names.size()) {
      cloud.asked[at] = high > low ? (cloud.asked[at] - low) / (high - low) : 0;
    }
  }
  const std::vector<int> labels = CheapestRight(table, rows, std::vector<std::size_t>{0, 1, 2}, {});
  std::map<int, int> classes;
  for (std::size_t r = 0; r < rows.size(); r += 2) {
    cloud.points.insert(cloud.points.end(), cloud.Query(r).begin(), cloud.Query(r).end());
    cloud.labels.push_back(labels[r]);
    classes[labels[r]] = 0;
  }
  for (auto& [label, number] : classes) number = cloud.classes++;
  for (int& label : cloud.labels) label = classes.at(label);
  return cloud;
}

/// Made-up clouds, and those of the profiles that $AMSEL_TEST_PROFILES lists (separated by colons).
std::vector<Cloud> Clouds() {
  std::vector<Cloud> clouds{MadeUp(1, 2, 300), MadeUp(2, 3, 500), MadeUp(3, 4, 800), MadeUp(4, 2, 30)};
  const char* listed = std::getenv("AMSEL_TEST_PROFILES");
  std::istringstream files(listed == nullptr ? "" : listed);
  for (std::string file; std::getline(files, file, ':');) clouds.push_back(OfProfile(file));
  return clouds;
}

int Ask(const Classifier& classifier, std::span<const float> query) {
  std::vector<float> scratch(classifier.scratch_size());
  std::vector<float> scores(static_cast<std::size_t>(classifier.classes()));
  return Classify(classifier, query, scratch, scores);
}

double TrainingAccuracy(const Cloud& cloud, const Classifier& classifier) {
  double right = 0;
  for (std::size_t r = 0; r < cloud.labels.size(); ++r)
    right += Ask(classifier, cloud.Query(r)) == cloud.labels[r] ? 1 : 0;
  return right / static_cast<double>(cloud.labels.size());
}

/// Every answer of the exported classifier is OpenCV's.
void ExpectAsOpenCv(const Cloud& cloud, const cv::ml::StatModel& model, const Classifier& exported) {
  int other = 0;
  for (std::size_t r = 0; r < cloud.queries(); ++r) {
    const std::span<const float> query = cloud.Query(r);
    const cv::Mat row(1, cloud.dimensions, CV_32F, const_cast<float*>(query.data()));
    other += Ask(exported, query) != static_cast<int>(model.predict(row)) ? 1 : 0;
  }
  EXPECT_EQ(other, 0) << cloud.name << ", of " << cloud.queries();
}

TEST(ExportTrees, AnswersAsTheTreeOfOpenCv) {
  for (const Cloud& cloud : Clouds()) {
    const auto tree = TrainTree(cloud.data(), {});
    ExpectAsOpenCv(cloud, *tree, *ExportTrees(*tree, cloud.data()));
  }
}

TEST(ExportTrees, AnswersAsTheForestOfOpenCv) {
  for (const Cloud& cloud : Clouds()) {
    const auto forest = TrainForest(cloud.data(), {});
    ExpectAsOpenCv(cloud, *forest, *ExportTrees(*forest, cloud.data()));
  }
}

TEST(ExportSvm, AnswersAsTheSupportVectorMachineOfOpenCv) {
  for (const Cloud& cloud : Clouds()) {
    for (const double gamma : {0.001, 1.0, 30.0}) {
      ClassifierOptions options;
      options.svm_gamma = gamma;
      const auto svm = TrainSvm(cloud.data(), options);
      ExpectAsOpenCv(cloud, *svm, *ExportSvm(*svm, cloud.data()));
    }
  }
}

TEST(ExportBoosted, AnswersAsLightGbm) {
  const auto library = LightGbm::Open();
  if (!library.ok()) GTEST_SKIP() << library.error().message;
  for (const Cloud& cloud : Clouds()) {
    const BoostedTrees trees = (*library)->Train(cloud.data(), cloud.asked, {});
    const auto exported = ExportBoosted(trees.json, cloud.data());
    std::vector<float> scores(static_cast<std::size_t>(cloud.classes));
    int other = 0;
    for (std::size_t r = 0; r < cloud.queries(); ++r) {
      exported->Scores(cloud.Query(r), {}, scores);
      const auto own = trees.scores.begin() + static_cast<std::ptrdiff_t>(r * scores.size());
      const auto best = std::max_element(own, own + static_cast<std::ptrdiff_t>(scores.size())) - own;
      other += best != std::max_element(scores.begin(), scores.end()) - scores.begin() ? 1 : 0;
      for (std::size_t c = 0; c < scores.size(); ++c) {
        ASSERT_NEAR(scores[c], own[static_cast<std::ptrdiff_t>(c)], 1e-4) << cloud.name << " row " << r;
      }
    }
    EXPECT_EQ(other, 0) << cloud.name;
  }
}

TEST(FitBayes, IsTheFormulaOfGaussianNaiveBayes) {
  const Cloud cloud = MadeUp(7, 3, 400);
  const auto exported = FitBayes(cloud.data());
  std::vector<float> scores(3);
  for (std::size_t r = 0; r < 40; ++r) {
    exported->Scores(cloud.Query(r), {}, scores);
    for (int c = 0; c < 3; ++c) {
      double count = 0;
      double log_likelihood = 0;
      for (std::size_t j = 0; j < 4; ++j) {
        double sum = 0;
        double squares = 0;
        count = 0;
        for (std::size_t i = 0; i < cloud.labels.size(); ++i) {
          if (cloud.labels[i] != c) continue;
          const double x = cloud.points[4 * i + j];
          count += 1;
          sum += x;
          squares += x * x;
        }
        const double variance = squares / count - sum / count * sum / count;
        log_likelihood -= std::pow(cloud.Query(r)[j] - sum / count, 2) / (2 * variance) + std::log(variance) / 2;
      }
      EXPECT_NEAR(scores[static_cast<std::size_t>(c)], std::log(count / 400) + log_likelihood, 1e-3);
    }
  }
}

TEST(FitLogistic, SeparatesWhatAPlaneSeparates) {
  Cloud cloud = MadeUp(8, 2, 600);
  for (std::size_t r = 0; r < cloud.labels.size(); ++r)
    cloud.labels[r] = cloud.points[4 * r] + cloud.points[4 * r + 1] > 1 ? 1 : 0;
  EXPECT_GT(TrainingAccuracy(cloud, *FitLogistic(cloud.data())), 0.97);
}

TEST(ConstantClassifier, AlwaysSaysTheSame) {
  for (const int label : {0, 1}) {
    EXPECT_EQ(Ask(*ConstantClassifier(2, label), std::vector<float>{5, -3}), label);
  }
}

class EachClassifier : public testing::TestWithParam<std::string> {
 protected:
  static ClassifierLearner LearnerOrSkip() {
    const auto learner = MakeClassifierLearner(GetParam(), {});
    return learner.ok() ? *learner : ClassifierLearner();
  }
};

TEST_P(EachClassifier, LearnsMoreThanTheMostFrequentClassAndTheSameEachTime) {
  const auto learner = LearnerOrSkip();
  if (!learner) GTEST_SKIP() << "no library for " << GetParam();
  const Cloud cloud = MadeUp(9, 4, 600);
  const auto first = learner(cloud.data());
  const auto second = learner(cloud.data());
  const double least = GetParam() == "svm" ? 0.2 : 0.6;  // its gamma is the paper's, with which it sees little
  EXPECT_GT(TrainingAccuracy(cloud, *first), least);
  std::vector<float> scratch(first->scratch_size());
  std::vector<float> a(4);
  std::vector<float> b(4);
  for (std::size_t r = 0; r < cloud.queries(); ++r) {
    first->Scores(cloud.Query(r), scratch, a);
    second->Scores(cloud.Query(r), scratch, b);
    ASSERT_EQ(a, b);
  }
}

TEST_P(EachClassifier, BearsFewImagesAndFeaturesThatNeverVary) {
  const auto learner = LearnerOrSkip();
  if (!learner) GTEST_SKIP() << "no library for " << GetParam();
  const std::vector<float> points{0, 0, 0, 0, 0, 0};
  const std::vector<int> labels{0, 1, 1};
  const auto classifier = learner({points, 2, labels, 2});
  EXPECT_LT(Ask(*classifier, std::vector<float>{0, 0}), 2);
}

INSTANTIATE_TEST_SUITE_P(Learners, EachClassifier, testing::ValuesIn(ClassifierNames()),
                         [](const auto& learner) { return learner.param; });

}  // namespace
}  // namespace amsel
