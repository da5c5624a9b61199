#include "card/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ZooTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "zoo_test_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_);
    Write("labels.txt", "cat\ndog\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((fs::path(root_) / name).parent_path());
    ASSERT_TRUE(WriteFile(root_ + "/" + name, text).ok());
  }
  void AddCandidate(const std::string& name, const std::string& labels = "../labels.txt") {
    Card card;
    card.name = name;
    card.input_name = "input";
    card.output_name = "logits";
    card.preprocess.height = card.preprocess.width = 8;
    card.labels = labels;
    Write(name + "/card.json", CardToJson(card).dump());
    Write(name + "/1/model.onnx", "x");
  }
  std::string MessageOf(const Result<Zoo>& zoo) { return zoo.ok() ? "" : zoo.error().message; }

  std::string root_;
};

TEST_F(ZooTest, ListsCandidatesByNameWithTheirHighestVersion) {
  AddCandidate("b");
  AddCandidate("a");
  Write("a/10/model.onnx", "y");
  Write("a/9/model.onnx", "z");
  const auto zoo = LoadZoo(root_);
  ASSERT_TRUE(zoo.ok()) << zoo.error().message;
  ASSERT_EQ(zoo->entries.size(), 2U);
  EXPECT_EQ(zoo->entries[0].card.name, "a");
  EXPECT_THAT(zoo->entries[0].model_file, HasSubstr("/a/10/model.onnx"));
  EXPECT_EQ(zoo->labels, (std::vector<std::string>{"cat", "dog"}));
}

TEST_F(ZooTest, AMissingOrEmptyZooIsRefused) {
  EXPECT_THAT(MessageOf(LoadZoo(root_ + "/none")), HasSubstr("is not a folder"));
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("holds no candidate"));
}

TEST_F(ZooTest, NamesTheCandidateWithoutCardModelOrLabels) {
  Write("a/1/model.onnx", "x");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("/a: has no card.json"));
  AddCandidate("a");
  fs::remove_all(root_ + "/a/1");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("/a: has no <version>/model.onnx"));
  AddCandidate("a", "../none.txt");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("none.txt: cannot be opened"));
}

TEST_F(ZooTest, CandidatesMustShareTheirClasses) {
  AddCandidate("a");
  Write("other.txt", "cat\nbird\n");
  AddCandidate("b", "../other.txt");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("differs from the labels of a"));
}

TEST_F(ZooTest, ACardOfAnotherNameIsRefused) {
  AddCandidate("a");
  fs::rename(root_ + "/a", root_ + "/c");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("field `name`: expected the folder's name \"c\""));
}

TEST_F(ZooTest, CardDefaultsServeCandidatesWithoutACard) {
  AddCandidate("a");
  Json partial = Json::parse(ReadFile(root_ + "/a/card.json").value());
  fs::remove(root_ + "/a/card.json");
  partial.erase("name");
  partial["labels"] = "labels.txt";
  Write("defaults.json", partial.dump());
  const auto zoo = LoadZoo(root_, {root_ + "/defaults.json"});
  ASSERT_TRUE(zoo.ok()) << zoo.error().message;
  EXPECT_EQ(zoo->entries[0].card.name, "a");
}

TEST_F(ZooTest, LabelsWithAnEmptyLineAreRefused) {
  Write("gap.txt", "cat\n\ndog\n");
  EXPECT_THAT(ReadLabels(root_ + "/gap.txt").error().message, HasSubstr("gap.txt: line 2 is empty"));
}

}  // namespace
}  // namespace amsel
