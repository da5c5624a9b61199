#include "features/dnn_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/feature_dnn_card.h"
#include "features/features.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(DnnFeatures, AreNumberedFromZero) {
  EXPECT_EQ(DnnFeatureName(0), "dnn.0");
  for (const int value : {0, 7, 10, kMostFeatureDnnValues - 1}) {
    EXPECT_EQ(DnnValueOf(DnnFeatureName(value)), value);
  }
  for (const char* name :
       {"dnn", "dnn.", "dnn.-1", "dnn.01", "dnn.1x", "dnn.256", "dnn.99999999999", "dnns.1", "noise", ""}) {
    EXPECT_FALSE(DnnValueOf(name).has_value()) << name;
  }
}

TEST(DnnFeatures, AreToldFromTheOthersInTheirOrder) {
  const std::vector<std::string> mixed{"dnn.1", "noise", "dnn.0", "hue1"};
  EXPECT_THAT(DnnFeaturesIn(mixed), ElementsAre("dnn.1", "dnn.0"));
  EXPECT_THAT(DnnFeaturesIn(mixed, /*wanted=*/false), ElementsAre("noise", "hue1"));
}

TEST(DnnFeatures, MayBeAskedForAndAreInNoOtherList) {
  EXPECT_THAT(ExpandFeatureNames({"dnn", "noise", "dnn.3", "dnn"}).value(), ElementsAre("dnn", "noise", "dnn.3"));
  EXPECT_THAT(ExpandFeatureNames({"dnn.256"}).error().message, HasSubstr("no feature `dnn.256`"));
  for (const std::vector<std::string>& list : {AllFeatureNames(), GateFeatureNames(), PaperFeatureNames()}) {
    EXPECT_THAT(list, Not(testing::Contains(HasSubstr("dnn"))));
  }
}

}  // namespace
}  // namespace amsel
