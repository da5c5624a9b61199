#include "describe/dnn_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DnnArguments : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/a=b/some.onnx");
  }
  void Put(const std::string& name) { ASSERT_TRUE(WriteFile(root_ + "/a=b/" + name, "x").ok()); }

  /// "name: file" of each; or the complaint.
  static std::vector<std::string> Of(const std::vector<std::string>& arguments) {
    const auto dnns = NamedDnns(arguments);
    if (!dnns.ok()) return {dnns.error().message};
    std::vector<std::string> texts;
    for (const NamedDnn& dnn : *dnns) texts.push_back(dnn.name + ": " + dnn.file);
    return texts;
  }

  std::string root_ = testing::TempDir() + "dnn_arguments_test";
  std::string folder_ = root_ + "/a=b";
};

TEST_F(DnnArguments, AFolderStandsForTheFilesInItByTheirOwnNames) {
  Put("model_small.onnx");
  Put("model_large.ort");
  Put(".hidden.onnx");
  Put("labels.txt");
  EXPECT_THAT(Of({folder_, "x=y.onnx"}), ElementsAre("model_large: " + folder_ + "/model_large.ort",
                                                     "model_small: " + folder_ + "/model_small.onnx", "x: y.onnx"));
}

TEST_F(DnnArguments, AFolderWithoutDnnsIsRefused) {
  EXPECT_THAT(Of({folder_}), ElementsAre(HasSubstr("holds no .onnx or .ort file")));
}

TEST_F(DnnArguments, TwoOfOneNameAreRefused) {
  EXPECT_THAT(Of({"a/net.onnx", "a/model.onnx"}), ElementsAre(HasSubstr("would both be called a")));
}

TEST(NameFrom, IsTheFoldersWhereFilesAreCalledTheSame) {
  EXPECT_EQ(NameFrom("zoo/resnet 50.onnx"), "resnet_50");
  EXPECT_EQ(NameFrom("zoo/resnet/1/model.onnx"), "resnet");
  EXPECT_EQ(NameFrom("zoo/resnet/onnx/model_quantized.onnx"), "resnet");
}

}  // namespace
}  // namespace amsel
