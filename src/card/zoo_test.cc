#include "card/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/folder_test.h"
#include "tests/support/small_card.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class ZooTest : public FolderTest {
 protected:
  void SetUp() override { Write("labels.txt", "cat\ndog\n"); }

  void AddCandidate(const std::string& name, const std::string& labels = "../labels.txt") {
    Write(name + "/card.json", CardToJson(SmallCard(name, labels)).dump());
    Write(name + "/1/model.onnx", EmptyOnnx("x"));
  }
  std::string MessageOf(const Result<Zoo>& zoo) { return zoo.ok() ? "" : zoo.error().message; }
};

TEST_F(ZooTest, NamesThatAreNotPlainAreRefused) {
  AddCandidate("a");
  AddCandidate("b\\c");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), AllOf(HasSubstr("field `name`: expected a plain name"), HasSubstr("b\\\\c")));
  fs::remove_all(Path("b\\c"));
  Write("b\nc/1/model.onnx", EmptyOnnx("x"));
  Write("defaults.json", R"({"schema": "card/1", "labels": "labels.txt",
      "input": {"layout": "NCHW", "channels": "RGB", "dtype": "float32"}, "output": {"kind": "logits"},
      "preprocess": {"center_crop_fraction": 1, "interpolation": "bilinear", "mean": [0, 0, 0], "std": [1, 1, 1]}})");
  EXPECT_THAT(MessageOf(LoadZoo(root_, {Path("defaults.json")})), HasSubstr("the folder's name is not a plain name"));
}

TEST_F(ZooTest, ListsCandidatesByNameWithTheirHighestVersion) {
  AddCandidate("b");
  AddCandidate("a");
  Write("a/10/model.onnx", EmptyOnnx("y"));
  Write("a/9/model.onnx", EmptyOnnx("z"));
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
  Write("a/1/model.onnx", EmptyOnnx("x"));
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

TEST_F(ZooTest, FindsTheFaultsOfAllCandidatesInOneRun) {
  AddCandidate("a");
  AddCandidate("b");
  AddCandidate("c", "../none.txt");
  Write("b/card.json", "{");
  Write("b/1/model.onnx", OnnxWithData("w"));
  fs::remove_all(root_ + "/c/1");
  const ZooReading reading = ReadZoo(root_);
  ASSERT_EQ(reading.zoo.entries.size(), 1U);
  EXPECT_EQ(reading.zoo.entries[0].card.name, "a");
  std::vector<std::string> candidates;
  for (const ZooFault& fault : reading.faults) candidates.push_back(fault.candidate);
  EXPECT_THAT(candidates, ElementsAre("b", "b", "c", "c"));
  EXPECT_THAT(MessageOf(LoadZoo(root_)),
              AllOf(HasSubstr("b/card.json: is not valid JSON"),
                    HasSubstr("\n" + root_ + "/b/1/model.onnx: data file `w`: is not there"),
                    HasSubstr("none.txt: cannot be opened"), HasSubstr("/c: has no <version>/model.onnx")));
}

TEST_F(ZooTest, AFaultThatCandidatesShareIsSaidOnce) {
  AddCandidate("a");
  AddCandidate("b");
  fs::remove(root_ + "/labels.txt");
  EXPECT_EQ(ReadZoo(root_).faults.size(), 2U);
  const std::string message = MessageOf(LoadZoo(root_));
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 0) << message;
}

TEST_F(ZooTest, AMissingDataFileIsAFaultOfTheCandidate) {
  AddCandidate("a");
  Write("a/1/model.onnx", OnnxWithData("model.onnx.data"));
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("a/1/model.onnx: data file `model.onnx.data`: is not there"));
  Write("a/1/model.onnx.data", std::string(24, '\0'));
  EXPECT_TRUE(LoadZoo(root_).ok());
}

TEST_F(ZooTest, FoldersThatAreNoCandidatesArePassedOver) {
  AddCandidate("a");
  for (const char* folder : {"@eaDir/a", "__MACOSX/b/1", ".git", "__pycache__", "images/cats", "empty"}) {
    fs::create_directories(root_ + "/" + folder);
  }
  Write("@eaDir/a/model.onnx", "thumbnail");
  Write("__MACOSX/b/1/model.onnx", "resource fork");
  const ZooReading reading = ReadZoo(root_);
  EXPECT_TRUE(reading.faults.empty());
  EXPECT_EQ(reading.zoo.entries.size(), 1U);
  EXPECT_THAT(reading.passed_over, ElementsAre("empty", "images"));
}

TEST_F(ZooTest, ADnnWithoutACardOrUnderAnotherNameIsNoPassedOverFolder) {
  Write("a/resnet.onnx", EmptyOnnx("x"));
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("/a: has no card.json"));
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("resnet.onnx must be named so"));
}

TEST_F(ZooTest, ACandidateInTheZoosPlaceIsToldSo) {
  AddCandidate("a");
  fs::remove_all(root_ + "/a/1");
  EXPECT_THAT(MessageOf(LoadZoo(root_ + "/a")), HasSubstr("name the folder above"));
}

TEST_F(ZooTest, LinksOfEveryKindAreFollowed) {
  fs::create_directories(root_ + "/zoo");
  AddCandidate("store/a");
  AddCandidate("store/b");
  for (const char* name : {"a", "b"}) {
    Json card = Json::parse(ReadFile(root_ + "/store/" + name + "/card.json").value());
    card["name"] = name;
    Write(std::string("store/") + name + "/card.json", card.dump());
  }
  Write("store/labels.txt", "cat\ndog\n");
  fs::create_directory_symlink("../store/a", root_ + "/zoo/a");  // its labels: beside what it leads to
  Write("blobs/aa", EmptyOnnx("x"));
  fs::create_directories(root_ + "/zoo/b/1");
  fs::create_symlink("../../store/b/card.json", root_ + "/zoo/b/card.json");
  fs::create_symlink("../../../blobs/aa", root_ + "/zoo/b/1/model.onnx");
  EXPECT_THAT(MessageOf(LoadZoo(root_ + "/zoo")), HasSubstr("zoo/labels.txt: cannot be opened"));  // b's
  Write("zoo/labels.txt", "cat\ndog\n");
  const auto zoo = LoadZoo(root_ + "/zoo");
  ASSERT_TRUE(zoo.ok()) << zoo.error().message;
  EXPECT_EQ(zoo->entries.size(), 2U);
}

TEST_F(ZooTest, LinksThatLeadNowhereAreNamed) {
  AddCandidate("a");
  Write("a/2/other", "");
  fs::create_symlink("gone", root_ + "/a/2/model.onnx");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("a/2/model.onnx: is a link that leads nowhere"));
  fs::create_symlink("self", root_ + "/self");
  EXPECT_THAT(MessageOf(LoadZoo(root_)), HasSubstr("/self: is a link that leads nowhere"));
}

TEST_F(ZooTest, AnOrtFileServesWhereAVersionHasNoOnnxFile) {
  AddCandidate("a");
  const std::string ort("\x20\0\0\0ORTM", 8);
  Write("a/2/model.ort", ort);
  EXPECT_THAT(LoadZoo(root_).value().entries[0].model_file, HasSubstr("/a/2/model.ort"));
  Write("a/2/model.onnx", EmptyOnnx("x"));
  EXPECT_THAT(LoadZoo(root_).value().entries[0].model_file, HasSubstr("/a/2/model.onnx"));
}

}  // namespace
}  // namespace amsel
