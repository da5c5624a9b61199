#include "card/premodel_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace amsel {
namespace {

using testing::HasSubstr;

class PremodelCardTest : public testing::Test {
 protected:
  PremodelCardTest() {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/cnn/1");
    EXPECT_TRUE(WriteFile(file_, "DNN").ok());
  }
  ~PremodelCardTest() override { std::filesystem::remove_all(root_); }

  static std::string CardOfSide(int side) {
    Card card;
    card.preprocess.height = card.preprocess.width = side;
    return CardToJson(card).dump();
  }

  const std::string root_ =
      testing::TempDir() + "premodel_card_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string file_ = root_ + "/cnn/1/model.onnx";
};

TEST_F(PremodelCardTest, LiesBesideTheFileOrOneFolderAbove) {
  ASSERT_TRUE(WriteFile(root_ + "/cnn/card.json", CardOfSide(32)).ok());
  EXPECT_EQ(ReadPremodelCard(file_)->preprocess.height, 32);
  ASSERT_TRUE(WriteFile(root_ + "/cnn/1/card.json", CardOfSide(16)).ok());
  EXPECT_EQ(ReadPremodelCard(file_)->preprocess.height, 16);
}

TEST_F(PremodelCardTest, WithoutOneTheErrorSaysWhatToWrite) {
  ASSERT_TRUE(WriteFile(root_ + "/card.json", CardOfSide(32)).ok());  // two folders above
  const auto card = ReadPremodelCard(file_);
  ASSERT_FALSE(card.ok());
  EXPECT_EQ(card.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(card.error().message, HasSubstr(file_ + ": has no card.json beside it or one folder above; write one"));
}

TEST_F(PremodelCardTest, FaultsNameTheirFile) {
  EXPECT_THAT(ReadPremodelCard(root_ + "/absent.onnx").error().message, HasSubstr("absent.onnx: is not a file"));
  ASSERT_TRUE(WriteFile(root_ + "/cnn/card.json", "{").ok());
  EXPECT_THAT(ReadPremodelCard(file_).error().message, HasSubstr(root_ + "/cnn/card.json"));
  ASSERT_TRUE(WriteFile(root_ + "/cnn/card.json", "{}").ok());
  EXPECT_THAT(ReadPremodelCard(file_).error().message, HasSubstr("schema"));
}

}  // namespace
}  // namespace amsel
