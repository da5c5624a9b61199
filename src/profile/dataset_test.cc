#include "profile/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kLabels{"cat", "dog", "crane", "crane"};

Result<Dataset> Parse(const std::string& text) {
  return ParseImagesCsv(text, "images.csv", "data", kLabels);
}

std::string Complaint(const std::string& text) {
  const auto images = Parse(text);
  return images.ok() ? "" : images.error().message;
}

TEST(ImagesCsv, ReadsNamesIndicesAndOptionalColumns) {
  const auto images = Parse("label,path,weight,group,split\ndog,a.jpg,0.5,g1,fit\n3,/abs/b.jpg,,,\n");
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ(images->images[0].label, 1);
  EXPECT_EQ(images->images[0].reference, "data/a.jpg");
  EXPECT_EQ(images->images[0].weight, 0.5);
  EXPECT_EQ(images->images[0].group, "g1");
  EXPECT_EQ(images->images[0].split, "fit");
  EXPECT_EQ(images->images[1].label, 3);
  EXPECT_EQ(images->images[1].reference, "/abs/b.jpg");
  EXPECT_EQ(images->images[1].weight, 1);
}

TEST(ImagesCsv, FaultsNameFileLineAndExpectation) {
  EXPECT_THAT(Complaint(""), HasSubstr("images.csv: is empty"));
  EXPECT_THAT(Complaint("a.jpg,1\n"), HasSubstr("images.csv: line 1: expected a header with the columns path and label "
                                                "(or label_index), found `a.jpg`, `1`"));
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
  EXPECT_THAT(Complaint("path,label,weight\na.jpg,1,1e100\n"), HasSubstr("line 2: weight `1e100`"));
  EXPECT_THAT(Complaint("path,label,split\na.jpg,1,train\n"), HasSubstr("line 2: split `train`"));
}

TEST(ImagesCsv, PassesOverOtherColumnsWithANotice) {
  const auto images = Parse("id,path,label,notes,\n1,a.jpg,dog,x,\n2,b.jpg,cat,y,\n");
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ(images->images[1].label, 0);
  EXPECT_THAT(images->notices, ElementsAre("passed over the columns `id`, `notes`, ``"));
}

TEST(ImagesCsv, RefusesColumnsThatMayBeMeantOtherwise) {
  EXPECT_THAT(Complaint("path,label,Group\n"), HasSubstr("line 1: column `Group`: expected `group`, or another name"));
  EXPECT_THAT(Complaint("path,label, weights\n"), HasSubstr("column ` weights`: expected `weight`"));
  EXPECT_THAT(Complaint("path,label,label_index\n"), HasSubstr("has label and label_index; expected one of them"));
}

TEST(ImagesCsv, ALabelIndexIsAlwaysAPosition) {
  const auto images = ParseImagesCsv("path,label_index\na.jpg,2\n", "images.csv", "", {"0", "2", "1"});
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ(images->images[0].label, 2);
  EXPECT_FALSE(images->numbers_differ);
  EXPECT_THAT(images->notices, IsEmpty());
  EXPECT_THAT(Complaint("path,label_index\na.jpg,dog\n"),
              HasSubstr("line 2: label_index `dog`: expected a class index"));
}

TEST(ImagesCsv, SaysHowNumbersWereReadAndReadsThemTheOtherWay) {
  const std::vector<std::string> digits{"0", "1", "10", "2"};
  const std::string text = "path,label\na.jpg,2\nb.jpg,0\n";
  const auto names = ParseImagesCsv(text, "images.csv", "", digits);
  EXPECT_EQ(names->images[0].label, 3);
  EXPECT_EQ(names->numbers, NumberLabels::kNames);
  EXPECT_TRUE(names->numbers_differ);
  EXPECT_THAT(names->notices, ElementsAre(HasSubstr("read as the names of classes")));
  const auto positions = ParseImagesCsv(text, "images.csv", "", digits, NumberLabels::kPositions);
  EXPECT_EQ(positions->images[0].label, 2);
  EXPECT_EQ(positions->numbers, NumberLabels::kPositions);
}

TEST(ImagesCsv, RowsWithoutALabelAreCountedAndPassedOver) {
  const auto images = Parse("path,label\na.jpg,\nb.jpg,dog\nc.jpg,\n");
  ASSERT_TRUE(images.ok()) << images.error().message;
  ASSERT_EQ(images->images.size(), 1U);
  EXPECT_EQ(images->images[0].key, "b.jpg");
  EXPECT_THAT(images->notices, ElementsAre("passed over 2 rows without a label"));
  EXPECT_EQ(Complaint("path,label\na.jpg,\n"), "images.csv: no row has a label");
}

TEST(ImagesCsv, ReadsPathsOfWindowsWhereTheyAreFiles) {
  const std::string root = testing::TempDir() + "dataset_test_windows";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root + "/train/cat");
  for (const char* name : {"/train/cat/1.jpg", "/back\\slash.png"}) ASSERT_TRUE(WriteFile(root + name, "x").ok());
  const auto images = ParseImagesCsv("path,label\ntrain\\cat\\1.jpg,cat\nback\\slash.png,dog\nno\\where.png,dog\n",
                                     "images.csv", root, kLabels);
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ(images->images[0].key, "train\\cat\\1.jpg");
  EXPECT_EQ(images->images[0].reference, root + "/train/cat/1.jpg");
  EXPECT_EQ(images->images[1].reference, root + "/back\\slash.png");
  EXPECT_EQ(images->images[2].reference, root + "/no\\where.png");
  for (const std::string whole : {"C:\\data\\1.jpg", "\\\\server\\share\\1.jpg"}) {
    EXPECT_THAT(Complaint("path,label\n" + whole + ",cat\n"),
                HasSubstr("line 2: path `" + whole + "` is a whole path of Windows"));
  }
}

TEST(LoadDataset, NamesClassesWithoutImages) {
  const std::string file = testing::TempDir() + "dataset_test_absent.csv";
  ASSERT_TRUE(WriteFile(file, "path,label\na.jpg,dog\nb.jpg,cat\n").ok());
  EXPECT_THAT(LoadDataset(file, {"cat", "dog"})->notices, IsEmpty());
  EXPECT_THAT(LoadDataset(file, {"cat", "dog", "x", "y"})->notices,
              ElementsAre("2 of 4 classes have no image: `x`, `y`"));
  ASSERT_TRUE(WriteFile(file, "path,label\na.jpg,dog\nb.jpg,dog\n").ok());
  EXPECT_THAT(LoadDataset(file, {"cat", "dog", "x"})->notices, ElementsAre("all images are of one class, `dog`"));
}

TEST(LoadDataset, TellsWhatItPassesOverInFolders) {
  const std::string root = testing::TempDir() + "dataset_test_passed_over";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root + "/dog");
  std::filesystem::create_directories(root + "/.git");
  std::filesystem::create_directories(root + "/cat");
  for (const char* name : {"/cat/b.png", "/cat/.hidden.png", "/cat/c.txt", "/labels.csv", "/stray.png"}) {
    ASSERT_TRUE(WriteFile(root + name, "x").ok());
  }
  const auto images = LoadDataset(root, {"cat", "dog", "n01440764 tench"});
  ASSERT_TRUE(images.ok()) << images.error().message;
  EXPECT_EQ(images->images.size(), 1U);
  EXPECT_THAT(images->notices,
              ElementsAre("passed over 2 files: 1 .csv, 1 .txt", "passed over 1 image beside the class folders",
                          "a class folder holds no image: `dog`", "all images are of one class, `cat`"));
  std::filesystem::rename(root + "/cat", root + "/n01440764");
  EXPECT_EQ(LoadDataset(root, {"cat", "dog", "n01440764 tench"})->images[0].label, 2);
  std::filesystem::remove_all(root + "/n01440764");
  EXPECT_THAT(LoadDataset(root, {"cat", "dog"}).error().message,
              HasSubstr("holds no image (expected a folder per class)"));
}

TEST(LoadDataset, TwoNamesOfOneFileAreTwoImages) {
  const std::string root = testing::TempDir() + "dataset_test_links";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root + "/photos/cat");
  std::filesystem::create_directories(root + "/photos/dog");
  ASSERT_TRUE(WriteFile(root + "/stored", "x").ok());
  for (const char* name : {"/photos/cat/1.png", "/photos/cat/2.png", "/photos/dog/1.png"}) {
    std::filesystem::create_symlink(root + "/stored", root + name);
  }
  const auto images = LoadDataset(root + "/photos", kLabels);
  ASSERT_EQ(images->images.size(), 3U);
  EXPECT_EQ(images->images[0].key, "cat/1.png");
  EXPECT_EQ(images->images[1].key, "cat/2.png");
  EXPECT_EQ(images->images[2].label, 1);
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
  ASSERT_EQ(images->images.size(), 3U);
  EXPECT_EQ(images->images[0].key, "1/c.png");
  EXPECT_EQ(images->images[0].label, 1);
  EXPECT_EQ(images->images[2].key, "cat/deep/a.JPG");
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
  EXPECT_EQ(images->images[1].key, "t-images-idx3-ubyte#1");
  EXPECT_EQ(images->images[1].reference, images_file + "#1");
  EXPECT_EQ(images->images[1].label, 3);
  EXPECT_THAT(LoadDataset(images_file, {"a", "b"}).error().message, HasSubstr("label 3 of image 1"));
}

}  // namespace
}  // namespace amsel
