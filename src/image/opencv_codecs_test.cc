#include "image/opencv_codecs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

namespace amsel {
namespace {

using testing::HasSubstr;

TEST(Codecs, AreThoseOfTheOpenCvInUse) {
  const auto codecs = Codecs();
  ASSERT_TRUE(codecs.ok()) << codecs.error().message;
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(3, 5, CV_8UC3, cv::Scalar(7, 8, 9)), bytes);
  const cv::Mat decoded = codecs->imdecode(bytes, cv::IMREAD_COLOR);
  EXPECT_EQ(decoded.size(), cv::Size(5, 3));
  EXPECT_EQ(decoded.at<cv::Vec3b>(2, 4), cv::Vec3b(7, 8, 9));
  cv::Mat (*const linked)(cv::InputArray, int) = &cv::imdecode;
  EXPECT_EQ(codecs->imdecode, linked);
}

TEST(OpenCodecs, AnAbsentLibraryIsNamedWithItsPackage) {
  const auto codecs = OpenCodecs("/nowhere/libopencv_core.so.4.5d");
  ASSERT_FALSE(codecs.ok());
  EXPECT_EQ(codecs.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(codecs.error().message, HasSubstr("libopencv_imgcodecs.so.4.5d"));
  EXPECT_THAT(codecs.error().message, HasSubstr("the package libopencv-imgcodecs4.5d"));
}

TEST(OpenCodecs, AnOpenCvInOnePieceHasItItself) {  // as this program has, which is linked to imgcodecs
  EXPECT_TRUE(OpenCodecs("/usr/lib/libopencv_world.so.406").ok());
}

}  // namespace
}  // namespace amsel
