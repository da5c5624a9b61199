#include "policy/staged_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "policy/drive.h"
#include "policy/policy_file.h"
#include "tests/support/staged_plans.h"

namespace amsel {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<CandidateId> PathOf(const Policy& policy, int point, const std::vector<float>& features,
                                const std::vector<std::vector<float>>& answers, CandidateSet broken, float& answer) {
  Episode episode(policy, point);
  episode.Begin();
  std::vector<CandidateId> tried;
  const Step last = Drive(
      episode, CandidateSet::All(policy.candidate_count()), [&] { episode.ObserveFeatures(features); },
      [&](CandidateId id) {
        tried.push_back(id);
        if (broken.Contains(id)) return false;
        episode.Observe(id, answers[static_cast<std::size_t>(id)]);
        return true;
      });
  const Prediction prediction = episode.Answer();
  answer = static_cast<float>(prediction.label) + prediction.probability / 2;
  tried.push_back(static_cast<CandidateId>(last.kind));
  return tried;
}

TEST(StagedFile, EveryPlanComesBackByteForByteAndDecidesAlike) {
  RandomPlans draw(5);
  for (int p = 0; p < 200; ++p) {
    const StagedPolicy policy = draw.Draw().Policy();
    const std::string bytes = SerializeTensorFile(PolicyToTensorFile(policy));
    const auto content = ParseTensorFile(bytes, "p");
    ASSERT_TRUE(content.ok()) << content.error().message;
    const auto read = PolicyFromTensorFile(*content, "p");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ((*read)->kind(), "staged");
    EXPECT_EQ(SerializeTensorFile(PolicyToTensorFile(**read)), bytes);
    for (int i = 0; i < 10; ++i) {
      const int point = draw.Below(policy.operating_points().size());
      const std::vector<float> features = draw.Values(policy.feature_names().size(), -3, 3);
      std::vector<std::vector<float>> answers;
      CandidateSet broken;
      for (CandidateId id = 0; id < policy.candidate_count(); ++id) {
        answers.push_back(draw.Values(static_cast<std::size_t>(policy.class_count()), -4, 0));
        if (draw.Below(5) == 0) broken.Insert(id);
      }
      float before = 0;
      float after = 0;
      EXPECT_EQ(PathOf(**read, point, features, answers, broken, after),
                PathOf(policy, point, features, answers, broken, before));
      EXPECT_EQ(after, before);
    }
  }
}

TEST(StagedFile, TheConfigIsAsTheFormatsPageSays) {
  const TensorFile file = PolicyToTensorFile(HandMadePlan().Policy());
  const Json config = Json::parse(file.metadata.at("config"));
  EXPECT_EQ(config["kind"], "staged");
  EXPECT_EQ(config["signal"], "confidence");
  EXPECT_EQ(config["abstain_below"], 0);
  EXPECT_EQ(config["slots"][1], Json::parse(R"({"members": [1, 2]})"));
  EXPECT_EQ(config["heads"][1], Json::parse(R"({"slots": [0, 1], "maps": ["scalar", "diagonal"]})"));
  EXPECT_EQ(config["nodes"][1]["branches"][0]["node"], 2);
  EXPECT_EQ(config["roots"], Json::parse("[0, 4]"));
  EXPECT_EQ(file.tensors.at("gate0.knots").shape, (std::vector<std::int64_t>{1, 33}));
  EXPECT_EQ(file.tensors.at("gate0.weights").shape, (std::vector<std::int64_t>{4, 2}));
  EXPECT_EQ(file.tensors.at("head1.map0").shape, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(file.tensors.at("head1.map1").shape, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(file.tensors.at("head2.map0").shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(file.tensors.at("head1.bias").shape, (std::vector<std::int64_t>{2}));
  EXPECT_FALSE(file.tensors.contains("head0.bias"));
}

/// What the reader says of the hand-made plan with its config and tensors altered.
std::string Complaint(const std::function<void(Json&, TensorFile&)>& alter) {
  TensorFile file = PolicyToTensorFile(HandMadePlan().Policy());
  Json config = Json::parse(file.metadata["config"]);
  alter(config, file);
  file.metadata["config"] = config.dump();
  const auto read = PolicyFromTensorFile(file, "some.file");
  return read.ok() ? "accepted" : read.error().message;
}

TEST(StagedFile, WhatIsAlteredHereIsAcceptedOtherwise) {
  EXPECT_EQ(Complaint([](Json&, TensorFile&) {}), "accepted");
}

struct ConfigFault {
  const char* pointer;  ///< where in the config (RFC 6901)
  const char* value;
  const char* complaint;
};

TEST(StagedFile, FaultsOfTheConfigAreRefusedAndNamed) {
  const ConfigFault kFaults[] = {
      {"/signal", R"("mood")", "field `signal`: expected one of"},
      {"/signal", "null", "field `signal`"},
      {"/abstain_below", "1.5", "field `abstain_below`"},
      {"/abstain_below", "-0.1", "field `abstain_below`"},
      {"/slots", "3", "field `slots`"},
      {"/slots", "[]", "field `heads`: expected whole numbers below 0"},
      {"/slots/0/members", "[]", "field `slots`: expected members"},
      {"/slots/0/members", "[4]", "field `slots`: expected whole numbers below 4"},
      {"/slots/0/members", "[-1]", "field `slots`"},
      {"/slots/0/members", "[0.5]", "field `slots`"},
      {"/slots/0/members", "[1e300]", "field `slots`"},
      {"/slots/0/members", R"(["0"])", "members`"},
      {"/slots/1/members", "[1, 2, 9]", "field `slots`"},
      {"/heads", "{}", "field `heads`"},
      {"/heads", "[]", "field `nodes`: expected whole numbers below 0"},
      {"/heads/1/slots", "[0, 3]", "field `heads`: expected whole numbers below 3"},
      {"/heads/1/slots", "[0]", "field `heads`: expected 1 to 5 slots and a map for each"},
      {"/heads/0/slots", "[]", "field `heads`: expected 1 to 5 slots"},
      {"/heads/0", R"({"slots": [0,0,0,0,0,0], "maps": ["scalar","scalar","scalar","scalar","scalar","scalar"]})",
       "field `heads`: expected 1 to 5 slots"},
      {"/heads/1/maps", R"(["scalar", "round"])", "field `heads`: expected maps that are scalar, diagonal or full"},
      {"/nodes", "null", "field `nodes`"},
      {"/nodes", "[]", "field `roots`: expected whole numbers below 0"},
      {"/nodes/0/slot", "3", "field `nodes`: expected whole numbers below 3"},
      {"/nodes/0/head", "4", "field `nodes`: expected whole numbers below 4"},
      {"/nodes/0/value", "2", "value`"},
      {"/nodes/0/branches/0/node", "5", "field `nodes`: expected whole numbers below 5"},
      {"/nodes/0/branches/0/node", "0", "field `nodes`: expected branches to later nodes"},
      {"/nodes/1/branches/0/node", "0", "field `nodes`: expected branches to later nodes"},
      {"/nodes/0/branches/0/below", R"("half")", "below`"},
      {"/nodes/0/branches/0/below", "1e300", "below`"},
      {"/nodes/0/branches/0/below", "-1", "below`"},
      {"/nodes/0/branches/0/value", "-1", "value`"},
      {"/nodes/0/branches", "7", "branches`"},
      {"/nodes/2/slot", "1", "field `nodes`: expected no slot twice on a path"},
      {"/nodes/0/head", "1", "field `nodes`: expected heads over slots that ran"},
      {"/nodes/4/head", "0", "field `nodes`: expected heads over slots that ran"},
      {"/roots", "[0]", "field `roots`: expected one node per operating point"},
      {"/roots", "[0, 4, 4]", "field `roots`: expected one node per operating point"},
      {"/roots", "[0, 5]", "field `roots`: expected whole numbers below 5"},
      {"/roots", "[0, 0.5]", "field `roots`"},
      {"/features", "[]", "field `features`: expected the features that gates read"},
      {"/features", R"(["contrast", "noise"])", "tensor `gate0.mean`"},
      {"/classes", "3", "tensor `head1.map1`"},
  };
  for (const ConfigFault& fault : kFaults) {
    const std::string complaint = Complaint([&](Json& config, TensorFile&) {
      const Json::json_pointer at(fault.pointer);
      ASSERT_TRUE(config.contains(at)) << fault.pointer;
      config[at] = Json::parse(fault.value);
    });
    EXPECT_THAT(complaint, AllOf(HasSubstr("some.file: "), HasSubstr(fault.complaint)))
        << fault.pointer << " = " << fault.value;
  }
}

TEST(StagedFile, MissingFieldsAreNamed) {
  for (const char* field : {"signal", "abstain_below", "slots", "heads", "nodes", "roots"}) {
    const std::string complaint = Complaint([&](Json& config, TensorFile&) { config.erase(field); });
    EXPECT_THAT(complaint, HasSubstr(std::string("some.file: field `") + field + "`"));
  }
}

/// Stages one after another, each in a slot of its own.
Json Chain(int stages) {
  Json nodes = Json::array();
  for (int s = 0; s < stages; ++s) {
    Json branches = Json::array();
    if (s + 1 < stages) branches.push_back({{"below", 0.5}, {"node", s + 1}, {"value", 0.5}});
    nodes.push_back({{"slot", s}, {"head", 0}, {"value", 0.5}, {"branches", branches}});
  }
  return nodes;
}

TEST(StagedFile, WeightsThatCouldOverflowAreRefused) {
  for (const char* name : {"head1.map0", "head1.bias", "gate0.weights"}) {
    const std::string complaint = Complaint([&](Json&, TensorFile& file) { file.tensors.at(name).floats[0] = -3e38F; });
    EXPECT_THAT(complaint, HasSubstr(std::string("tensor `") + name + "`: expected values from -1e6 to 1e6"));
  }
}

TEST(StagedFile, PathsEndAfterFiveStages) {
  for (const int stages : {5, 6}) {
    const std::string complaint = Complaint([&](Json& config, TensorFile&) {
      config["slots"] = Json::array();
      for (int s = 0; s < 6; ++s) config["slots"].push_back({{"members", Json::array({s % 4})}});
      config["heads"] = Json::array({Json(config["heads"][0])});
      config["nodes"] = Chain(stages);
      config["roots"] = {0, 0};
    });
    EXPECT_THAT(complaint, HasSubstr(stages == 5 ? "accepted" : "field `nodes`: expected paths of at most 5 stages"));
  }
}

TEST(StagedFile, AGraphWithVeryManyPathsIsRefusedAndNotWalked) {
  const std::string complaint = Complaint([](Json& config, TensorFile&) {
    config["slots"] = Json::array();
    for (int s = 0; s < 3; ++s) config["slots"].push_back({{"members", Json::array({s})}});
    config["heads"] = Json::array({Json(config["heads"][0])});
    config["nodes"] = Chain(3);
    for (const int node : {0, 1}) {
      Json& branches = config["nodes"][node]["branches"];
      const Json one = branches[0];
      for (int b = 0; b < 1000; ++b) branches.push_back(one);
    }
    config["roots"] = {0, 0};
  });
  EXPECT_THAT(complaint, HasSubstr("field `nodes`: expected trees that do not share their branches"));
}

TEST(StagedFile, FaultsOfTheTensorsAreRefusedAndNamed) {
  const std::vector<std::string> names{
      "gate0.mean", "gate0.inverse_deviation", "gate0.knots", "gate0.weights", "head0.map0", "head1.map1",
      "head2.map0"};
  for (const std::string& name : names) {
    EXPECT_THAT(Complaint([&](Json&, TensorFile& file) { ASSERT_EQ(file.tensors.erase(name), 1U); }),
                HasSubstr("some.file: tensor `" + name + "` is missing"));
  }
  std::vector<std::string> shaped = names;
  shaped.emplace_back("head1.bias");
  for (const std::string& name : shaped) {
    EXPECT_THAT(Complaint([&](Json&, TensorFile& file) { file.tensors[name] = Tensor::Floats({3}, {1, 2, 3}); }),
                HasSubstr("some.file: tensor `" + name + "` has not the expected type and shape"));
    EXPECT_THAT(Complaint([&](Json&, TensorFile& file) { file.tensors[name].floats[0] = INFINITY; }),
                HasSubstr("some.file: tensor `" + name + "` holds a value that is not finite"));
  }
  EXPECT_THAT(Complaint([](Json&, TensorFile& file) { file.tensors["gate0.knots"].floats[7] = 9; }),
              HasSubstr("some.file: tensor `gate0.knots`: expected ascending rows"));
}

}  // namespace
}  // namespace amsel
