#include "features/features.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace amsel {
namespace {

Image Filled(int width, int height, std::uint8_t b, std::uint8_t g, std::uint8_t r) {
  Image image{width, height, {}};
  for (int i = 0; i < width * height; ++i) image.pixels.insert(image.pixels.end(), {b, g, r});
  return image;
}

void PaintBox(Image& image, int left, int top, int width, int height, std::uint8_t value) {
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) {
      for (int c = 0; c < 3; ++c) image.pixels[(static_cast<std::size_t>(y) * image.width + x) * 3 + c] = value;
    }
  }
}

float Value(const std::string& name, const Image& image) {
  auto extractor = FeatureExtractor::Create({name});
  float value = 0;
  extractor->Extract(image, {&value, 1});
  return value;
}

TEST(Features, PerceivedBrightnessFollowsItsFormula) {
  EXPECT_NEAR(Value("avg_perceived_brightness", Filled(10, 10, 30, 60, 200)),
              std::sqrt(0.241 * 200 * 200 + 0.691 * 60 * 60 + 0.068 * 30 * 30), 1e-3);
}

TEST(Features, ContrastIsTheStandardDeviationOfGrey) {
  Image image = Filled(20, 20, 0, 0, 0);
  PaintBox(image, 0, 0, 20, 10, 200);
  EXPECT_NEAR(Value("contrast", image), 100, 1e-3);
}

TEST(Features, BrightnessIsTheMeanOfGreyOrTheRootOfItsMeanSquare) {
  Image image = Filled(20, 20, 0, 0, 0);
  PaintBox(image, 0, 0, 20, 5, 200);
  EXPECT_NEAR(Value("avg_brightness", image), 50, 1e-3);
  EXPECT_NEAR(Value("rms_brightness", image), 100, 1e-3);
}

TEST(Features, RmsPerceivedBrightnessAveragesSquares) {
  Image image = Filled(10, 10, 0, 0, 0);
  for (std::size_t i = 0; i < 25 * 3; i += 3) image.pixels[i + 2] = 200;  // 25 pixels of red
  EXPECT_NEAR(Value("avg_perceived_brightness", image), std::sqrt(0.241) * 50, 1e-3);
  EXPECT_NEAR(Value("rms_perceived_brightness", image), std::sqrt(0.241) * 100, 1e-3);
}

TEST(Features, EntropyCountsTheBitsOfGrey) {
  Image image = Filled(16, 16, 9, 9, 9);
  EXPECT_EQ(Value("entropy", image), 0);
  PaintBox(image, 0, 0, 16, 8, 200);
  EXPECT_NEAR(Value("entropy", image), 1, 1e-6);
  for (int i = 0; i < 256; ++i) PaintBox(image, i % 16, i / 16, 1, 1, static_cast<std::uint8_t>(i));
  EXPECT_NEAR(Value("entropy", image), 8, 1e-6);
}

TEST(Features, HueCountsThePixelsOfTheFirstBin) {
  Image image = Filled(10, 10, 0, 0, 255);  // red: hue 0
  for (int i = 0; i < 25 * 3; i += 3) {
    image.pixels[static_cast<std::size_t>(i)] = 255;  // 25 pixels of blue: hue 120
    image.pixels[static_cast<std::size_t>(i) + 2] = 0;
  }
  EXPECT_NEAR(Value("hue1", image), 0.75, 1e-6);
}

TEST(Features, HuesFallIntoSevenBins) {
  Image image = Filled(10, 10, 0, 255, 0);                                  // green: hue 60, bin 3
  for (std::size_t i = 0; i < 30 * 3; i += 3) image.pixels[i] = 255;        // 30 pixels of cyan: hue 90, bin 4
  for (std::size_t i = 0; i < 10 * 3; i += 3) image.pixels[i + 1] = 0;      // 10 of them blue: hue 120, bin 5
  for (std::size_t i = 90 * 3; i < 300; i += 3) image.pixels[i + 2] = 255;  // 10 pixels of yellow: hue 30, bin 2
  for (std::size_t i = 95 * 3; i < 300; i += 3) image.pixels[i] = 255;      // 5 of them white: hue 0, bin 1
  for (std::size_t i = 80 * 3; i < 90 * 3; i += 3) {                        // 10 pixels of magenta: hue 150, bin 6
    image.pixels[i] = image.pixels[i + 2] = 255;
    image.pixels[i + 1] = 0;
  }
  const float expected[] = {0.05F, 0.05F, 0.5F, 0.2F, 0.1F, 0.1F, 0};
  for (int bin = 0; bin < 7; ++bin) {
    EXPECT_FLOAT_EQ(Value("hue" + std::to_string(bin + 1), image), expected[bin]) << bin;
  }
}

TEST(Features, AnglesOfEdgesFallIntoSevenBins) {
  const auto angles = [](const Image& image) {
    std::vector<float> shares;
    for (int bin = 1; bin <= 7; ++bin) shares.push_back(Value("edge_angle" + std::to_string(bin), image));
    return shares;
  };
  EXPECT_EQ(angles(Filled(40, 40, 0, 0, 0)), std::vector<float>(7, 0));
  Image upright = Filled(40, 40, 0, 0, 0);
  PaintBox(upright, 0, 0, 20, 40, 255);
  EXPECT_EQ(angles(upright), (std::vector<float>{0, 0, 0, 1, 0, 0, 0}));  // 90 of 180 degrees
  Image level = Filled(40, 40, 0, 0, 0);
  PaintBox(level, 0, 20, 40, 20, 255);
  EXPECT_EQ(angles(level), (std::vector<float>{1, 0, 0, 0, 0, 0, 0}));
  for (const bool rising : {true, false}) {
    Image slanted = Filled(40, 40, 0, 0, 0);
    for (int y = 0; y < 40; ++y) PaintBox(slanted, 0, y, rising ? 40 - y : y + 1, 1, 255);
    EXPECT_GT(angles(slanted)[rising ? 1 : 5], 0.9F) << rising;  // 45 degrees and 135
  }
}

TEST(Features, LengthsOfEdgesFallIntoSevenBins) {
  Image image = Filled(100, 100, 0, 0, 0);
  PaintBox(image, 20, 20, 12, 12, 255);  // twice outlined, some 48 to 56 pixels long: above 2/7 of the diagonal of 141
  EXPECT_EQ(Value("edge_length3", image), 1);
  PaintBox(image, 45, 45, 50, 50, 255);  // some 200 pixels long: above the diagonal
  EXPECT_EQ(Value("edge_length3", image), 0.5F);
  EXPECT_EQ(Value("edge_length7", image), 0.5F);
}

TEST(Features, TheShapeOfTheWholeImageIsThatBeforeItWasReduced) {
  EXPECT_FLOAT_EQ(Value("image_aspect_ratio", Filled(1001, 3, 0, 0, 0)), 1001 / 3.0F);
}

TEST(Features, OfTheFileAreTakenFromWhatIsKnownOfIt) {
  Image image = Filled(4, 4, 0, 0, 0);
  image.file = {800, 1600, 35};
  EXPECT_EQ(Value("jpeg_quality", image), 35);
  EXPECT_FLOAT_EQ(Value("file_bytes_per_pixel", image), 0.5F);
}

TEST(Features, ADotIsSharpAndCountsAsNoise) {
  Image image = Filled(3, 3, 0, 0, 0);
  PaintBox(image, 1, 1, 1, 1, 100);
  // The Laplacian is -400 at the dot, 200 at its four neighbours (the dot and its mirror image) and 0 at the corners.
  EXPECT_NEAR(Value("laplacian_variance", image), 320000 / 9.0 - 400 / 9.0 * 400 / 9.0, 1e-2);
  EXPECT_NEAR(Value("noise", image), std::sqrt(std::acos(-1) / 2) / 6 * 400, 1e-3);
}

TEST(Features, ASlopeIsNeitherSharpNorNoise) {
  Image image = Filled(20, 20, 0, 0, 0);
  for (int x = 0; x < 20; ++x) PaintBox(image, x, 0, 1, 20, static_cast<std::uint8_t>(10 * x));
  EXPECT_NEAR(Value("laplacian_variance", image), 2 * 20 * 20 / 20.0, 1e-3);  // from the mirrored border alone
  EXPECT_EQ(Value("noise", image), 0);
}

TEST(Features, PicturesTooSmallForTheKernelHaveNeitherSharpnessNorNoise) {
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(1, 50), std::pair(50, 1), std::pair(2, 2),
                                      std::pair(2, 50), std::pair(50, 2), std::pair(1000, 4)}) {
    Image image = Filled(width, height, 0, 0, 0);
    for (int x = 0; x < width; x += 2) PaintBox(image, x, 0, 1, height, 255);
    EXPECT_EQ(Value("laplacian_variance", image), 0) << width << "x" << height;
    EXPECT_EQ(Value("noise", image), 0) << width << "x" << height;
  }
}

TEST(Features, ColorfulnessIsTheSpreadOfOpponentColoursAndAShareOfTheirMean) {
  EXPECT_EQ(Value("colorfulness", Filled(7, 5, 90, 90, 90)), 0);
  Image image = Filled(10, 10, 0, 0, 255);  // red: red-green 255, yellow-blue 127.5
  EXPECT_NEAR(Value("colorfulness", image), 0.3 * std::hypot(255, 127.5), 1e-3);
  for (std::size_t i = 0; i < 150; i += 3) {
    image.pixels[i] = image.pixels[i + 1] = 255;  // cyan: the opposite of both
    image.pixels[i + 2] = 0;
  }
  EXPECT_NEAR(Value("colorfulness", image), std::hypot(255, 127.5), 1e-3);
}

TEST(Features, SaturationIsItsMean) {
  Image image = Filled(10, 10, 80, 80, 80);
  EXPECT_EQ(Value("saturation", image), 0);
  for (std::size_t i = 0; i < 25 * 3; i += 3) image.pixels[i] = image.pixels[i + 1] = 0;  // 25 pixels of red
  EXPECT_NEAR(Value("saturation", image), 255 / 4.0, 1e-3);
}

TEST(Features, TheMainObjectIsMeasured) {
  Image image = Filled(100, 100, 0, 0, 0);
  PaintBox(image, 20, 30, 60, 30, 255);
  PaintBox(image, 5, 5, 6, 6, 255);
  EXPECT_NEAR(Value("aspect_ratio", image), 2.0, 0.1);
  EXPECT_NEAR(Value("area_by_perimeter", image), 60.0 * 30 / 180, 1.0);
}

TEST(Features, ShortEdgesAreCounted) {
  Image image = Filled(100, 100, 0, 0, 0);
  PaintBox(image, 30, 30, 50, 50, 255);
  EXPECT_EQ(Value("edge_length1", image), 0);
  PaintBox(image, 5, 5, 3, 3, 255);
  EXPECT_NEAR(Value("edge_length1", image), 0.5, 0.2);
}

TEST(Features, CornersAreKeypoints) {
  Image image = Filled(60, 60, 0, 0, 0);
  EXPECT_EQ(Value("keypoints", image), 0);
  PaintBox(image, 20, 20, 1, 1, 255);
  PaintBox(image, 40, 40, 1, 1, 255);
  EXPECT_EQ(Value("keypoints", image), 2);
}

TEST(Features, EveryImageGivesFiniteValuesInTheirRange) {
  Random random(3);
  auto extractor = FeatureExtractor::Create(AllFeatureNames());
  std::vector<float> values(AllFeatureNames().size());
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(1, 500), std::pair(500, 1), std::pair(6, 6),
                                      std::pair(129, 40), std::pair(640, 480)}) {
    for (const bool noise : {false, true}) {
      Image image = Filled(width, height, 7, 7, 7);
      if (noise) {
        for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.Below(256));
      }
      image.file = {100, 100, 1};
      extractor->Extract(image, values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const FeatureInfo& info = FeatureRegistry()[i];
        EXPECT_TRUE(std::isfinite(values[i]) && values[i] >= info.low && values[i] <= info.high + 1e-3)
            << info.name << " of " << width << "x" << height << ": " << values[i];
      }
    }
  }
}

TEST(Features, ASubsetHasTheValuesOfTheWhole) {
  Random random(9);
  Image image = Filled(200, 150, 0, 0, 0);
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random.Below(256));
  image.file = {9000, 30000, 75};
  auto all = FeatureExtractor::Create(AllFeatureNames());
  std::vector<float> values(AllFeatureNames().size());
  all->Extract(image, values);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(Value(AllFeatureNames()[i], image), values[i]);
}

TEST(Features, ThePapersSevenStayAsTheyWere) {
  const std::vector<std::string> seven = PaperFeatureNames();
  EXPECT_EQ(seven, (std::vector<std::string>{"keypoints", "avg_perceived_brightness", "contrast", "area_by_perimeter",
                                             "aspect_ratio", "edge_length1", "hue1"}));
  const std::vector<std::string> gates = GateFeatureNames();
  EXPECT_EQ(std::vector<std::string>(gates.begin(), gates.begin() + 7), seven);
}

TEST(Features, TimesAreChargedToStagesAndFeatures) {
  auto extractor = FeatureExtractor::Create({"hue1"});
  const SteadyClock clock;
  FeatureTimes times;
  float value = 0;
  extractor->Extract(Filled(300, 300, 1, 2, 3), {&value, 1}, &times, &clock);
  EXPECT_GT(times.stages[static_cast<int>(FeatureStage::kHue)].count(), 0);
  EXPECT_EQ(times.stages[static_cast<int>(FeatureStage::kContours)].count(), 0);
  EXPECT_GT(times.features[0].count(), 0);
}

TEST(Features, AnUnknownNameIsAUsageError) {
  EXPECT_EQ(FeatureExtractor::Create({"karma"}).error().message,
            "there is no feature `karma`; `amsel profile --help` lists them");
}

}  // namespace
}  // namespace amsel
