#include "backend/candidate_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/fake_backend.h"
#include "backend/tensor_values.h"

namespace amsel {
namespace {

using testing::HasSubstr;

Card ExampleCard() {
  Card card;
  card.name = "a";
  card.input_name = "input";
  card.output_name = "logits";
  card.preprocess.height = card.preprocess.width = 8;
  return card;
}

SessionInfo ExampleInfo() {
  return FakeBackend::Describe("input", 3, 8, "logits", 10);
}

std::string Complaint(const SessionInfo& info, Card card, int classes = 10) {
  const Status status = MatchCard(info, classes, "m.onnx", card);
  return status.ok() ? "" : status.error().message;
}

TEST(MatchCard, AcceptsACardThatFits) {
  EXPECT_EQ(Complaint(ExampleInfo(), ExampleCard()), "");
}

TEST(MatchCard, NamesWhatDoesNotFit) {
  Card card = ExampleCard();
  card.input_name = "data";
  EXPECT_EQ(Complaint(ExampleInfo(), card),
            "m.onnx: has no input `data` as its card says (`input.name`); it has: `input`");
  card = ExampleCard();
  card.output_name = "prob";
  EXPECT_THAT(Complaint(ExampleInfo(), card), HasSubstr("has no output `prob`"));
  card = ExampleCard();
  card.preprocess.width = 9;
  EXPECT_THAT(Complaint(ExampleInfo(), card), HasSubstr("has shape [?, 3, 8, 8], its card says (`input`) NCHW"));
  card = ExampleCard();
  card.preprocess.layout = TensorLayout::kNhwc;
  EXPECT_THAT(Complaint(ExampleInfo(), card), HasSubstr("NHWC"));
  card = ExampleCard();
  card.preprocess.type = ElementType::kUint8;
  EXPECT_THAT(Complaint(ExampleInfo(), card), HasSubstr("input.dtype"));
  EXPECT_THAT(Complaint(ExampleInfo(), ExampleCard(), 9), HasSubstr("has 10 values, but there are 9 labels"));
}

TEST(MatchCard, APartialCardIsCompletedFromTheFile) {
  Card card = ExampleCard();
  card.input_name.clear();
  card.output_name.clear();
  card.preprocess.height = card.preprocess.width = 0;
  ASSERT_TRUE(MatchCard(ExampleInfo(), 10, "m.onnx", card).ok());
  EXPECT_EQ(card.input_name, "input");
  EXPECT_EQ(card.output_name, "logits");
  EXPECT_EQ(card.preprocess.height, 8);
  card.preprocess.height = 0;
  SessionInfo free = ExampleInfo();
  free.inputs[0].shape = {-1, 3, -1, -1};
  EXPECT_FALSE(MatchCard(free, 10, "m.onnx", card).ok());
  card.preprocess.height = card.preprocess.width = 32;
  EXPECT_TRUE(MatchCard(free, 10, "m.onnx", card).ok());
  card.preprocess.width = 48;  // back ends could not tell which is which
  const Status oblong = MatchCard(free, 10, "m.onnx", card);
  ASSERT_FALSE(oblong.ok());
  EXPECT_THAT(oblong.error().message, HasSubstr("[?, 3, ?, ?], too free"));
  card.preprocess.width = 32;
  free.inputs[0].shape = {-1, -1, -1, 32};
  EXPECT_FALSE(MatchCard(free, 10, "m.onnx", card).ok());
  free.inputs[0].shape = {-1, -1, 32, 32};
  EXPECT_TRUE(MatchCard(free, 10, "m.onnx", card).ok());
}

TEST(MatchCard, CountsAllOutputsButAFreeFirstSize) {
  SessionInfo info = ExampleInfo();
  const auto values = [&](std::vector<std::int64_t> shape) {
    info.outputs[0].shape = std::move(shape);
    return DeclaredValues(info.outputs[0]).value_or(-1);
  };
  EXPECT_EQ(values({-1, 10}), 10);
  EXPECT_EQ(values({-1, 2, 5, 1}), 10);
  EXPECT_EQ(values({1, 1, 1, 10}), 10);
  EXPECT_EQ(values({10}), 10);
  EXPECT_EQ(values({8, 10}), 80);
  EXPECT_EQ(values({-1, 0}), 0);
  for (const std::vector<std::int64_t>& unknown : {std::vector<std::int64_t>{}, {-1}, {-1, -1}, {3, -1}}) {
    EXPECT_EQ(values(unknown), -1);
  }
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_GT(values({huge, huge, huge}), std::int64_t{1} << 39);  // and no overflow
  EXPECT_THAT(Complaint(info, ExampleCard()), HasSubstr("but there are 10 labels"));
  info.outputs[0].shape = {};
  EXPECT_EQ(Complaint(info, ExampleCard()), "");
}

TEST(MatchCard, OfSeveralInputsTheImageIsFoundWhereTheCardNamesNone) {
  SessionInfo info = ExampleInfo();
  info.inputs.insert(info.inputs.begin(), {"phase", ElementType::kOther, {}, "bool"});
  Card card = ExampleCard();
  card.input_name.clear();
  EXPECT_THAT(Complaint(info, card), HasSubstr("input `input` is given, but the DNN also needs `phase` (bool [])"));
  info.inputs[0] = info.inputs[1];
  info.inputs[0].name = "second";
  EXPECT_THAT(Complaint(info, card), HasSubstr("more than one input; its card must name one (`input.name`)"));
}

TEST(CandidateRunner, GivesCanonicalOutputs) {
  FakeBackend backend;
  backend.Add("m", FakeBackend::Describe("input", 3, 8, "logits", 2),
              [](std::span<const std::byte>, int, std::vector<float>& output) {
                output = {0, 0};
                return Status();
              });
  auto runner = CandidateRunner::Open(backend, {}, "m", ExampleCard(), 2);
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  ASSERT_TRUE(runner->Infer({}).ok());
  float log_probs[2];
  ASSERT_TRUE(runner->Canonical(log_probs).ok());
  EXPECT_NEAR(log_probs[0], -0.6931, 1e-3);
}

TEST(CandidateRunner, SharesABatchesOutputAmongItsInputs) {
  FakeBackend backend;
  std::vector<float> output{2, 0, 0, 2};
  backend.Add("m", FakeBackend::Describe("input", 3, 8, "logits", 2),
              [&](std::span<const std::byte>, int, std::vector<float>& out) {
                out = output;
                return Status();
              });
  const auto runner = CandidateRunner::Open(backend, {}, "m", ExampleCard(), 2);
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  EXPECT_TRUE(runner->takes_batches());
  std::vector<float> raw;
  ASSERT_TRUE(runner->InferBatch({}, 2, raw).ok());
  float log_probs[2];
  ASSERT_TRUE(runner->Canonical(std::span<const float>(raw).subspan(2), log_probs).ok());
  EXPECT_LT(log_probs[0], log_probs[1]);
  output.pop_back();
  EXPECT_THAT(runner->InferBatch({}, 2, raw).error().message, HasSubstr("gave 3 values for a batch of 2, expected 4"));
}

TEST(CandidateRunner, ADeclaredBatchOfOneTakesNoOther) {
  FakeBackend backend;
  SessionInfo info = ExampleInfo();
  info.inputs[0].shape[0] = 1;
  backend.Add("m", info, nullptr);
  EXPECT_FALSE(CandidateRunner::Open(backend, {}, "m", ExampleCard(), 10)->takes_batches());
}

TEST(FakeBackend, FindsADnnByItsCandidatesFolder) {
  FakeBackend backend;
  backend.Add("tiny", ExampleInfo(), nullptr);
  EXPECT_TRUE(backend.Open("zoo/tiny/1/model.onnx", {}).ok());
  EXPECT_FALSE(backend.Open("zoo/large/1/model.onnx", {}).ok());
}

}  // namespace
}  // namespace amsel
