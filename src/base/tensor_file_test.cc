#include "base/tensor_file.h"

#include <gtest/gtest.h>

#include <cmath>

namespace amsel {
namespace {

TensorFile Example() {
  TensorFile content;
  content.metadata["kind"] = "chain";
  content.tensors["points"] = Tensor::Floats({2, 3}, {1, 2, 3, 4, 5, 6});
  content.tensors["pixels"] = Tensor::Bytes({3}, {7, 8, 9});
  content.tensors["none"] = Tensor::Floats({0, 3}, {});
  return content;
}

TEST(TensorFile, ReadsBackWhatWasWritten) {
  const std::string bytes = SerializeTensorFile(Example());
  const auto read = ParseTensorFile(bytes, "f");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->metadata.at("kind"), "chain");
  EXPECT_EQ(read->tensors.at("points").floats, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read->tensors.at("pixels").bytes, (std::vector<std::uint8_t>{7, 8, 9}));
  EXPECT_EQ(SerializeTensorFile(*read), bytes);
}

TEST(TensorFile, HasTheLayoutThatOtherReadersOfTheFormatExpect) {
  TensorFile content;
  content.tensors["x"] = Tensor::Floats({1}, {1.0F});
  const std::string header = R"({"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  std::string expected(8, '\0');
  expected[0] = static_cast<char>((header.size() + 7) / 8 * 8);
  expected += header + std::string((8 - header.size() % 8) % 8, ' ') + std::string("\0\0\x80\x3f", 4);
  EXPECT_EQ(SerializeTensorFile(content), expected);
}

TEST(TensorFile, EveryTruncationIsRefused) {
  const std::string bytes = SerializeTensorFile(Example());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(ParseTensorFile(std::string_view(bytes).substr(0, length), "f").ok()) << length;
  }
  EXPECT_FALSE(ParseTensorFile(bytes + "x", "f").ok());
}

TEST(TensorFile, FindNamesTheTensorThatDoesNotFit) {
  const TensorFile content = Example();
  EXPECT_TRUE(content.Find("points", {-1, 3}, "p").ok());
  EXPECT_EQ(content.Find("points", {-1, 4}, "p").error().message,
            "p: tensor `points` has not the expected type and shape");
  EXPECT_EQ(content.Find("absent", {}, "p").error().message, "p: tensor `absent` is missing");
  EXPECT_FALSE(content.Find("pixels", {3}, "p").ok());
}

TEST(TensorFile, FindRefusesValuesThatAreNotFinite) {
  TensorFile content;
  content.tensors["x"] = Tensor::Floats({1}, {NAN});
  EXPECT_EQ(content.Find("x", {1}, "p").error().message, "p: tensor `x` holds a value that is not finite");
}

TEST(TensorFile, AShapeThatOverflowsIsRefused) {
  const std::string header = R"({"x":{"data_offsets":[0,0],"dtype":"F32","shape":[4294967296,4294967296,4294967296]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  EXPECT_FALSE(ParseTensorFile(bytes + header, "f").ok());
}

TEST(TensorFile, DataIsCoveredOnceAndWithoutGaps) {
  const auto complaint = [](const char* a, const char* b) {
    std::string header = std::string(R"({"a":{"data_offsets":)") + a +
                         R"(,"dtype":"F32","shape":[1]},"b":{"data_offsets":)" + b + R"(,"dtype":"F32","shape":[1]}})";
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    const auto read = ParseTensorFile(bytes + header + std::string(8, '\0'), "f");
    return read.ok() ? std::string("none") : read.error().message;
  };
  EXPECT_EQ(complaint("[0,4]", "[4,8]"), "none");
  EXPECT_EQ(complaint("[4,8]", "[0,4]"), "none");
  EXPECT_NE(complaint("[0,4]", "[0,4]"), "none");  // and four bytes of nobody's
  EXPECT_NE(complaint("[4,8]", "[4,8]"), "none");
}

}  // namespace
}  // namespace amsel
