// What cards may say of inputs and outputs, with DNNs that have just these: by ONNX Runtime itself, and through the
// table of plug-ins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backend/candidate_runner.h"
#include "backend/onnxruntime_backend.h"
#include "backend/plugin_backend.h"
#include "base/file.h"
#include "image/preprocess.h"
#include "tests/support/passing_onnx.h"
#include "tests/support/table_over_backend.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;

constexpr std::uint8_t kPixels[] = {0, 100, 201, 255};
const std::vector<float> kReal{-2, 0, 2.02F, 3.1F};  // of these pixels, by mean 100 and std 50

class CardKinds : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = OpenOnnxRuntime();
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    direct_ = std::move(*opened);
    through_ = std::make_unique<TableOverBackend>(*direct_);
    plugin_ = std::move(OverTable(through_->table(), "through the table").value());
    card_.name = "a";
    card_.preprocess.channels = ChannelOrder::kGray;
    card_.preprocess.height = card_.preprocess.width = 2;
    card_.preprocess.mean[0] = 100;
    card_.preprocess.std[0] = 50;
  }

  std::vector<Backend*> backends() const { return {direct_.get(), plugin_.get()}; }

  Result<CandidateRunner> Open(const PassingOnnx& dnn, int classes, Backend& backend) const {
    const std::string file =
        testing::TempDir() + "kinds_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".onnx";
    EXPECT_TRUE(WriteFile(file, dnn.Bytes()).ok());
    return CandidateRunner::Open(backend, {}, file, card_, classes);
  }

  /// Why it is refused, the same by both back ends; "" where it is not.
  std::string Complaint(const PassingOnnx& dnn, int classes) const {
    std::string complaint;
    for (Backend* backend : backends()) {
      const auto runner = Open(dnn, classes, *backend);
      const std::string says = runner.ok() ? "" : runner.error().message;
      EXPECT_TRUE(runner.ok() || runner.error().kind == ErrorKind::kBadInput);
      if (backend == backends().front()) complaint = says;
      EXPECT_EQ(says, complaint);
    }
    return complaint;
  }

  /// The image of kPixels, once for each of a batch, as the card prepares it.
  std::vector<std::byte> Tensors(int batch) const {
    const std::size_t pixels = card_.preprocess.height == 1 ? 1 : 4;
    Image image{card_.preprocess.width, card_.preprocess.height, {}};
    for (std::size_t i = 0; i < pixels; ++i) image.pixels.insert(image.pixels.end(), 3, kPixels[3 - i]);
    if (pixels == 4) std::reverse(image.pixels.begin(), image.pixels.end());
    std::vector<std::byte> one(TensorBytes(card_.preprocess));
    Preprocessor(card_.preprocess).Apply(image, one);
    std::vector<std::byte> all;
    for (int i = 0; i < batch; ++i) all.insert(all.end(), one.begin(), one.end());
    return all;
  }

  /// The DNN gives `expected` for the image by either back end, and in batches as one by one where it takes them.
  void ExpectValues(const PassingOnnx& dnn, int classes, const std::vector<float>& expected, float tolerance,
                    bool takes_batches = true) const {
    for (Backend* backend : backends()) {
      const auto runner = Open(dnn, classes, *backend);
      ASSERT_TRUE(runner.ok()) << runner.error().message;
      EXPECT_EQ(runner->takes_batches(), takes_batches);
      for (const int batch : {1, 3}) {
        if (batch > 1 && !takes_batches) continue;
        std::vector<float> raw;
        const Status status = runner->InferBatch(Tensors(batch), batch, raw);
        ASSERT_TRUE(status.ok()) << status.error().message;
        std::vector<float> all;
        for (int i = 0; i < batch; ++i) all.insert(all.end(), expected.begin(), expected.end());
        EXPECT_THAT(raw, Pointwise(FloatNear(tolerance), all));
      }
    }
  }

  std::unique_ptr<Backend> direct_;
  std::unique_ptr<TableOverBackend> through_;
  std::unique_ptr<Backend> plugin_;
  Card card_;
};

TEST_F(CardKinds, Float16GoesInAndComesOut) {
  PassingOnnx dnn;
  dnn.input_type = dnn.output_type = kOnnxFloat16;
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("input `input` is float16, its card says (`input.dtype`) float32"));
  card_.preprocess.type = ElementType::kFloat16;
  EXPECT_EQ(Tensors(1).size(), 8U);  // two bytes a value
  ExpectValues(dnn, 4, {-2, 0, 2.01953125F, 3.099609375F}, 0);
  dnn.output_type = OnnxType::kFloat;
  ExpectValues(dnn, 4, {-2, 0, 2.01953125F, 3.099609375F}, 0);
  card_.preprocess.type = ElementType::kFloat32;
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("is float16"));
}

TEST_F(CardKinds, OutputsOfOtherFloatsAreConverted) {
  PassingOnnx dnn;
  dnn.output_type = kOnnxFloat16;
  ExpectValues(dnn, 4, kReal, 2e-3F);
  card_.output_type = ElementType::kFloat16;
  ExpectValues(dnn, 4, kReal, 2e-3F);
  dnn.output_type = OnnxType::kFloat;
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("output `output` is float32, its card says (`output.dtype`) float16"));
  card_.output_type = {};
  dnn.output_type = kOnnxFloat64;
  ExpectValues(dnn, 4, kReal, 1e-6F);
}

TEST_F(CardKinds, EightBitOutputsBecomeTheRealValuesThatTheCardMeans) {
  for (const bool is_signed : {false, true}) {
    card_.output_type = is_signed ? ElementType::kInt8 : ElementType::kUint8;
    card_.output_scale = 0.0625;
    card_.output_zero_point = is_signed ? -30 : 40;
    PassingOnnx dnn;
    dnn.output_type = is_signed ? OnnxType::kInt8 : OnnxType::kUint8;
    dnn.scale = 0.0625F;
    dnn.zero_point = card_.output_zero_point;
    ExpectValues(dnn, 4, {-2, 0, 2, 3.125F}, 1e-6F);
    dnn.zero_point = 100;  // the card goes by what it says: 60 or 130 steps more
    ExpectValues(dnn, 4,
                 is_signed ? std::vector<float>{6.125F, 8.125F, 9.8125F, 9.8125F}
                           : std::vector<float>{1.75F, 3.75F, 5.75F, 6.875F},
                 1e-6F);
  }
}

TEST_F(CardKinds, EightBitOutputsOfWhichTheCardSaysNothingAreRefusedWithTheRemedy) {
  PassingOnnx dnn;
  for (const auto& [type, name] : {std::pair(OnnxType::kUint8, "uint8"), std::pair(OnnxType::kInt8, "int8")}) {
    dnn.output_type = type;
    EXPECT_THAT(Complaint(dnn, 4),
                AllOf(HasSubstr(std::string("output `output` is ") + name),
                      HasSubstr(std::string("`output.dtype` \"") + name + "\""), HasSubstr("`output.scale`"),
                      HasSubstr("`output.zero_point`"), HasSubstr("QuantizeLinear")));
  }
  card_.output_type = ElementType::kUint8;
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("is int8, its card says (`output.dtype`) uint8"));
}

TEST_F(CardKinds, OtherTypesAreRefusedByTheirNames) {
  PassingOnnx dnn;
  for (const auto& [type, name] :
       {std::pair(kOnnxInt64, "int64"), std::pair(kOnnxBool, "bool"), std::pair(kOnnxBfloat16, "bfloat16")}) {
    dnn.output_type = type;
    EXPECT_THAT(Complaint(dnn, 4), HasSubstr(std::string("output `output` is ") + name)) << name;
  }
  dnn = {};
  dnn.input_type = kOnnxInt64;
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("input `input` is int64, its card says (`input.dtype`) float32"));
  dnn.input_type = kOnnxFloat64;
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("input `input` is float64"));
}

TEST_F(CardKinds, OutputsOfAnyShapeHaveAsManyValuesAsTheirSizesMultiplyTo) {
  const std::pair<std::vector<int>, bool> shapes[] = {
      {{-1, 4}, true}, {{-1, 4, 1, 1}, true}, {{-1, 1, 1, 4}, true}, {{-1, 2, 2}, true}};
  for (const auto& [shape, batches] : shapes) {
    PassingOnnx dnn;
    dnn.output_shape = shape;
    ExpectValues(dnn, 4, kReal, 1e-6F, batches);
    EXPECT_THAT(Complaint(dnn, 5), HasSubstr("has 4 values, but there are 5 labels"));
  }
  for (const std::vector<int>& shape : {std::vector<int>{4}, {1, 4}, {4, 1, 1}}) {  // of one image alone
    PassingOnnx dnn;
    dnn.output_shape = shape;
    dnn.input_shape = {{1, 1, 2, 2}};
    ExpectValues(dnn, 4, kReal, 1e-6F, false);
    EXPECT_THAT(Complaint(dnn, 3), HasSubstr("has 4 values, but there are 3 labels"));
  }
}

TEST_F(CardKinds, HowManyValuesThereAreIsTriedWhereTheFileDoesNotSay) {
  PassingOnnx dnn;
  dnn.output_shape = {{-1}};
  ExpectValues(dnn, 4, kReal, 1e-6F);
  dnn.shape_is_input = true;
  dnn.output_shape = {{-1, -1}};
  dnn.reshape = {{-1, 4}};
  ExpectValues(dnn, 4, kReal, 1e-6F);
  EXPECT_THAT(Complaint(dnn, 3), HasSubstr("has 4 values, but there are 3 labels"));
}

TEST_F(CardKinds, ADnnThatMixesABatchIsRunOneByOne) {
  PassingOnnx dnn;
  dnn.output_shape = {{1, 4}};
  dnn.reshape = {{-1, 4}};
  ExpectValues(dnn, 4, kReal, 1e-6F, false);
}

TEST_F(CardKinds, FixedBatchesAndInputsWithoutAShapeAreRefused) {
  PassingOnnx dnn;
  dnn.input_shape = {{8, 1, 2, 2}};
  EXPECT_THAT(Complaint(dnn, 4), AllOf(HasSubstr("input `input` has shape [8, 1, 2, 2]"),
                                       HasSubstr("its batch is fixed to 8; export with a batch of 1 or a free one")));
  dnn.input_shape = {};
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("input `input` has no shape in the file, or is a single value"));
  dnn.input_shape = {{4}};
  EXPECT_THAT(Complaint(dnn, 4), HasSubstr("has shape [4], its card says"));
}

TEST_F(CardKinds, FurtherInputsThatMustBeGivenAreRefusedByName) {
  PassingOnnx dnn;
  dnn.further = {{"training", kOnnxBool}, {"keep_prob", OnnxType::kFloat}};
  EXPECT_THAT(Complaint(dnn, 4), AllOf(HasSubstr("the DNN also needs `training` (bool []), `keep_prob` (float32 [])"),
                                       HasSubstr("a default"), HasSubstr("a constant")));
  for (PassingOnnx::Further& further : dnn.further) {
    further.raw_default = std::string(further.type == kOnnxBool ? 1 : sizeof(float), '\0');
  }
  ExpectValues(dnn, 4, kReal, 1e-6F);
}

/// DNNs of one value: the pixel 255 by mean 250 and std 2 is 2.5, by mean 0 and std 340 it is 0.75.
class OneValue : public CardKinds {
 protected:
  void SetUp() override {
    CardKinds::SetUp();
    dnn_.input_shape = {{-1, 1, 1, 1}};
    dnn_.output_shape = {{-1, 1}};
    card_.preprocess.height = card_.preprocess.width = 1;
  }

  void ExpectProbability(double expected) {
    for (Backend* backend : backends()) {
      auto runner = Open(dnn_, 2, *backend);
      ASSERT_TRUE(runner.ok()) << runner.error().message;
      ASSERT_TRUE(runner->Infer(Tensors(1)).ok());
      std::vector<float> log_probs(2);
      const Status status = runner->Canonical(log_probs);
      ASSERT_TRUE(status.ok()) << status.error().message;
      EXPECT_NEAR(std::exp(log_probs[1]), expected, 1e-3);
      EXPECT_NEAR(std::exp(log_probs[0]), 1 - expected, 1e-3);
    }
  }

  PassingOnnx dnn_;
};

TEST_F(OneValue, IsTheProbabilityOfTheSecondLabelOrItsLogOdds) {
  card_.preprocess.mean[0] = 250;
  card_.preprocess.std[0] = 2;
  for (const OnnxShape& shape : {OnnxShape{{-1, 1}}, OnnxShape{{-1}}, OnnxShape{{-1, 1, 1, 1}}, OnnxShape()}) {
    dnn_.output_shape = shape;
    dnn_.reshape = shape.value_or(std::vector<int>{-1, 1});
    card_.output_kind = OutputKind::kLogits;
    card_.preprocess.mean[0] = 250;
    card_.preprocess.std[0] = 2;
    ExpectProbability(1 / (1 + std::exp(-2.5)));
    card_.output_kind = OutputKind::kSigmoid;
    card_.preprocess.mean[0] = 0;
    card_.preprocess.std[0] = 340;
    ExpectProbability(0.75);
  }
}

TEST_F(OneValue, IsDequantisedFirst) {
  card_.preprocess.mean[0] = 0;
  card_.preprocess.std[0] = 340;
  card_.output_kind = OutputKind::kSigmoid;
  card_.output_type = ElementType::kUint8;
  card_.output_scale = 1.0 / 256;
  dnn_.output_type = OnnxType::kUint8;
  dnn_.scale = 1.0F / 256;
  ExpectProbability(0.75);
}

TEST_F(OneValue, GoesInBatches) {
  card_.preprocess.mean[0] = 0;
  card_.preprocess.std[0] = 340;
  for (const OutputKind kind : {OutputKind::kSigmoid, OutputKind::kLogits}) {
    card_.output_kind = kind;
    dnn_.output_shape = {{-1, 1}};
    ExpectValues(dnn_, 2, {0.75F}, 1e-6F);
    dnn_.output_shape = {{-1}};
    ExpectValues(dnn_, 2, {0.75F}, 1e-6F);
  }
}

TEST_F(OneValue, IsRefusedWithOtherFieldsByTheirNames) {
  card_.output_kind = OutputKind::kProbabilities;
  EXPECT_THAT(Complaint(dnn_, 2), AllOf(HasSubstr("output `output` has 1 value for 2 labels"),
                                        HasSubstr("`output.kind`"), HasSubstr("\"sigmoid\""), HasSubstr("\"logits\"")));
  card_.output_kind = OutputKind::kLogits;
  EXPECT_THAT(Complaint(dnn_, 3), HasSubstr("has 1 value, but there are 3 labels"));
  card_.skip_leading_classes = 1;
  EXPECT_THAT(Complaint(dnn_, 2), HasSubstr("`output.skip_leading_classes`"));
  card_.output_kind = OutputKind::kSigmoid;
  EXPECT_THAT(Complaint(dnn_, 2), HasSubstr("`output.skip_leading_classes` must be 0 with `output.kind` \"sigmoid\""));
  card_.skip_leading_classes = 0;
  EXPECT_THAT(Complaint(dnn_, 3), HasSubstr("`output.kind` \"sigmoid\" is for two labels, but there are 3 (`labels`)"));
  dnn_ = {};
  card_.preprocess.height = card_.preprocess.width = 2;
  EXPECT_THAT(Complaint(dnn_, 2), HasSubstr("has 4 values, `output.kind` \"sigmoid\" is for one"));
  dnn_.output_shape = {{-1, 2, 2}};
  card_.output_kind = OutputKind::kLogits;
  EXPECT_THAT(Complaint(dnn_, 4), IsEmpty());
}

}  // namespace
}  // namespace amsel
