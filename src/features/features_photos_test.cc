// Features of real photos against slow references, and the same pixels lying otherwise in memory.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>

#include "base/file.h"
#include "features/features.h"
#include "image/decode.h"
#include "tests/support/data.h"
#include "tests/support/slow_features.h"

namespace amsel {
namespace {

constexpr std::size_t kPhotos = 200;

/// Evenly from the whole list; without them, the test says that it is skipped.
class FeaturesOfPhotos : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string folder = DataFamily(GetParam());
    if (folder.empty()) GTEST_SKIP() << "SKIPPED: AMSEL_DATA is not set";
    std::ifstream list(folder + "/images.csv");
    std::string line;
    std::getline(list, line);
    while (std::getline(list, line)) files_.push_back(folder + "/" + line.substr(0, line.find(',')));
    ASSERT_GE(files_.size(), kPhotos);
  }

  std::string Bytes(std::size_t at) const { return ReadFile(files_[at * files_.size() / kPhotos]).value(); }

  std::vector<std::string> files_;
  FeatureExtractor extractor_ = FeatureExtractor::Create(AllFeatureNames()).value();
};

/// What an error is measured by: the feature's range, or its value where there is no bound.
double Scale(const FeatureInfo& info, double value) {
  return std::isfinite(info.high) ? info.high - info.low : std::max(1.0, std::abs(value));
}

TEST_P(FeaturesOfPhotos, EqualTheirSlowReferences) {
  std::vector<float> values(AllFeatureNames().size());
  for (std::size_t at = 0; at < kPhotos; ++at) {
    const std::string bytes = Bytes(at);
    const Image image = DecodeImage(bytes).value();
    extractor_.Extract(image, values);
    std::map<std::string, double> expected = slow::Features(image);
    expected["file_bytes_per_pixel"] = static_cast<double>(bytes.size()) / (image.width * image.height);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const FeatureInfo& info = FeatureRegistry()[i];
      const double slow = expected.at(info.name);
      ASSERT_NEAR(values[i], slow, 1e-4 * Scale(info, slow)) << info.name << " of photo " << at;
    }
  }
}

TEST_P(FeaturesOfPhotos, DoNotDependOnHowTheyLieInMemory) {
  const std::size_t count = AllFeatureNames().size();
  std::vector<float> whole(count);
  std::vector<float> padded(count);
  std::vector<float> inside(count);
  for (std::size_t at = 0; at < kPhotos; ++at) {
    const Image image = DecodeImage(Bytes(at)).value();
    extractor_.Extract(image, whole);
    const cv::Mat pixels(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
    cv::Mat larger(image.height + 13, image.width + 7, CV_8UC3, cv::Scalar(255, 0, 130));
    pixels.copyTo(larger(cv::Rect(5, 11, image.width, image.height)));
    const cv::Mat region = larger(cv::Rect(5, 11, image.width, image.height));
    ImageView view(PixelFormat::kBgr, image.width, image.height, region.data, region.step);
    view.file = image.file;
    extractor_.Extract(view, inside);
    ASSERT_EQ(inside, whole) << "of photo " << at;
    const std::size_t stride = static_cast<std::size_t>(image.width) * 3 + 5;
    std::vector<std::uint8_t> rows(stride * static_cast<std::size_t>(image.height), 77);
    for (int y = 0; y < image.height; ++y) {
      std::copy_n(pixels.ptr(y), image.width * 3, rows.begin() + static_cast<std::ptrdiff_t>(stride) * y);
    }
    view.pixels = rows.data();
    view.stride = stride;
    extractor_.Extract(view, padded);
    ASSERT_EQ(padded, whole) << "of photo " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, FeaturesOfPhotos, testing::Values("cifar10", "conditions", "imagenet"),
                         [](const auto& family) { return std::string(family.param); });

}  // namespace
}  // namespace amsel
