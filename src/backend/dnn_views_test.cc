#include "backend/dnn_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/candidate_runner.h"
#include "backend/fake_backend.h"
#include "backend/onnxruntime_backend.h"
#include "base/file.h"
#include "tests/support/folder_test.h"
#include "tests/support/small_card.h"
#include "tests/support/tiny_onnx.h"

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

View SizeView(int side) {
  return {View::Kind::kSize, static_cast<double>(side)};
}

std::vector<std::string> TextsOf(const std::vector<View>& views) {
  std::vector<std::string> texts;
  for (const View& view : views) texts.push_back(ViewText(view));
  return texts;
}

class OpenForViewsTest : public FolderTest {
 protected:
  void SetUp() override {
    auto opened = OpenOnnxRuntime();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    backend_ = std::move(*opened);
    card_.input_name = "input";
    card_.output_name = "logits";
    card_.preprocess.height = card_.preprocess.width = 8;
    card_.preprocess.channels = ChannelOrder::kGray;
  }

  Result<OpenedDnn> Open(const std::string& bytes, const WantedViews& wanted, Backend* backend = nullptr) {
    EXPECT_TRUE(WriteFile(Path("model.onnx"), bytes).ok());
    return OpenForViews({backend == nullptr ? backend_.get() : backend, {}}, Path("model.onnx"), card_, 2, wanted,
                        clock_);
  }

  std::unique_ptr<Backend> backend_;
  Card card_;
  SteadyClock clock_;
};

TEST_F(OpenForViewsTest, OneSessionAnswersAtEverySize) {
  const auto dnn = Open(PoolingOnnx(8), {{SizeView(4), {View::Kind::kHflip}}});
  ASSERT_TRUE(dnn.ok()) << dnn.error().message;
  EXPECT_THAT(TextsOf(dnn->views), ElementsAre("identity", "size:4", "hflip"));
  EXPECT_THAT(dnn->refused, IsEmpty());
  const auto runner = CandidateRunner::Over(dnn->session, "model.onnx", dnn->card, 2);
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  for (const std::size_t pixels : {16U, 64U}) {
    std::vector<float> image(pixels, 1);
    image[0] = -5;  // below zero: counts as none
    std::vector<float> raw;
    ASSERT_TRUE(runner->InferBatch(std::as_bytes(std::span(image)), 1, raw).ok());
    const float mean = static_cast<float>(pixels - 1) / static_cast<float>(pixels);
    EXPECT_THAT(raw, ElementsAre(testing::FloatNear(2 * mean, 1e-6F), testing::FloatNear(-mean, 1e-6F)));
  }
}

TEST_F(OpenForViewsTest, WithoutSizesTheFileStaysAsItIs) {
  const auto dnn = Open(PoolingOnnx(8), {{{View::Kind::kHflip}}});
  ASSERT_TRUE(dnn.ok()) << dnn.error().message;
  EXPECT_THAT(dnn->session->info().inputs.front().shape, ElementsAre(-1, 1, 8, 8));
}

TEST_F(OpenForViewsTest, ADnnThatKnowsItsSizeIsSeenInNoOther) {
  const std::string fixed = DequantizingOnnx(OnnxType::kUint8, 1, 8, 1, 0);  // as many outputs as pixels
  card_.preprocess.type = ElementType::kUint8;
  EXPECT_TRUE(WriteFile(Path("model.onnx"), fixed).ok());
  const auto dnn = OpenForViews({backend_.get(), {}}, Path("model.onnx"), card_, 64, {{SizeView(4)}}, clock_);
  ASSERT_TRUE(dnn.ok()) << dnn.error().message;
  EXPECT_THAT(TextsOf(dnn->views), ElementsAre("identity"));
  ASSERT_EQ(dnn->refused.size(), 1U);
  EXPECT_EQ(ViewText(dnn->refused[0].first), "size:4");
  EXPECT_THAT(dnn->session->info().inputs.front().shape, ElementsAre(-1, 1, 8, 8));
}

TEST_F(OpenForViewsTest, OneThatAnswersOtherwiseOnceItIsFreedIsRefused) {
  // The pool of 4 × 4 leaves 5 × 5 means of a map of 8 × 8, of which the Conv takes the first.
  const auto pool = OnnxWholesAttribute("kernel_shape", {4, 4});
  const std::string model =
      OnnxModelBytes(ProtoWriter()
                         .Bytes(1, OnnxNodeBytes("AveragePool", {"input"}, "means", pool))
                         .Bytes(1, OnnxNodeBytes("Conv", {"means", "w"}, "map", OnnxWholesAttribute("strides", {5, 5})))
                         .Bytes(1, OnnxNodeBytes("Flatten", {"map"}, "logits"))
                         .Bytes(5, OnnxTensorBytes("w", OnnxType::kFloat, {2, 1, 1, 1}, RawFloats({2, -1})))
                         .Bytes(11, OnnxValueBytes("input", OnnxType::kFloat, {"batch", "1", "8", "8"}))
                         .Bytes(12, OnnxValueBytes("logits", OnnxType::kFloat, {"batch", "2"}))
                         .bytes());
  const auto dnn = Open(model, {{SizeView(4)}});
  ASSERT_TRUE(dnn.ok()) << dnn.error().message;
  EXPECT_THAT(TextsOf(dnn->views), ElementsAre("identity"));
  ASSERT_EQ(dnn->refused.size(), 1U);
  EXPECT_THAT(dnn->refused[0].second, HasSubstr("freed of its size the DNN answers otherwise"));
}

TEST_F(OpenForViewsTest, WhatMeansNothingForACardIsRefusedWithTheReason) {
  const auto dnn = Open(PoolingOnnx(8), {{SizeView(8), {View::Kind::kCrop, 1}}});
  ASSERT_TRUE(dnn.ok()) << dnn.error().message;
  EXPECT_THAT(TextsOf(dnn->views), ElementsAre("identity"));
  ASSERT_EQ(dnn->refused.size(), 2U);
  EXPECT_THAT(dnn->refused[0].second, HasSubstr("its own size"));
}

TEST_F(OpenForViewsTest, SizesThatAreFoundOutKeepTheGridOfTheDnn) {
  const auto dnn = Open(PoolingOnnx(8), {.views = {}, .auto_sizes = true});
  ASSERT_TRUE(dnn.ok()) << dnn.error().message;
  EXPECT_THAT(TextsOf(dnn->views), ElementsAre("identity", "size:7", "size:6", "size:5"));
}

TEST(AutoSizes, AreAFewOnTheGridAndCostLess) {
  EXPECT_THAT(TextsOf(AutoSizes(224, 32)), ElementsAre("size:192", "size:160", "size:128"));
  EXPECT_THAT(TextsOf(AutoSizes(260, 32)), ElementsAre("size:228", "size:196", "size:164"));
  EXPECT_THAT(TextsOf(AutoSizes(32, 4)), ElementsAre("size:28", "size:24", "size:20"));
  EXPECT_THAT(TextsOf(AutoSizes(32, 16)), ElementsAre("size:16"));
  EXPECT_THAT(AutoSizes(28, 28), IsEmpty());
  EXPECT_THAT(AutoSizes(28, 4096), IsEmpty());
}

}  // namespace
}  // namespace amsel
