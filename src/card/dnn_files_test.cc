#include "card/dnn_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/sha256.h"
#include "tests/support/folder_test.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DnnFilesTest : public FolderTest {
 protected:
  void SetUp() override { fs::create_directories(root_ + "/1"); }

  /// What is said of a DNN whose weights lie in `location`.
  std::string Complaint(const std::string& location) {
    Write("1/model.onnx", OnnxWithData(location));
    const auto files = FindDnnFiles(root_ + "/1/model.onnx");
    return files.ok() ? "accepted" : files.error().message;
  }

  const std::string weights_ = RawFloats({1, 2, 3, 4, 5, 6});
};

TEST_F(DnnFilesTest, ADnnOfOneFileHasItsPlainSum) {
  Write("1/model.onnx", EmptyOnnx("x"));
  const auto files = FindDnnFiles(root_ + "/1/model.onnx");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_THAT(files->data, IsEmpty());
  EXPECT_EQ(DnnSha256(*files).value(), Sha256Hex(EmptyOnnx("x")));
  EXPECT_EQ(DnnBytes(*files), static_cast<std::int64_t>(EmptyOnnx("x").size()));
}

TEST_F(DnnFilesTest, FindsDataFilesByTidyNamesInOrderEachOnce) {
  ProtoWriter graph;
  for (const char* location : {"z.bin", "weights//part1.bin", "./weights/part1.bin", "./z.bin"}) {
    graph.Bytes(5, OnnxExternalTensor("w", OnnxType::kFloat, {1}, location, 0, 4));
  }
  const std::string model = OnnxModelBytes(graph.bytes());
  Write("1/model.onnx", model);
  Write("1/z.bin", "zzzz");
  Write("1/weights/part1.bin", "partial");
  const auto files = FindDnnFiles(root_ + "/1/model.onnx");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_THAT(files->data, ElementsAre("weights/part1.bin", "z.bin"));
  EXPECT_EQ(DnnBytes(*files), static_cast<std::int64_t>(model.size() + 11));
  const std::string text =
      Sha256Hex(model) + "\n" + Sha256Hex("partial") + "  weights/part1.bin\n" + Sha256Hex("zzzz") + "  z.bin\n";
  EXPECT_EQ(DnnSha256(*files).value(), Sha256Hex(text));
  EXPECT_EQ(DnnSha256OfFile(files->model).value(), Sha256Hex(text));
}

TEST_F(DnnFilesTest, TheSumFollowsTheDataFiles) {
  Write("1/w.bin", weights_);
  ASSERT_EQ(Complaint("w.bin"), "accepted");
  const std::string before = DnnSha256OfFile(root_ + "/1/model.onnx").value();
  Write("1/w.bin", RawFloats({6, 5, 4, 3, 2, 1}));
  EXPECT_NE(DnnSha256OfFile(root_ + "/1/model.onnx").value(), before);
}

TEST_F(DnnFilesTest, AMissingOrShortDataFileIsNamed) {
  EXPECT_THAT(Complaint("w.bin"), HasSubstr(root_ + "/1/model.onnx: data file `w.bin`: is not there"));
  Write("1/w.bin", weights_.substr(1));
  EXPECT_THAT(Complaint("w.bin"), HasSubstr("data file `w.bin`: has 23 bytes; the DNN needs 24"));
  fs::create_directories(root_ + "/1/folder");
  EXPECT_THAT(Complaint("folder"), HasSubstr("data file `folder`: is not a regular file"));
}

TEST_F(DnnFilesTest, DataFilesMayNotLieOutsideTheFolder) {
  Write("w.bin", weights_);
  Write("1/w.bin", weights_);
  EXPECT_THAT(Complaint("../w.bin"), HasSubstr("data file \"../w.bin\": the name of a data file must not lead out"));
  EXPECT_THAT(Complaint("weights/../w.bin"), HasSubstr("must not lead out"));
  EXPECT_THAT(Complaint(root_ + "/1/w.bin"), HasSubstr("must not begin with `/`"));
  fs::create_symlink(root_ + "/w.bin", root_ + "/1/link.bin");
  EXPECT_THAT(Complaint("link.bin"), HasSubstr("data file `link.bin`: is a link that leads out of the DNN's folder"));
  fs::create_directory_symlink(root_, root_ + "/1/up");
  EXPECT_THAT(Complaint("up/w.bin"), HasSubstr("leads out of the DNN's folder"));
  fs::create_symlink("w.bin", root_ + "/1/inside.bin");
  EXPECT_EQ(Complaint("inside.bin"), "accepted");
}

TEST_F(DnnFilesTest, NamesThatABundleCannotHoldAreRefused) {
  for (const char* name :
       {"model.onnx", "./model.onnx", "model.ort", "card.json", "a\\b", "a\nb", "\xFF", "", ".", "a/"}) {
    EXPECT_NE(Complaint(name), "accepted") << name;
  }
  for (const char* name : {"./a", "a//b", "a/./b", "/a", "..", "a/../b", "a/", "", "model.onnx"}) {
    EXPECT_FALSE(CheckDataFileName(name).ok()) << name;
  }
  for (const char* name : {"model.onnx.data", "weights/part1.bin", "..data", "a/model.onnx", "größe"}) {
    EXPECT_TRUE(CheckDataFileName(name).ok()) << name;
  }
}

TEST_F(DnnFilesTest, AnOddlyNamedFileIsNotItsOwnDataFile) {
  Write("1/scorer.onnx", OnnxWithData("scorer.onnx"));
  EXPECT_THAT(FindDnnFiles(root_ + "/1/scorer.onnx").error().message, HasSubstr("the DNN's file itself"));
}

TEST_F(DnnFilesTest, LinksOfACacheThatKeepsFilesByTheirSumsWork) {
  Write("blobs/aa", OnnxWithData("model.onnx.data"));
  Write("blobs/bb", weights_);
  fs::create_symlink("../blobs/aa", root_ + "/1/model.onnx");
  fs::create_symlink("../blobs/bb", root_ + "/1/model.onnx.data");
  const auto files = FindDnnFiles(root_ + "/1/model.onnx");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_THAT(files->data, ElementsAre("model.onnx.data"));
  fs::create_directory_symlink("1", root_ + "/linked");
  EXPECT_TRUE(FindDnnFiles(root_ + "/linked/model.onnx").ok());
}

TEST_F(DnnFilesTest, OrtFilesAreKnownByTheirNameAndHaveNoDataFiles) {
  Write("1/model.ort", std::string("\x20\0\0\0ORTM\0\0", 10));
  const auto files = FindDnnFiles(root_ + "/1/model.ort");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_THAT(files->data, IsEmpty());
  for (const std::string& wrong : {EmptyOnnx("x"), std::string("ORT")}) {
    Write("1/model.ort", wrong);
    EXPECT_THAT(FindDnnFiles(root_ + "/1/model.ort").error().message, HasSubstr("ONNX Runtime's own format"));
  }
}

TEST_F(DnnFilesTest, FilesOfOtherKindsAreTheBackEndsToKnow) {
  Write("1/model.onnx", "1 28 28 2\n");
  EXPECT_EQ(DnnSha256OfFile(root_ + "/1/model.onnx").value(), Sha256Hex("1 28 28 2\n"));
  Write("1/model.onnx", OnnxModelBytes(ProtoWriter().Bytes(5, ProtoWriter().Number(14, 1).bytes()).bytes()));
  EXPECT_THAT(FindDnnFiles(root_ + "/1/model.onnx").error().message, HasSubstr("does not name that file"));
  EXPECT_THAT(FindDnnFiles(root_ + "/2/model.onnx").error().message, HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace amsel
