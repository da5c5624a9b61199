#include "features/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "image/mat.h"
#include "tests/support/random_image.h"

namespace amsel {
namespace {

TEST(AreaReducer, GivesThePixelsOfOpenCv) {
  AreaReducer reducer;
  cv::Mat reduced;
  long pixels = 0;
  long differing = 0;
  for (const auto& [width, height] :
       {std::pair(227, 227), std::pair(500, 375), std::pair(129, 3), std::pair(1, 300), std::pair(256, 255),
        std::pair(640, 480), std::pair(512, 128), std::pair(2000, 31), std::pair(131, 130), std::pair(227, 227)}) {
    const double factor = 128.0 / std::max(width, height);
    const cv::Size size(std::max(1, static_cast<int>(std::lround(width * factor))),
                        std::max(1, static_cast<int>(std::lround(height * factor))));
    const Image image = RandomImage(width, height, static_cast<std::uint64_t>(width));
    reducer.Reduce(MatOf(image), size, reduced);
    cv::Mat expected;
    cv::resize(MatOf(image), expected, size, 0, 0, cv::INTER_AREA);
    ASSERT_EQ(reduced.size(), size);
    cv::Mat difference;
    cv::absdiff(reduced, expected, difference);
    EXPECT_LE(cv::norm(difference, cv::NORM_INF), 1) << width << "x" << height;
    pixels += static_cast<long>(difference.total()) * 3;
    differing += cv::countNonZero(difference.reshape(1));
  }
  EXPECT_LE(differing * 10'000, pixels);  // where OpenCV was compiled to multiply and add in one rounding
}

}  // namespace
}  // namespace amsel
