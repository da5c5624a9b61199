#include "doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "doctor/gains.h"
#include "learn/cross_validate.h"
#include "outcomes/outcomes_csv.h"
#include "tests/support/fake_world.h"

namespace amsel {
namespace {

using testing::HasSubstr;

/// What is planted in a table of three candidates: `dark` and `bright`, 1 ms, and `general`, 4 ms, right on seven of
/// ten.
struct Planted {
  bool feature_tells = false;     ///< dark and bright are right by the feature; otherwise on six of ten, at random
  bool confidence_tells = false;  ///< candidates are sure where they are right
  int images = 1500;
  int copies = 1;  ///< of every image, in one group
};

/// Adds one that takes `ms`, with what its answers are worth and how sure it is, by image.
void Add(const std::string& name, float ms, const std::vector<float>& utilities, const std::vector<float>& confidences,
         Outcomes& table) {
  table.candidates.push_back({name, false, static_cast<int>(table.candidates.size())});
  table.utilities.insert(table.utilities.end(), utilities.begin(), utilities.end());
  table.confidences.insert(table.confidences.end(), confidences.begin(), confidences.end());
  for (const float utility : utilities) table.ranks.push_back(utility < 0.5F ? 1 : 0);
  table.top_classes.resize(table.ranks.size(), -1);
  table.preprocess_ms.resize(table.ranks.size(), 0);
  table.inference_ms.resize(table.ranks.size(), ms);
  table.stands_in.resize(table.ranks.size(), 0);
  table.mean_preprocess_ms.push_back(0);
  table.mean_inference_ms.push_back(ms);
  table.after_factors.push_back(1);
  table.has_after_runs.push_back(0);
}

Outcomes Make(const Planted& planted) {
  Random random(21);
  Outcomes table;
  table.source = "planted";
  table.feature_names = {"brightness", "nothing"};
  std::vector<std::vector<float>> utilities(3);
  std::vector<std::vector<float>> confidences(3);
  for (int image = 0; image < planted.images; ++image) {
    const double brightness = random.Uniform();
    const double nothing = random.Uniform();
    const bool right[] = {planted.feature_tells ? brightness < 0.5 : random.Uniform() < 0.6,
                          planted.feature_tells ? brightness >= 0.5 : random.Uniform() < 0.6, random.Uniform() < 0.7};
    const float sure[] = {static_cast<float>(random.Uniform()), static_cast<float>(random.Uniform()),
                          static_cast<float>(random.Uniform())};
    for (int copy = 0; copy < planted.copies; ++copy) {
      table.images.push_back({std::to_string(table.images.size()), image % 4, 1, ""});
      table.groups.push_back(image);
      table.features.insert(table.features.end(), {static_cast<float>(brightness), static_cast<float>(nothing)});
      for (std::size_t c = 0; c < 3; ++c) {
        utilities[c].push_back(right[c] ? 1 : 0);
        confidences[c].push_back(planted.confidence_tells && right[c] ? 0.5F + sure[c] / 2 : sure[c]);
      }
    }
  }
  Add("dark", 1, utilities[0], confidences[0], table);
  Add("bright", 1, utilities[1], confidences[1], table);
  Add("general", 4, utilities[2], confidences[2], table);
  return table;
}

Diagnosis DiagnoseAll(const Outcomes& table) {
  return Diagnose(table, AllRows(table), {});
}

TEST(Doctor, SaysThatSelectionHelpsWhereAFeatureTellsWhoIsRight) {
  const Diagnosis diagnosis = DiagnoseAll(Make({.feature_tells = true}));
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kGo);
  EXPECT_EQ(diagnosis.stopping.verdict, Verdict::kNoGo);
  EXPECT_THAT(diagnosis.summary, HasSubstr("Selection before running will help here, by about +"));
  EXPECT_THAT(diagnosis.summary, HasSubstr("Stopping on confidence will not help here"));
  for (const Gain& gain : diagnosis.selection.gains) {
    if (gain.point != "accurate") continue;
    EXPECT_GT(gain.over_best.value, 0.2);
    EXPECT_NEAR(gain.speedup.value, 4, 0.3);
    EXPECT_NEAR(gain.over_null.value, 0.47, 0.05);  // blindly half of them are right
  }
  for (const Signal& premodel : diagnosis.premodels) EXPECT_GT(premodel.right[0]->interval.low, 0.95) << premodel.name;
  EXPECT_LT(diagnosis.features[0].right[0]->value, 0.01);  // the darker, the likelier
  EXPECT_NEAR(diagnosis.features[1].right[0]->value, 0.5, 0.04);
}

TEST(Doctor, AMirroredViewIsNeitherChosenAmongNorAYardstick) {
  Outcomes table = Make({.feature_tells = true, .images = 400});
  Json before = DiagnosisToJson(DiagnoseAll(table));
  Add("general@hflip", 8, std::vector<float>(400, 1), std::vector<float>(400, 0.5F), table);
  table.candidates.back().derived = true;
  Json after = DiagnosisToJson(DiagnoseAll(table));
  EXPECT_EQ(after["headroom"]["single_best"], before["headroom"]["single_best"]);
  EXPECT_EQ(after["headroom"]["efficient_single"], before["headroom"]["efficient_single"]);
  for (Json* finding : {&before["selection"], &after["selection"]}) {
    for (Json& gain : (*finding)["gains"]) {
      EXPECT_EQ(gain["over_derived_pp"].is_null(), finding == &before["selection"]);
      gain.erase("over_derived_pp");
      gain.erase("over_derived_ci_pp");
    }
  }
  EXPECT_EQ(after["selection"], before["selection"]);
}

TEST(Doctor, TellsWhatATwinBringsAloneFromWhatSelectingAdds) {
  Outcomes table = Make({.confidence_tells = true});
  const std::size_t count = table.image_count();
  std::vector<float> right(table.utilities.end() - static_cast<std::ptrdiff_t>(count), table.utilities.end());
  const std::vector<float> sure(table.confidences.end() - static_cast<std::ptrdiff_t>(count), table.confidences.end());
  for (std::size_t i = 0; i < count; i += 100) right[i] = 0;
  Add("general-int8", 2, right, sure, table);
  table.candidates.back().derived = true;
  const Diagnosis diagnosis = DiagnoseAll(table);
  ASSERT_TRUE(diagnosis.headroom.derived);
  const DerivedAlone& derived = *diagnosis.headroom.derived;
  EXPECT_EQ(derived.row.name, "general-int8");
  EXPECT_DOUBLE_EQ(derived.speedup, 2);
  EXPECT_NEAR(derived.over_best.value, derived.row.accuracy.value - diagnosis.headroom.single_best.accuracy.value,
              1e-9);
  EXPECT_THAT(diagnosis.summary, HasSubstr("`general-int8` alone, the derived single (the cheapest view or twin that "
                                           "is not measurably worse than the best of them), has -0."));
  ASSERT_EQ(diagnosis.stopping.verdict, Verdict::kGo);
  for (const Gain& gain : diagnosis.stopping.gains) {
    EXPECT_NEAR(gain.over_best.value, derived.over_best.value + gain.over_derived->value, 1e-9) << gain.point;
  }
}

TEST(Doctor, WhatATwinDoesAsWellAloneIsNoGainOfSelecting) {
  Outcomes table = Make({.feature_tells = true, .images = 400});
  ASSERT_EQ(DiagnoseAll(table).selection.verdict, Verdict::kGo);
  Add("general-int8", 0.5, std::vector<float>(400, 1), std::vector<float>(400, 0.5F), table);
  table.candidates.back().derived = true;
  EXPECT_EQ(DiagnoseAll(table).selection.verdict, Verdict::kNoGo);
}

TEST(Doctor, SaysThatOnlyStoppingHelpsWhereOnlyConfidenceTells) {
  const Diagnosis diagnosis = DiagnoseAll(Make({.confidence_tells = true}));
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kNoGo);
  EXPECT_EQ(diagnosis.stopping.verdict, Verdict::kGo);
  EXPECT_NEAR(diagnosis.confidences.at(0).right[1]->value, 0.75, 0.03);
  EXPECT_THAT(diagnosis.summary, HasSubstr("Stopping on confidence will help here, by about "));
}

TEST(Doctor, SaysThatNothingHelpsWhereNothingTells) {
  const Diagnosis diagnosis = DiagnoseAll(Make({}));
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kNoGo);
  EXPECT_EQ(diagnosis.stopping.verdict, Verdict::kNoGo);
  EXPECT_GT(diagnosis.headroom.oracle.accuracy.value, 0.9);  // however much there were to gain
  for (const Gain& gain : diagnosis.selection.gains) EXPECT_LE(gain.over_null.interval.low, 0) << gain.point;
}

TEST(Doctor, DoesNotTakeCopiesOfImagesForKnowledge) {
  const Diagnosis diagnosis = DiagnoseAll(Make({.images = 100, .copies = 20}));
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kNoGo);  // a neighbour in another fold would know the answer
  EXPECT_NE(diagnosis.stopping.verdict, Verdict::kGo);
}

TEST(Doctor, FindsTheHeadroomOfTheTable) {
  const auto table = ParseOutcomesCsv(
      "small:correct,small:ms,large:correct,large:ms\n"
      "1,1,1,4\n"
      "1,1,0,4\n"
      "0,1,1,4\n"
      "0,1,1,4\n"
      "0,1,0,4\n",
      "t.csv");
  const Diagnosis diagnosis = DiagnoseAll(table.value());
  const Headroom& headroom = diagnosis.headroom;
  EXPECT_EQ(headroom.single_best.name, "large");
  EXPECT_EQ(headroom.cheapest.name, "small");
  EXPECT_DOUBLE_EQ(headroom.oracle.accuracy.value, 0.8);
  EXPECT_DOUBLE_EQ(headroom.oracle.cost_ms, (3 * 1 + 2 * 4) / 5.0);
  EXPECT_NEAR(headroom.oracle_mix.accuracy.value, 0.6 * 0.4 + 0.4 * 0.6, 1e-12);
  EXPECT_NEAR(*headroom.skill_needed, (0.6 - 0.48) / (0.8 - 0.48), 1e-12);
  EXPECT_DOUBLE_EQ(headroom.ceiling, 4);
  EXPECT_FALSE(headroom.pooled_oracle);
}

TEST(Doctor, LeavesOpenWhatTheTableDoesNotTell) {
  const auto table =
      ParseOutcomesCsv("a:correct,a:ms,b:correct,b:ms\n1,1,1,4\n1,1,0,4\n0,1,1,4\n0,1,1,4\n1,1,0,4\n", "t.csv");
  const Diagnosis diagnosis = DiagnoseAll(table.value());
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kUnknown);
  EXPECT_THAT(diagnosis.selection.reason, HasSubstr("no image features"));
  EXPECT_EQ(diagnosis.stopping.verdict, Verdict::kUnknown);
  EXPECT_THAT(diagnosis.stopping.reason, HasSubstr("how sure"));
}

TEST(Doctor, SaysThatOneCandidateLeavesNothingToChoose) {
  const auto table = ParseOutcomesCsv("only:correct,only:ms,only:confidence\n1,1,0.5\n0,1,0.5\n", "t.csv");
  const Diagnosis diagnosis = DiagnoseAll(table.value());
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kUnknown);
  EXPECT_THAT(diagnosis.summary, HasSubstr("one candidate"));
  EXPECT_FALSE(diagnosis.headroom.skill_needed);
}

TEST(Doctor, SaysThatFewerImagesThanFoldsTellNothing) {
  const auto table = ParseOutcomesCsv("a:correct,a:ms,b:correct,b:ms\n1,1,1,2\n0,1,1,2\n", "t.csv");
  EXPECT_THAT(DiagnoseAll(table.value()).summary, HasSubstr("too few images"));
}

TEST(Doctor, RecommendsTheCheapestWhereAllAreAlwaysRight) {
  Outcomes table = Make({.images = 200});
  table.utilities.assign(table.utilities.size(), 1);
  const Diagnosis diagnosis = DiagnoseAll(table);
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kNoGo);
  EXPECT_EQ(diagnosis.stopping.verdict, Verdict::kNoGo);
  EXPECT_EQ(diagnosis.headroom.single_best.cost_ms, 1);
  EXPECT_FALSE(diagnosis.confidences.at(0).right[0]);  // none is wrong: nothing to tell apart
}

TEST(Doctor, FiftyImagesDoNotMakeAGoOfNothing) {
  const Diagnosis diagnosis = DiagnoseAll(Make({.images = 50}));
  EXPECT_NE(diagnosis.selection.verdict, Verdict::kGo);
  EXPECT_NE(diagnosis.stopping.verdict, Verdict::kGo);
  EXPECT_THAT(diagnosis.summary, HasSubstr("So few images do not tell whether stopping on confidence helps: "));
}

TEST(Doctor, SpeaksOfLessTimeOnlyWhereItIsLess) {
  Gain gain;
  gain.over_best = {0.02, {0.01, 0.03}};
  gain.go = true;
  Finding finding;
  for (const auto& [speedup, words] :
       {std::pair(1.004, "in the time of the single best"), std::pair(1.08, "at 1.08× the speed of the single best")}) {
    gain.speedup = {speedup, {speedup, speedup}};
    finding.gains = {gain};
    EXPECT_THAT(GainInWords(finding), testing::EndsWith(words));
  }
}

TEST(Doctor, GivesTheSameFindingsEachTime) {
  const Outcomes table = Make({.feature_tells = true, .confidence_tells = true, .images = 300});
  EXPECT_EQ(DiagnosisToJson(DiagnoseAll(table)), DiagnosisToJson(DiagnoseAll(table)));
}

TEST(Doctor, PoolsTheAnswersOfAProfile) {
  FakeWorld world("doctor_profile");
  const ProfileTable table = world.Table();
  ASSERT_EQ(table.image_count(), 400);
  std::size_t told = 0;
  std::size_t of = 0;
  DoctorOptions options;
  options.progress = [&](std::size_t done, std::size_t total) {
    told = done;
    of = total;
  };
  const Diagnosis diagnosis = Diagnose(table, AllRows(table), options);
  EXPECT_EQ(told, of);
  EXPECT_EQ(diagnosis.headroom.single_best.name, "general");
  EXPECT_EQ(diagnosis.selection.verdict, Verdict::kGo);  // brightness tells who is right
  EXPECT_EQ(diagnosis.stopping.gains.front().policy, "pooled cascade");
  EXPECT_EQ(diagnosis.headroom.pooled_oracle->accuracy.value, 1);
}

TEST(Doctor, LooksAtSomeImagesAsIfThereWereNoOthers) {
  const Outcomes all = Make({.feature_tells = true, .confidence_tells = true, .images = 300});
  const std::vector<std::size_t> rows = ThinnedRows(all, AllRows(all), 150, 1);
  const Diagnosis some = Diagnose(all, rows, {});
  EXPECT_EQ(some.images, rows.size());
  Outcomes alone = all;  // with other images turned upside down
  std::vector<char> looked_at(all.image_count(), 0);
  for (const std::size_t i : rows) looked_at[i] = 1;
  for (std::size_t at = 0; at < alone.utilities.size(); ++at) {
    if (looked_at[at % all.image_count()] != 0) continue;
    alone.utilities[at] = 1 - alone.utilities[at];
    alone.confidences[at] = 1 - alone.confidences[at];
  }
  EXPECT_EQ(DiagnosisToJson(Diagnose(alone, rows, {})), DiagnosisToJson(some));
}

}  // namespace
}  // namespace amsel
