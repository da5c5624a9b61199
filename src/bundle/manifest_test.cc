#include "bundle/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/feature_dnn_card.h"

namespace amsel {
namespace {

using ::testing::HasSubstr;

Manifest Example() {
  Manifest manifest;
  manifest.amsel_version = "0.1.0";
  manifest.classes = 10;
  ManifestCandidate candidate;
  candidate.name = "cnn_l";
  candidate.folder = "cnn_l";
  manifest.candidates.push_back(candidate);
  manifest.single_best = "cnn_l";
  manifest.policy_kind = "single";
  ManifestPoint point;
  point.name = "default";
  point.certificates.push_back(
      {CertificateKind::kAccuracy, ClaimOutcome::kNoClaim, {}, 0.025, 0.86, 0.0125, 0.99, 1200, {}, "a"});
  point.certificates.push_back({CertificateKind::kNotWorseThanSingleBest,
                                ClaimOutcome::kHolds,
                                0.02,
                                0.025,
                                -0.01,
                                0.0125,
                                0.004,
                                1200,
                                {},
                                "b"});
  manifest.operating_points.push_back(point);
  manifest.training_options = Json::object();
  return manifest;
}

/// The complaint about a manifest whose certificate `index` was changed.
std::string Complaint(std::size_t index, const std::string& key, const Json& value) {
  Json json = ManifestToJson(Example());
  json["operating_points"][0]["certificates"][index][key] = value;
  const auto manifest = ManifestFromJson(json, "manifest.json");
  return manifest.ok() ? "accepted" : manifest.error().message;
}

TEST(Manifest, TheDerivedSingleIsACandidateBesideTheSingleBestAndMayBeAbsent) {
  Manifest manifest = Example();
  EXPECT_FALSE(ManifestToJson(manifest).contains("derived_single"));
  manifest.candidates.push_back(manifest.candidates[0]);
  manifest.candidates[1].name = manifest.derived_single = "cnn_l@hflip";
  manifest.candidates[1].view = {View::Kind::kHflip};
  Json json = ManifestToJson(manifest);
  EXPECT_EQ(ManifestFromJson(json, "m")->derived_single, "cnn_l@hflip");
  for (const char* other : {"cnn_l", "cnn_m"}) {
    json["derived_single"] = other;
    EXPECT_THAT(ManifestFromJson(json, "m").error().message, HasSubstr("derived_single")) << other;
  }
}

TEST(Manifest, EnergyAndItsSourceSurviveAndMayBeAbsent) {
  Manifest manifest = Example();
  manifest.candidates[0].costs.resize(2);
  for (DnnCost& cost : manifest.candidates[0].costs) cost.graph = "all";
  manifest.candidates[0].costs[0].energy_mj = 12.5;
  manifest.candidates[0].costs[0].energy_source = "RAPL (package-0)";
  Json written = ManifestToJson(manifest);
  EXPECT_TRUE(written["candidates"][0]["costs"][1]["energy_source"].is_null());
  written["candidates"][0]["costs"][1].erase("energy_source");  // as 0.1.0 wrote it
  const auto read = ManifestFromJson(written, "manifest.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->candidates[0].costs[0].energy_mj, 12.5);
  EXPECT_EQ(read->candidates[0].costs[0].energy_source, "RAPL (package-0)");
  EXPECT_EQ(read->candidates[0].costs[1].energy_source, "");
  written["candidates"][0]["costs"][0]["energy_source"] = 7;
  EXPECT_THAT(ManifestFromJson(written, "manifest.json").error().message, HasSubstr("energy_source"));
}

TEST(Manifest, TimeAfterAnotherCandidateAndTheInt8WaySurviveAndMayBeAbsent) {
  Manifest manifest = Example();
  manifest.candidates[0].costs.resize(2);
  for (DnnCost& cost : manifest.candidates[0].costs) cost.graph = "all";
  manifest.candidates[0].costs[0].inference_ms = manifest.candidates[0].costs[1].inference_ms = 1.5;
  manifest.candidates[0].costs[0].inference_after_ms = 2.5;
  manifest.candidates[0].costs[0].int8 = "vnni";
  Json written = ManifestToJson(manifest);
  EXPECT_FALSE(written["candidates"][0]["costs"][1].contains("inference_after_ms"));
  EXPECT_FALSE(written["candidates"][0]["costs"][1].contains("int8"));
  const auto read = ManifestFromJson(written, "manifest.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const std::vector<DnnCost>& costs = read->candidates[0].costs;
  EXPECT_EQ(costs[0].InferenceMs(/*first=*/true), 1.5);
  EXPECT_EQ(costs[0].InferenceMs(/*first=*/false), 2.5);
  EXPECT_EQ(costs[1].InferenceMs(/*first=*/false), 1.5);
  EXPECT_EQ(costs[0].int8, "vnni");
  written["candidates"][0]["costs"][0]["inference_after_ms"] = -1;
  EXPECT_THAT(ManifestFromJson(written, "manifest.json").error().message, HasSubstr("inference_after_ms"));
}

TEST(Manifest, CertificatesSurviveBeingWrittenAndRead) {
  const Json written = ManifestToJson(Example());
  const auto read = ManifestFromJson(written, "manifest.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(ManifestToJson(*read), written);
  const auto& certificates = read->operating_points[0].certificates;
  ASSERT_EQ(certificates.size(), 2U);
  EXPECT_EQ(certificates[0].kind, CertificateKind::kAccuracy);
  EXPECT_EQ(certificates[0].outcome, ClaimOutcome::kNoClaim);
  EXPECT_FALSE(certificates[0].claim.has_value());
  EXPECT_EQ(certificates[1].kind, CertificateKind::kNotWorseThanSingleBest);
  EXPECT_EQ(certificates[1].outcome, ClaimOutcome::kHolds);
  EXPECT_EQ(certificates[1].claim, 0.02);
  EXPECT_EQ(certificates[1].claim_level, 0.025);
  EXPECT_EQ(certificates[1].bound, -0.01);
  EXPECT_EQ(certificates[1].bound_level, 0.0125);
  EXPECT_EQ(certificates[1].limit, 0.004);
  EXPECT_EQ(certificates[1].images, 1200);
  EXPECT_EQ(certificates[1].note, "b");
}

TEST(Manifest, WhatAPointGainsIsLikeAndLacksSurvives) {
  Manifest manifest = Example();
  manifest.operating_points.push_back(manifest.operating_points[0]);
  ManifestPoint& twin = manifest.operating_points[1];
  twin.name = "fast";
  twin.same_as = "default";
  twin.gain = -0.01;
  twin.gain_error = 0.004;
  twin.certificates[1].outcome = ClaimOutcome::kFails;
  twin.certificates[1].images_needed = 3300;
  Json written = ManifestToJson(manifest);
  const auto read = ManifestFromJson(written, "manifest.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_FALSE(read->operating_points[0].gain.has_value());
  EXPECT_EQ(read->operating_points[1].same_as, "default");
  EXPECT_EQ(read->operating_points[1].gain, -0.01);
  EXPECT_EQ(read->operating_points[1].gain_error, 0.004);
  EXPECT_EQ(read->operating_points[1].certificates[1].images_needed, 3300);
  written["operating_points"][0]["same_as"] = "fast";  // which comes later
  EXPECT_THAT(ManifestFromJson(written, "manifest.json").error().message, HasSubstr("operating_points[0].same_as"));
}

Dnn FeatureDnn() {
  DnnCost cost;
  cost.backend = "onnxruntime";
  cost.backend_version = "1.32.0";
  cost.graph = "all";
  cost.inference_ms = 0.5;
  return {.folder = kFeatureDnnName,
          .sha256 = "abc",
          .license = "MIT",
          .source = "here",
          .costs = {cost},
          .feature_values = 2};
}

TEST(Manifest, AFeatureDnnSurvivesBeingWrittenAndRead) {
  EXPECT_FALSE(ManifestToJson(Example()).contains("feature_dnn"));
  Manifest manifest = Example();
  manifest.features = {"dnn.1", "noise"};
  manifest.feature_dnn = FeatureDnn();
  DnnCost& cost = manifest.feature_dnn->costs[0];
  cost.provider = "cuda";
  cost.precision = "half";
  cost.conformance = ConformanceCheck{3, 2, 0.5, false};
  const Json written = ManifestToJson(manifest);
  const auto read = ManifestFromJson(written, "manifest.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(ManifestToJson(*read), written);
  EXPECT_EQ(read->feature_dnn->feature_values, 2);
  EXPECT_EQ(read->feature_dnn->costs[0].inference_ms, 0.5);
  EXPECT_EQ(read->feature_dnn->costs[0].conformance->same_answers, 2);
  EXPECT_FALSE(read->feature_dnn->costs[0].conformance->holds);
  EXPECT_EQ(IdentityOf(read->feature_dnn->costs[0]), (BackendIdentity{"onnxruntime", "cuda", Precision::kHalf}));
  const std::vector<std::pair<const char*, Json>> faults{
      {"values", 0},      {"values", 257},      {"sha256", 1},       {"license", Json()},   {"source", 1},
      {"cost_ms", -1},    {"backend", Json()},  {"provider", 7},     {"precision", "low"},  {"device", Json()},
      {"threads", 99999}, {"graph", "perhaps"}, {"cost_ms", Json()}, {"backend_version", 1}};
  for (const auto& [key, value] : faults) {
    Json wrong = written;
    wrong["feature_dnn"][key] = value;
    EXPECT_THAT(ManifestFromJson(wrong, "manifest.json").error().message,
                HasSubstr(std::string("manifest.json: field `feature_dnn.") + key + "`"));
  }
}

TEST(Manifest, NamesOfDnnFilesSurviveAndStayInTheirFolder) {
  Manifest manifest = Example();
  EXPECT_FALSE(ManifestToJson(manifest)["candidates"][0].contains("data_files"));
  manifest.candidates[0].names = {kOnnxName, {"a.bin", "weights/b.bin"}};
  const Json written = ManifestToJson(manifest);
  const auto read = ManifestFromJson(written, "manifest.json");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->candidates[0].names.data_files, (std::vector<std::string>{"a.bin", "weights/b.bin"}));
  EXPECT_EQ(read->candidates[0].names.file, kOnnxName);
  for (const Json& wrong : {Json{"../x"}, Json{"/etc/passwd"}, Json{"a", "a"}, Json{"b", "a"}, Json{""}, Json{1},
                            Json{"card.json"}, Json("a")}) {
    Json changed = written;
    changed["candidates"][0]["data_files"] = wrong;
    EXPECT_THAT(ManifestFromJson(changed, "manifest.json").error().message, HasSubstr("candidates[0].data_files"))
        << wrong;
  }
  Json changed = written;
  changed["candidates"][0]["file"] = "../model.onnx";
  EXPECT_THAT(ManifestFromJson(changed, "manifest.json").error().message, HasSubstr("candidates[0].file"));
}

TEST(Manifest, NamesLeadNowhere) {
  const Json sound = ManifestToJson(Example());
  const auto complaint = [&](const char* at, const Json& value) {
    Json wrong = sound;
    wrong[Json::json_pointer(at)] = value;
    const auto read = ManifestFromJson(wrong, "manifest.json");
    return read.ok() ? "none" : read.error().message;
  };
  for (const char* name : {"../x", "/x", "a/b", "", ".", "..", "a\\b", "a\nb"}) {
    EXPECT_THAT(complaint("/candidates/0/name", name), HasSubstr("field `candidates[0].name`: expected a plain name"));
    EXPECT_THAT(complaint("/candidates/0/folder", name), HasSubstr("field `candidates[0].folder`"));
    EXPECT_THAT(complaint("/operating_points/0/name", name), HasSubstr("field `operating_points[0].name`"));
    EXPECT_THAT(complaint("/operating_points/0/same_as", name), HasSubstr("field `operating_points[0].same_as`"));
    EXPECT_THAT(complaint("/operating_points/0/paths", Json{{{"sequence", {name}}, {"share", 1}, {"accuracy", 1}}}),
                HasSubstr("field `operating_points[0].paths[0].sequence`"));
  }
  EXPECT_THAT(complaint("/candidates/0/view", "../x"), HasSubstr("field `candidates[0].view`"));
}

TEST(Manifest, HasAFeatureDnnExactlyWhereItsValuesAreRead) {
  const auto complaint = [](const std::vector<std::string>& features, bool feature_dnn) {
    Manifest manifest = Example();
    manifest.features = features;
    if (feature_dnn) manifest.feature_dnn = FeatureDnn();
    const auto read = ManifestFromJson(ManifestToJson(manifest), "manifest.json");
    return read.ok() ? "none" : read.error().message;
  };
  EXPECT_EQ(complaint({"dnn.0"}, true), "none");
  EXPECT_THAT(complaint({"dnn.0"}, false), HasSubstr("field `feature_dnn`"));
  EXPECT_THAT(complaint({"dnn.2"}, true), HasSubstr("field `feature_dnn`"));
  EXPECT_THAT(complaint({"noise"}, true), HasSubstr("field `feature_dnn`"));
}

TEST(Manifest, NamesBackEndsAndNoFiles) {
  for (const char* backend : {"./evil.so", "/tmp/evil.so", "evil.so", "a/b", "Upper"}) {
    Json wrong = ManifestToJson(Example());
    wrong["candidates"][0]["costs"][0]["backend"] = backend;
    EXPECT_THAT(ManifestFromJson(wrong, "manifest.json").error().message,
                HasSubstr("backend`: expected a name of lower-case letters"))
        << backend;
  }
}

TEST(Manifest, OlderOnesNeverReduceJpeg) {
  Manifest manifest = Example();
  manifest.decode_min_side = 292;
  Json json = ManifestToJson(manifest);
  EXPECT_EQ(ManifestFromJson(json, "manifest.json")->decode_min_side, 292);
  json["decode_min_side"] = -1;
  EXPECT_THAT(ManifestFromJson(json, "manifest.json").error().message, HasSubstr("decode_min_side"));
  json.erase("decode_min_side");
  EXPECT_EQ(ManifestFromJson(json, "manifest.json")->decode_min_side, 0);
}

TEST(Manifest, NamesEveryOutcomeAndKind) {
  for (const char* name : {"holds", "fails", "not-reached", "refused"}) {
    Json json = ManifestToJson(Example());
    json["operating_points"][0]["certificates"][1]["outcome"] = name;
    const auto manifest = ManifestFromJson(json, "manifest.json");
    ASSERT_TRUE(manifest.ok()) << manifest.error().message;
    EXPECT_STREQ(ClaimOutcomeName(manifest->operating_points[0].certificates[1].outcome), name);
  }
  EXPECT_STREQ(CertificateKindName(CertificateKind::kAccuracy), "accuracy");
  EXPECT_STREQ(CertificateKindName(CertificateKind::kNotWorseThanSingleBest), "not-worse-than-single-best");
}

TEST(Manifest, RefusesEachMalformedFieldOfACertificate) {
  struct Case {
    const char* key;
    Json value;
  };
  const std::vector<Case> cases{
      {"kind", "speed"}, {"kind", 1},      {"outcome", "perhaps"}, {"outcome", Json()},
      {"claim", "0.02"}, {"claim", 1.5},   {"claim", -0.1},        {"claim_level", 2},
      {"bound", -1.5},   {"bound", "low"}, {"bound_level", -0.1},  {"limit", Json()},
      {"limit", 1.1},    {"images", -1},   {"images", 1.5},        {"note", 7},
  };
  for (const Case& wrong : cases) {
    EXPECT_THAT(Complaint(1, wrong.key, wrong.value),
                HasSubstr(std::string("manifest.json: field `operating_points[0].certificates[1].") + wrong.key + "`"))
        << wrong.value;
  }
  EXPECT_THAT(Complaint(0, "bound", -0.01), HasSubstr("certificates[0].bound"));  // an accuracy is never below 0
}

TEST(Manifest, RefusesAClaimThatDoesNotFitItsOutcome) {
  EXPECT_THAT(Complaint(1, "claim", Json()), HasSubstr("certificates[1].claim"));
  EXPECT_THAT(Complaint(0, "claim", 0.8), HasSubstr("certificates[0].claim"));
}

TEST(Manifest, RefusesTwoCertificatesOfOneKind) {
  EXPECT_THAT(Complaint(1, "kind", "accuracy"), HasSubstr("certificates[1]"));
  Json json = ManifestToJson(Example());
  Json& certificates = json["operating_points"][0]["certificates"];
  certificates[1] = certificates[0];
  const auto manifest = ManifestFromJson(json, "manifest.json");
  ASSERT_FALSE(manifest.ok());
  EXPECT_THAT(manifest.error().message, HasSubstr("certificates[1].kind`: expected at most one of a kind"));
}

TEST(Manifest, RefusesCertificatesThatAreNoList) {
  for (const Json& wrong : {Json(), Json("none"), Json::object(), Json{1}}) {
    Json json = ManifestToJson(Example());
    json["operating_points"][0]["certificates"] = wrong;
    const auto manifest = ManifestFromJson(json, "manifest.json");
    ASSERT_FALSE(manifest.ok()) << wrong;
    EXPECT_THAT(manifest.error().message, HasSubstr("operating_points[0].certificates"));
  }
  Json json = ManifestToJson(Example());
  json["operating_points"][0].erase("certificates");
  EXPECT_FALSE(ManifestFromJson(json, "manifest.json").ok());
}

}  // namespace
}  // namespace amsel
