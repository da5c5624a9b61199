#include "profile/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace amsel {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kLabels{"cat", "dog", "crane", "crane"};

Result<std::vector<LabelledImage>> Parse(const std::string& text) {
  return ParseImagesCsv(text, "images.csv", "data", kLabels);
}

std::string Complaint(const std::string& text) {
  const auto images = Parse(text);
  return images.ok() ? "" : images.error().message;
}

TEST(ImagesCsv, ReadsNamesIndicesAndOptionalColumns) {
  const auto images = Parse("label,path,weight,group,split\ndog,a.jpg,0.5,g1,fit\n3,/abs/b.jpg,,,\n");
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ((*images)[0].label, 1);
  EXPECT_EQ((*images)[0].reference, "data/a.jpg");
  EXPECT_EQ((*images)[0].weight, 0.5);
  EXPECT_EQ((*images)[0].group, "g1");
  EXPECT_EQ((*images)[0].split, "fit");
  EXPECT_EQ((*images)[1].label, 3);
  EXPECT_EQ((*images)[1].reference, "/abs/b.jpg");
  EXPECT_EQ((*images)[1].weight, 1);
}

TEST(ImagesCsv, FaultsNameFileLineAndExpectation) {
  EXPECT_THAT(Complaint(""), HasSubstr("images.csv: is empty"));
  EXPECT_THAT(Complaint("a.jpg,1\n"), HasSubstr("images.csv: line 1: column `a.jpg` is unknown"));
  EXPECT_THAT(Complaint("path\na.jpg\n"), HasSubstr("the columns path and label"));
  EXPECT_THAT(Complaint("path,label,path\n"), HasSubstr("there twice"));
  EXPECT_THAT(Complaint("path,label\n"), HasSubstr("lists no image"));
  EXPECT_THAT(Complaint("path,label\na.jpg,bird\n"), HasSubstr("images.csv: line 2: unknown label `bird`"));
  EXPECT_THAT(Complaint("path,label\na.jpg,4\n"), HasSubstr("a class index from 0 to 3"));
  EXPECT_THAT(Complaint("path,label\na.jpg,crane\n"), HasSubstr("names several classes"));
  EXPECT_THAT(Complaint("path,label\na.jpg,1\n\nb.jpg,1\n"), HasSubstr("line 3: is empty"));
  EXPECT_THAT(Complaint("path,label\na.jpg\n"), HasSubstr("line 2: has 1 fields, the header 2"));
  EXPECT_THAT(Complaint("path,label\n,1\n"), HasSubstr("line 2: the path is empty"));
  EXPECT_THAT(Complaint("path,label\na.jpg,1\na.jpg,1\n"), HasSubstr("line 3: path `a.jpg` is there twice"));
  EXPECT_THAT(Complaint("path,label,weight\na.jpg,1,-2\n"), HasSubstr("line 2: weight `-2`"));
  EXPECT_THAT(Complaint("path,label,split\na.jpg,1,train\n"), HasSubstr("line 2: split `train`"));
}

TEST(LoadDataset, ReadsAFolderPerClass) {
  const std::string root = testing::TempDir() + "dataset_test_folders";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root + "/cat/deep");
  std::filesystem::create_directories(root + "/1");
  for (const char* name : {"/cat/b.png", "/cat/deep/a.JPG", "/cat/notes.txt", "/1/c.png"}) {
    ASSERT_TRUE(WriteFile(root + name, "x").ok());
  }
  const auto images = LoadDataset(root, kLabels);
  ASSERT_TRUE(images.ok()) << images.error().message;
  ASSERT_EQ(images->size(), 3U);
  EXPECT_EQ((*images)[0].key, "1/c.png");
  EXPECT_EQ((*images)[0].label, 1);
  EXPECT_EQ((*images)[2].key, "cat/deep/a.JPG");
  std::filesystem::create_directories(root + "/bird");
  EXPECT_THAT(LoadDataset(root, kLabels).error().message, HasSubstr("/bird: unknown label"));
}

TEST(LoadDataset, ReadsAPairOfIdxFiles) {
  const std::string root = testing::TempDir();
  const std::string images_file = root + "/t-images-idx3-ubyte";
  EXPECT_EQ(IdxLabelsFile("a/t10k-images-idx3-ubyte.gz"), "a/t10k-labels-idx1-ubyte.gz");
  ASSERT_TRUE(WriteFile(images_file, std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x01xy", 18)).ok());
  ASSERT_TRUE(WriteFile(root + "/t-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x02\x01\x03", 10)).ok());
  const auto images = LoadDataset(images_file, kLabels);
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ((*images)[1].key, "t-images-idx3-ubyte#1");
  EXPECT_EQ((*images)[1].reference, images_file + "#1");
  EXPECT_EQ((*images)[1].label, 3);
  EXPECT_THAT(LoadDataset(images_file, {"a", "b"}).error().message, HasSubstr("label 3 of image 1"));
}

}  // namespace
}  // namespace amsel
