#include "card/feature_dnn_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class FeatureDnnCardTest : public testing::Test {
 protected:
  FeatureDnnCardTest() {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/cnn/1");
    EXPECT_TRUE(WriteFile(file_, "DNN").ok());
  }
  ~FeatureDnnCardTest() override { std::filesystem::remove_all(root_); }

  static std::string CardOfSide(int side) {
    Card card;
    card.preprocess.height = card.preprocess.width = side;
    return CardToJson(card).dump();
  }

  const std::string root_ =
      testing::TempDir() + "feature_dnn_card_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string file_ = root_ + "/cnn/1/model.onnx";
};

TEST_F(FeatureDnnCardTest, LiesBesideTheFileOrOneFolderAbove) {
  ASSERT_TRUE(WriteFile(root_ + "/cnn/card.json", CardOfSide(32)).ok());
  EXPECT_EQ(ReadFeatureDnnCard(file_)->preprocess.height, 32);
  ASSERT_TRUE(WriteFile(root_ + "/cnn/1/card.json", CardOfSide(16)).ok());
  EXPECT_EQ(ReadFeatureDnnCard(file_)->preprocess.height, 16);
}

TEST_F(FeatureDnnCardTest, WithoutOneTheErrorSaysWhatToWrite) {
  ASSERT_TRUE(WriteFile(root_ + "/card.json", CardOfSide(32)).ok());  // two folders above
  const auto card = ReadFeatureDnnCard(file_);
  ASSERT_FALSE(card.ok());
  EXPECT_EQ(card.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(card.error().message, HasSubstr(file_ + ": has no card.json beside it or one folder above; write one"));
}

TEST_F(FeatureDnnCardTest, FaultsNameTheirFile) {
  EXPECT_THAT(ReadFeatureDnnCard(root_ + "/absent.onnx").error().message, HasSubstr("absent.onnx: is not a file"));
  ASSERT_TRUE(WriteFile(root_ + "/cnn/card.json", "{").ok());
  EXPECT_THAT(ReadFeatureDnnCard(file_).error().message, HasSubstr(root_ + "/cnn/card.json"));
  ASSERT_TRUE(WriteFile(root_ + "/cnn/card.json", "{}").ok());
  EXPECT_THAT(ReadFeatureDnnCard(file_).error().message, HasSubstr("schema"));
}

}  // namespace
}  // namespace amsel
