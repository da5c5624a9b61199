#include "card/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace amsel {
namespace {

using testing::HasSubstr;

Json Example() {
  return Json::parse(R"({
    "schema": "card/1", "name": "resnet20", "task": "image-classification",
    "input": {"name": "input", "layout": "NCHW", "height": 32, "width": 32, "channels": "RGB", "dtype": "float32"},
    "preprocess": {"center_crop_fraction": 0.875, "interpolation": "bicubic", "mean": [1, 2, 3], "std": [4, 5, 6]},
    "output": {"name": "prob", "kind": "probabilities", "skip_leading_classes": 1},
    "labels": "../labels.txt", "multiply_adds": 41000000, "source": "somewhere"})");
}

TEST(Card, ReadsEveryField) {
  const auto card = ParseCard(Example(), "card.json");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->name, "resnet20");
  EXPECT_EQ(card->preprocess.interpolation, Interpolation::kBicubic);
  EXPECT_EQ(card->preprocess.mean, (std::array<double, 3>{1, 2, 3}));
  EXPECT_EQ(card->output_kind, OutputKind::kProbabilities);
  EXPECT_EQ(card->skip_leading_classes, 1);
}

TEST(Card, SurvivesBeingWrittenAndRead) {
  const Card card = ParseCard(Example(), "f").value();
  const auto again = ParseCard(CardToJson(card), "f");
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(CardToJson(*again), CardToJson(card));
  EXPECT_EQ(again->preprocess, card.preprocess);
}

TEST(Card, NamesEachFieldThatIsMissingOrOfTheWrongType) {
  for (const char* pointer : {"/schema", "/name", "/input", "/input/name", "/input/layout", "/input/height",
                              "/input/width", "/input/channels", "/input/dtype", "/preprocess",
                              "/preprocess/center_crop_fraction", "/preprocess/interpolation", "/preprocess/mean",
                              "/preprocess/std", "/output", "/output/name", "/output/kind", "/labels"}) {
    const Json::json_pointer at(pointer);
    std::string field = std::string(pointer).substr(1);
    std::replace(field.begin(), field.end(), '/', '.');
    Json missing = Example();
    missing.at(at.parent_pointer()).erase(at.back());
    Json wrong = Example();
    wrong[at] = true;
    for (const Json& json : {missing, wrong}) {
      const auto card = ParseCard(json, "zoo/a/card.json");
      ASSERT_FALSE(card.ok()) << pointer;
      EXPECT_THAT(card.error().message, HasSubstr("zoo/a/card.json: field `" + field + "`"));
      EXPECT_EQ(card.error().kind, ErrorKind::kBadInput);
    }
  }
}

TEST(Card, RefusesValuesThatCannotBe) {
  const std::pair<const char*, Json> faults[] = {{"/preprocess/std", {0, 1, 1}},
                                                 {"/preprocess/mean", {1}},
                                                 {"/preprocess/center_crop_fraction", 1.5},
                                                 {"/preprocess/center_crop_fraction", 0},
                                                 {"/preprocess/center_crop_fraction", 1e-9},
                                                 {"/input/height", 0},
                                                 {"/input/width", 1'000'000},
                                                 {"/schema", "card/2"},
                                                 {"/task", "detection"},
                                                 {"/continues", "parent"}};
  for (const auto& [pointer, value] : faults) {
    Json json = Example();
    json[Json::json_pointer(pointer)] = value;
    EXPECT_FALSE(ParseCard(json, "f").ok()) << pointer;
  }
}

Json WithPreprocess(const char* text) {
  Json json = Example();
  json["preprocess"] = {{"interpolation", "bicubic"}, {"mean", {1, 2, 3}}, {"std", {4, 5, 6}}};
  json["preprocess"].update(Json::parse(text));
  return json;
}

TEST(Card, ReadsWhatIsTakenOfThePictureAndKeepsIt) {
  const auto read = [](const char* text) {
    const auto card = ParseCard(WithPreprocess(text), "f");
    EXPECT_TRUE(card.ok()) << text << ": " << card.error().message;
    EXPECT_EQ(ParseCard(CardToJson(*card), "f")->preprocess, card->preprocess) << text;
    return card->preprocess;
  };
  EXPECT_EQ(read(R"({"center_crop_fraction": 1})").fit, Fit::kCrop);
  EXPECT_FALSE(read(R"({"center_crop_fraction": 1})").antialias);
  EXPECT_EQ(read(R"({"fit": "crop", "center_crop_fraction": 0.5})").center_crop_fraction, 0.5);
  EXPECT_EQ(read(R"({"resize_side": 256, "antialias": true})").resize_side, 256);
  EXPECT_TRUE(read(R"({"resize_side": 256, "antialias": true})").antialias);
  EXPECT_FALSE(read(R"({"resize_side": 256, "crop_rounding": "usual"})").crop_rounds_down);
  EXPECT_TRUE(read(R"({"resize_side": 256, "crop_rounding": "down"})").crop_rounds_down);
  EXPECT_TRUE(read(R"({"center_crop_fraction": 1, "crop_rounding": "down"})").crop_rounds_down);
  EXPECT_EQ(read(R"({"fit": "squash"})").fit, Fit::kSquash);
  EXPECT_EQ(read(R"({"fit": "letterbox"})").pad_color, (std::array<std::uint8_t, 3>{0, 0, 0}));
  EXPECT_EQ(read(R"({"fit": "letterbox", "pad_color": [1, 2, 255]})").pad_color,
            (std::array<std::uint8_t, 3>{1, 2, 255}));
  EXPECT_EQ(read(R"({"fit": "squash", "interpolation": "lanczos", "antialias": true})").interpolation,
            Interpolation::kLanczos);
}

TEST(Card, RefusesFitsThatCannotBe) {
  const std::pair<const char*, const char*> faults[] = {
      {R"({})", "center_crop_fraction"},
      {R"({"fit": "stretch"})", "fit"},
      {R"({"fit": "squash", "center_crop_fraction": 1})", "center_crop_fraction"},
      {R"({"fit": "letterbox", "resize_side": 256})", "resize_side"},
      {R"({"resize_side": 256, "center_crop_fraction": 0.875})", "center_crop_fraction"},
      {R"({"fit": "squash", "crop_rounding": "down"})", "crop_rounding"},
      {R"({"resize_side": 256, "crop_rounding": "up"})", "crop_rounding"},
      {R"({"resize_side": 0})", "resize_side"},
      {R"({"resize_side": 16385})", "resize_side"},
      {R"({"resize_side": 25.5})", "resize_side"},
      {R"({"fit": "squash", "pad_color": [0, 0, 0]})", "pad_color"},
      {R"({"fit": "letterbox", "pad_color": [0]})", "pad_color"},
      {R"({"fit": "letterbox", "pad_color": [0, 0, 256]})", "pad_color"},
      {R"({"fit": "letterbox", "pad_color": [0, 0, 0.5]})", "pad_color"},
      {R"({"fit": "squash", "antialias": 1})", "antialias"},
      {R"({"fit": "squash", "interpolation": "area", "antialias": true})", "antialias"},
      {R"({"fit": "squash", "interpolation": "nearest", "antialias": true})", "antialias"},
      {R"({"fit": "squash", "interpolation": "lanczos"})", "antialias"}};
  for (const auto& [text, field] : faults) {
    const auto card = ParseCard(WithPreprocess(text), "f");
    ASSERT_FALSE(card.ok()) << text;
    EXPECT_THAT(card.error().message, HasSubstr(std::string("preprocess.") + field)) << text;
  }
}

TEST(Card, QuantisedInputsNeedScaleAndZeroPoint) {
  Json json = Example();
  json["input"]["dtype"] = "uint8";
  EXPECT_FALSE(ParseCard(json, "f").ok());
  json["input"]["scale"] = 0.5;
  json["input"]["zero_point"] = 128;
  EXPECT_TRUE(ParseCard(json, "f").ok());
  json["input"]["dtype"] = "int8";
  EXPECT_FALSE(ParseCard(json, "f").ok());  // which no int8 is
  json["input"]["zero_point"] = -128;
  EXPECT_TRUE(ParseCard(json, "f").ok());
  json["input"]["dtype"] = "uint8";
  EXPECT_FALSE(ParseCard(json, "f").ok());
  json["input"]["zero_point"] = 0;
  json["input"]["scale"] = 0;
  EXPECT_FALSE(ParseCard(json, "f").ok());
}

TEST(Card, OutputsMaySayTheirType) {
  Json json = Example();
  EXPECT_FALSE(ParseCard(json, "f")->output_type.has_value());
  for (const auto& [name, type] : {std::pair("float32", ElementType::kFloat32), {"float16", ElementType::kFloat16}}) {
    json["output"]["dtype"] = name;
    const auto card = ParseCard(json, "f");
    ASSERT_TRUE(card.ok()) << card.error().message;
    EXPECT_EQ(card->output_type, type);
    EXPECT_EQ(ElementTypeName(type), name);
    EXPECT_EQ(CardToJson(*card)["output"]["dtype"], name);
  }
  json["output"]["dtype"] = "int8";
  EXPECT_THAT(ParseCard(json, "f").error().message, HasSubstr("output.scale"));
  json["output"]["scale"] = 0.25;
  EXPECT_THAT(ParseCard(json, "f").error().message, HasSubstr("output.zero_point"));
  json["output"]["zero_point"] = -128;
  const auto card = ParseCard(json, "f");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->output_scale, 0.25);
  EXPECT_EQ(card->output_zero_point, -128);
  EXPECT_EQ(CardToJson(ParseCard(CardToJson(*card), "f").value()), CardToJson(*card));
  json["output"]["dtype"] = "uint8";
  EXPECT_THAT(ParseCard(json, "f").error().message, HasSubstr("output.zero_point"));
  json["output"]["dtype"] = "int64";
  EXPECT_THAT(ParseCard(json, "f").error().message, HasSubstr("output.dtype"));
}

TEST(Card, InputsMayBeFloat16) {
  Json json = Example();
  json["input"]["dtype"] = "float16";
  const auto card = ParseCard(json, "f");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->preprocess.type, ElementType::kFloat16);
  EXPECT_EQ(CardToJson(*card)["input"]["dtype"], "float16");
}

TEST(Card, SaysWhatACandidateWasMadeFrom) {
  Json json = Example();
  EXPECT_EQ(ParseCard(json, "f")->derived_from, "");
  json["derived_from"] = "resnet56";
  EXPECT_FALSE(ParseCard(json, "f")->derivation.has_value());
  json["derivation"] = {{"method", "int8"},
                        {"calibration", "images.csv"},
                        {"calibration_images", {"ba7816bf8f01cfea", "0000000000000000"}}};
  const auto card = ParseCard(json, "f");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->derived_from, "resnet56");
  EXPECT_EQ(card->derivation->method, "int8");
  EXPECT_EQ(card->derivation->calibration, "images.csv");
  EXPECT_THAT(card->derivation->calibration_images, testing::ElementsAre("ba7816bf8f01cfea", "0000000000000000"));
  EXPECT_EQ(CardToJson(*card)["derivation"], json["derivation"]);
  EXPECT_EQ(CardToJson(*card)["derived_from"], "resnet56");
  json["derivation"] = {{"method", "float16"}};  // calibrated on nothing
  EXPECT_EQ(CardToJson(ParseCard(json, "f").value())["derivation"], json["derivation"]);
}

TEST(Card, RefusesDerivationsThatCannotBe) {
  const auto fault = [](const char* text) {
    Json json = Example();
    json.update(Json::parse(text));
    const auto card = ParseCard(json, "f");
    return card.ok() ? "" : card.error().message;
  };
  EXPECT_THAT(fault(R"({"derived_from": "../other"})"), HasSubstr("derived_from"));
  EXPECT_THAT(fault(R"({"derived_from": "resnet20"})"), HasSubstr("the name of another candidate"));
  EXPECT_THAT(fault(R"({"derivation": {"method": "int8"}})"), HasSubstr("no such field without derived_from"));
  EXPECT_THAT(fault(R"({"derived_from": "a", "derivation": {}})"), HasSubstr("derivation.method"));
  for (const char* images : {R"(["ba7816bf8f01cfe"])", R"(["BA7816BF8F01CFEA"])", R"([1])", R"("ba7816bf8f01cfea")"}) {
    const std::string text =
        R"({"derived_from": "a", "derivation": {"method": "int8", "calibration_images": )" + std::string(images) + "}}";
    EXPECT_THAT(fault(text.c_str()), HasSubstr("derivation.calibration_images")) << images;
  }
  Json many = Example();
  many["derived_from"] = "a";
  many["derivation"] = {{"method", "int8"},
                        {"calibration_images", std::vector<std::string>(10'001, "ba7816bf8f01cfea")}};
  EXPECT_THAT(ParseCard(many, "f").error().message, HasSubstr("at most 10000"));
  many["derivation"]["calibration_images"].erase(0);
  EXPECT_TRUE(ParseCard(many, "f").ok());
}

TEST(Card, ASigmoidSkipsNoClasses) {
  Json json = Example();
  json["output"]["kind"] = "sigmoid";
  EXPECT_THAT(ParseCard(json, "f").error().message, HasSubstr("output.skip_leading_classes"));
  json["output"]["skip_leading_classes"] = 0;
  const auto card = ParseCard(json, "f");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->output_kind, OutputKind::kSigmoid);
  EXPECT_EQ(CardToJson(*card)["output"]["kind"], "sigmoid");
}

TEST(Card, APartialCardMayLeaveToTheDnnWhatItDeclares) {
  Json json = Example();
  json.erase("name");
  json["input"].erase("name");
  json["input"].erase("height");
  json["output"].erase("name");
  EXPECT_TRUE(ParseCard(json, "f", CardUse::kDefaults).ok());
  EXPECT_FALSE(ParseCard(json, "f").ok());
  json["preprocess"].erase("mean");
  EXPECT_FALSE(ParseCard(json, "f", CardUse::kDefaults).ok());
}

TEST(Card, AFeatureDnnsNeedsInputAndPreprocessingAlone) {
  Json json = Example();
  for (const char* key : {"name", "output", "labels"}) json.erase(key);
  for (const char* key : {"name", "height", "width"}) json["input"].erase(key);
  EXPECT_FALSE(ParseCard(json, "f", CardUse::kDefaults).ok());
  const auto card = ParseCard(json, "f", CardUse::kFeatureDnn);
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->preprocess.center_crop_fraction, 0.875);
  EXPECT_EQ(card->output_name, "");
  EXPECT_EQ(card->labels, "");
  json["output"] = Json{{"name", "embedding"}};  // of no kind
  EXPECT_EQ(ParseCard(json, "f", CardUse::kFeatureDnn)->output_name, "embedding");
  json["output"]["kind"] = "luck";
  EXPECT_THAT(ParseCard(json, "f", CardUse::kFeatureDnn).error().message, HasSubstr("output.kind"));
  json.erase("output");
  json.erase("preprocess");
  EXPECT_THAT(ParseCard(json, "f", CardUse::kFeatureDnn).error().message, HasSubstr("preprocess"));
}

}  // namespace
}  // namespace amsel
