#include "backend/feature_dnn_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backend/fake_backend.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kDnnFile = "folder/cnn.onnx";

/// A DNN that gives `values`, whatever it is shown.
class FeatureDnnRunnerTest : public testing::Test {
 protected:
  Result<FeatureDnnRunner> Open(std::vector<float> values, SessionInfo info) {
    backend_.Add(kDnnFile, std::move(info),
                 [this, values](std::span<const std::byte>, int, std::vector<float>& output) {
                   output = next_.empty() ? values : next_;
                   return Status();
                 });
    Card card;
    card.skip_leading_classes = 3;  // means nothing here
    return FeatureDnnRunner::Open(backend_, {}, kDnnFile, card);
  }
  std::string Complaint(std::vector<float> values, SessionInfo info) {
    const auto runner = Open(std::move(values), std::move(info));
    return runner.ok() ? "none" : runner.error().message;
  }
  static SessionInfo Info() { return FakeBackend::Describe("input", 3, 4, "embedding", -1); }

  FakeBackend backend_;
  std::vector<float> next_;
};

TEST_F(FeatureDnnRunnerTest, GivesWhatTheDnnGivesAndCompletesTheCard) {
  const auto runner = Open({1, -2.5F, 100}, Info());
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  EXPECT_EQ(runner->values(), 3);
  EXPECT_EQ(runner->card().input_name, "input");
  EXPECT_EQ(runner->card().output_name, "embedding");
  EXPECT_EQ(runner->card().preprocess.height, 4);
  EXPECT_EQ(runner->card().skip_leading_classes, 0);
  std::vector<float> out;
  ASSERT_TRUE(runner->Run(std::vector<std::byte>(192), out).ok());
  EXPECT_THAT(out, ElementsAre(1, -2.5F, 100));
}

TEST_F(FeatureDnnRunnerTest, TakesOutputsOfAnyShape) {
  SessionInfo info = Info();
  info.outputs[0].shape = {1, 2, 1, 1};
  EXPECT_EQ(Open({5, 6}, info)->values(), 2);
}

TEST_F(FeatureDnnRunnerTest, RefusesNoneAndTooManyValues) {
  EXPECT_THAT(Complaint({}, Info()),
              HasSubstr("folder/cnn.onnx: gives 0 values for an image; a feature DNN gives 1 to 256"));
  EXPECT_THAT(Complaint(std::vector<float>(257), Info()), HasSubstr("gives 257 values"));
  EXPECT_EQ(Complaint(std::vector<float>(256), Info()), "none");
}

TEST_F(FeatureDnnRunnerTest, OfSeveralOutputsTheCardMustNameOne) {
  SessionInfo info = Info();
  info.outputs.push_back(info.outputs[0]);
  info.outputs[1].name = "other";
  EXPECT_THAT(Complaint({1}, info), AllOf(HasSubstr("folder/cnn.onnx: has more than one output"),
                                          HasSubstr("`output.name`"), HasSubstr("`embedding` `other`")));
}

TEST_F(FeatureDnnRunnerTest, RefusesInputsThatItsCardDoesNotFitAndOutputsThatAreNoFloats) {
  SessionInfo info = Info();
  info.inputs[0].shape = {1, 3, 4};
  EXPECT_THAT(Complaint({1}, info), HasSubstr("folder/cnn.onnx: input `input` has shape [1, 3, 4]"));
  info = Info();
  info.inputs[0].type = ElementType::kUint8;
  EXPECT_THAT(Complaint({1}, info), HasSubstr("input.dtype"));
  info = Info();
  info.outputs[0].type = ElementType::kOther;
  info.outputs[0].type_name = "int64";
  EXPECT_THAT(Complaint({1}, info), HasSubstr("output `embedding` is int64, which holds no scores"));
}

TEST_F(FeatureDnnRunnerTest, AValueThatIsNotFiniteOrAnotherNumberOfThemIsAFailure) {
  const auto runner = Open({1, 2}, Info());
  std::vector<float> out;
  next_ = {1, NAN};
  EXPECT_THAT(runner->Run(std::vector<std::byte>(192), out).error().message, HasSubstr("did not give 2 finite values"));
  next_ = {1};
  EXPECT_THAT(runner->Run(std::vector<std::byte>(192), out).error().message, HasSubstr("did not give 2 finite values"));
}

TEST_F(FeatureDnnRunnerTest, WhatFailsAtOnceIsNamed) {
  backend_.Add(kDnnFile, Info(), [](std::span<const std::byte>, int, std::vector<float>&) {
    return Status(RuntimeFailure("the device is on fire"));
  });
  EXPECT_EQ(FeatureDnnRunner::Open(backend_, {}, kDnnFile, Card()).error().message,
            "folder/cnn.onnx: the device is on fire");
}

}  // namespace
}  // namespace amsel
