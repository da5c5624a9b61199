#include "describe/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amsel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<FrameworkConfig> Parse(const char* text) {
  return ParseFrameworkConfig(Json::parse(text), "config.json");
}

Preprocess Read(const char* text) {
  const auto config = Parse(text);
  EXPECT_TRUE(config.ok()) << (config.ok() ? "" : config.error().message);
  return config.ok() && config->preprocess ? *config->preprocess : Preprocess();
}

TEST(FrameworkConfig, TimmCropsACenterOfAPictureResizedAsPillow) {
  const Preprocess p = Read(R"({"architecture": "resnet18", "label_names": ["a", "b"], "pretrained_cfg": {
      "input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center",
      "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}})");
  EXPECT_EQ(p.resize_side, 235);  // floor(224 / 0.95)
  EXPECT_EQ(p.height, 224);
  EXPECT_EQ(p.interpolation, Interpolation::kBicubic);
  EXPECT_TRUE(p.antialias);
  EXPECT_NEAR(p.mean[0], 123.675, 1e-9);
  EXPECT_NEAR(p.std[2], 57.375, 1e-9);
}

TEST(FrameworkConfig, TimmSquashesAndPads) {
  const Preprocess squash = Read(R"({"input_size": [3, 336, 336], "interpolation": "bicubic", "crop_pct": 1.0,
      "crop_mode": "squash", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]})");
  EXPECT_EQ(squash.fit, Fit::kSquash);
  const Preprocess border = Read(R"({"input_size": [3, 336, 336], "interpolation": "bilinear", "crop_pct": 1.0,
      "crop_mode": "border", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]})");
  EXPECT_EQ(border.fit, Fit::kLetterbox);
  EXPECT_EQ(border.pad_color[1], 128);
}

TEST(FrameworkConfig, HuggingFaceWithHeightAndWidthSquashes) {
  const Preprocess p = Read(R"({"image_processor_type": "ViTImageProcessor", "do_resize": true, "do_normalize": true,
      "do_rescale": true, "rescale_factor": 0.00392156862745098, "resample": 2, "image_mean": [0.5, 0.5, 0.5],
      "image_std": [0.5, 0.5, 0.5], "size": {"height": 224, "width": 224}})");
  EXPECT_EQ(p.fit, Fit::kSquash);
  EXPECT_EQ(p.interpolation, Interpolation::kBilinear);
  EXPECT_NEAR(p.mean[0], 127.5, 1e-6);
  EXPECT_NEAR(p.std[0], 127.5, 1e-6);
}

TEST(FrameworkConfig, HuggingFaceWithAShortestEdgeCrops) {
  const Preprocess p = Read(R"({"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 256},
      "do_center_crop": true, "crop_size": {"height": 224, "width": 192}, "resample": 3,
      "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]})");
  EXPECT_EQ(p.resize_side, 256);
  EXPECT_EQ(p.height, 224);
  EXPECT_EQ(p.width, 192);
  EXPECT_EQ(p.interpolation, Interpolation::kBicubic);
  EXPECT_TRUE(p.crop_rounds_down);
}

TEST(FrameworkConfig, ConvNextResizesByItsCropAndSquashesLargeSizes) {
  const char* text =
      R"({"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": %}, "crop_pct": 0.875,
      "resample": 3, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]})";
  std::string small = text;
  small.replace(small.find('%'), 1, "224");
  EXPECT_EQ(Read(small.c_str()).resize_side, 256);
  EXPECT_TRUE(Read(small.c_str()).crop_rounds_down);
  std::string large = text;
  large.replace(large.find('%'), 1, "384");
  EXPECT_EQ(Read(large.c_str()).fit, Fit::kSquash);
}

TEST(FrameworkConfig, EfficientNetNormalisesTwiceAndShifts) {
  const Preprocess p =
      Read(R"({"image_processor_type": "EfficientNetImageProcessor", "size": {"height": 224, "width": 224},
      "resample": 3, "rescale_factor": 0.00784313725490196, "rescale_offset": true, "include_top": true,
      "image_mean": [0, 0, 0], "image_std": [0.5, 0.5, 0.5]})");
  EXPECT_NEAR(p.mean[0], 127.5, 1e-6);
  EXPECT_NEAR(p.std[0], 127.5 / 4, 1e-6);
}

TEST(FrameworkConfig, MobileVitTakesBgrWithoutNormalising) {
  const Preprocess p = Read(R"({"image_processor_type": "MobileViTImageProcessor", "size": {"shortest_edge": 288},
      "do_center_crop": true, "crop_size": {"height": 256, "width": 256}, "do_flip_channel_order": true,
      "do_rescale": true, "rescale_factor": 0.00392156862745098, "resample": 2})");
  EXPECT_EQ(p.channels, ChannelOrder::kBgr);
  EXPECT_NEAR(p.std[0], 255, 1e-9);
  EXPECT_EQ(p.mean[0], 0);
}

TEST(FrameworkConfig, WhatNoCardCanSayIsNamed) {
  const auto deit = Parse(R"({"image_processor_type": "DeiTImageProcessor", "size": {"height": 256, "width": 256},
      "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "resample": 3, "image_mean": [0, 0, 0],
      "image_std": [1, 1, 1]})");
  ASSERT_FALSE(deit.ok());
  EXPECT_THAT(deit.error().message, HasSubstr("config.json: field `crop_size`"));
  const auto box = Parse(R"({"size": {"height": 8, "width": 8}, "resample": 4, "image_mean": [0, 0, 0],
      "image_std": [1, 1, 1]})");
  ASSERT_FALSE(box.ok());
  EXPECT_THAT(box.error().message, HasSubstr("resample"));
  const auto no_mean = Parse(R"({"do_normalize": true, "do_resize": true, "size": {"height": 8, "width": 8},
      "resample": 2})");
  ASSERT_FALSE(no_mean.ok());
  EXPECT_THAT(no_mean.error().message, HasSubstr("image_mean"));
  EXPECT_FALSE(Parse(R"({"hidden_size": 768})").ok());
  EXPECT_FALSE(Parse("[]").ok());
}

TEST(FrameworkConfig, LabelsComeByNumber) {
  const auto config = Parse(R"({"id2label": {"1": "dog", "0": "cat", "2": "ant"}})");
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(config->preprocess.has_value());
  EXPECT_THAT(config->labels, ElementsAre("cat", "dog", "ant"));
}

TEST(FrameworkConfig, UltralyticsWritesItselfIntoTheFile) {
  const FrameworkConfig config = FromMetadata({{"author", "Ultralytics"},
                                               {"task", "classify"},
                                               {"imgsz", "[224, 224]"},
                                               {"names", "{0: 'tench', 1: \"bird's nest\", 2: 'a \"b\"'}"}},
                                              "yolo.onnx");
  EXPECT_THAT(config.labels, ElementsAre("tench", "bird's nest", "a \"b\""));
  ASSERT_TRUE(config.preprocess.has_value());
  EXPECT_EQ(config.preprocess->resize_side, 224);
  EXPECT_FALSE(config.preprocess->crop_rounds_down);
  EXPECT_TRUE(config.preprocess->antialias);
  EXPECT_EQ(config.preprocess->std[0], 255);
}

TEST(FrameworkConfig, MetadataThatCannotBeReadSayNothing) {
  const FrameworkConfig config = FromMetadata({{"names", "{0: 'open"}, {"task", "detect"}}, "x.onnx");
  EXPECT_TRUE(config.labels.empty());
  EXPECT_FALSE(config.preprocess.has_value());
}

}  // namespace
}  // namespace amsel
