#include "features/premodel_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/premodel_card.h"
#include "features/features.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(PremodelFeatures, AreNumberedFromZero) {
  EXPECT_EQ(PremodelFeatureName(0), "premodel.0");
  for (const int value : {0, 7, 10, kMostPremodelValues - 1}) {
    EXPECT_EQ(PremodelValueOf(PremodelFeatureName(value)), value);
  }
  for (const char* name : {"premodel", "premodel.", "premodel.-1", "premodel.01", "premodel.1x", "premodel.256",
                           "premodel.99999999999", "premodels.1", "noise", ""}) {
    EXPECT_FALSE(PremodelValueOf(name).has_value()) << name;
  }
}

TEST(PremodelFeatures, AreToldFromTheOthersInTheirOrder) {
  const std::vector<std::string> mixed{"premodel.1", "noise", "premodel.0", "hue1"};
  EXPECT_THAT(PremodelFeaturesIn(mixed), ElementsAre("premodel.1", "premodel.0"));
  EXPECT_THAT(PremodelFeaturesIn(mixed, /*wanted=*/false), ElementsAre("noise", "hue1"));
}

TEST(PremodelFeatures, MayBeAskedForAndAreInNoOtherList) {
  EXPECT_THAT(ExpandFeatureNames({"premodel", "noise", "premodel.3", "premodel"}).value(),
              ElementsAre("premodel", "noise", "premodel.3"));
  EXPECT_THAT(ExpandFeatureNames({"premodel.256"}).error().message, HasSubstr("no feature `premodel.256`"));
  for (const std::vector<std::string>& list : {AllFeatureNames(), GateFeatureNames(), PaperFeatureNames()}) {
    EXPECT_THAT(list, Not(testing::Contains(HasSubstr("premodel"))));
  }
}

}  // namespace
}  // namespace amsel
