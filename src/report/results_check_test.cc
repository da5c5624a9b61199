#include "report/results_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/file.h"

namespace amsel {
namespace {

using testing::HasSubstr;

Json KnownResults(const std::string& name) {
  return *ParseJson(*ReadFile(AMSEL_TEST_DATA "/results/" + name), name);
}

std::string Complaint(const Json& results) {
  const Status status = CheckResults(results, "r.json");
  return status.ok() ? "" : status.error().message;
}

TEST(CheckResults, TakesWhatEvaluateWritesAndEveryKindOfFigure) {
  for (const char* name : {"conditions.json", "clocked.json", "every_kind.json"}) {
    EXPECT_EQ(Complaint(KnownResults(name)), "") << name;
  }
}

TEST(CheckResults, DoesWithoutWhatMayBeMissingAndPassesOverWhatItDoesNotKnow) {
  Json results = *ParseJson(
      R"({"schema": "amsel.evaluation/1", "images": 10, "single_best": "a", "rows": [
          {"name": "a", "kind": "of tomorrow", "top1": 0.5, "latency_ms": {"mean": 1}, "new_field": 1}]})",
      "least.json");
  EXPECT_EQ(Complaint(results), "");
  results["headline"] = nullptr;
  results["study"] = nullptr;
  results["figures"] = nullptr;
  results["news"] = {1, 2};
  EXPECT_EQ(Complaint(results), "");
}

TEST(CheckResults, NamesTheFileAndTheFieldOfEachFault) {
  struct Case {
    std::function<void(Json&)> spoil;
    const char* field;
  };
  const std::vector<Case> cases = {
      {[](Json& r) { r = Json::array(); }, "expected a JSON object"},
      {[](Json& r) { r["schema"] = "amsel.evaluation/2"; }, "`schema`"},
      {[](Json& r) { r.erase("images"); }, "`images`"},
      {[](Json& r) { r["single_best"] = 3; }, "`single_best`"},
      {[](Json& r) { r["rows"] = Json::array(); }, "`rows`"},
      {[](Json& r) { r["rows"][1].erase("name"); }, "`rows[1].name`"},
      {[](Json& r) { r["rows"][1]["top1"] = 85; }, "`rows[1].top1`"},
      {[](Json& r) { r["rows"][0]["top1_ci95"] = {0.1}; }, "`rows[0].top1_ci95`"},
      {[](Json& r) { r["rows"][0]["latency_ms"].erase("mean"); }, "`rows[0].latency_ms.mean`"},
      {[](Json& r) { r["rows"][0]["latency_ms"]["p99"] = "slow"; }, "`rows[0].latency_ms.p99`"},
      {[](Json& r) { r["rows"][0]["shares"]["tiny"] = "all"; }, "`rows[0].shares.tiny`"},
      {[](Json& r) { r["rows"][0]["energy_mj"] = {{"mean", 1}}; }, "`rows[0].energy_mj.source`"},
      {[](Json& r) { r["rows"][0]["energy_mj"] = {{"mean", 1}, {"source", 5}}; }, "`rows[0].energy_mj.source`"},
      {[](Json& r) { r["headline"].erase("speedup"); }, "`headline.speedup`"},
      {[](Json& r) { r["headline"]["vs_adapted"]["row"] = nullptr; }, "`headline.vs_adapted.row`"},
      {[](Json& r) { r["headline"]["vs_derived"] = "twin"; }, "`headline.vs_derived`"},
      {[](Json& r) { r["headline"]["vs_derived"] = {{"row", "twin"}, {"accuracy_gain_pp", 1}}; },
       "`headline.vs_derived.speedup`"},
      {[](Json& r) {
         r["headline"]["vs_derived"] = {
             {"row", "a"}, {"accuracy_gain_pp", 1}, {"speedup", 1}, {"alone", {{"speedup", 1}}}};
       },
       "`headline.vs_derived.alone.accuracy_gain_pp`"},
      {[](Json& r) { r["rows"][0]["derived"] = "yes"; }, "`rows[0].derived`"},
      {[](Json& r) { r["study"].erase("sections"); }, "`study.sections`"},
      {[](Json& r) { r["study"]["sections"][0]["title"] = 1; }, "`study.sections[0].title`"},
      {[](Json& r) { r["study"]["sections"][0]["figures"][0]["kind"] = "pie"; }, "`study.sections[0].figures[0].kind`"},
      {[](Json& r) { r["figures"][0]["id"] = "plane"; }, "`figures[0].id`"},
      {[](Json& r) { r["figures"][1]["id"] = r["figures"][0]["id"]; }, "`figures[1].id`"},
      {[](Json& r) { r["figures"][0]["id"] = "../up"; }, "`figures[0].id`"},
  };
  for (const Case& one : cases) {
    Json results = KnownResults("every_kind.json");
    one.spoil(results);
    EXPECT_THAT(Complaint(results), HasSubstr("r.json: ")) << one.field;
    EXPECT_THAT(Complaint(results), HasSubstr(one.field));
  }
}

}  // namespace
}  // namespace amsel
