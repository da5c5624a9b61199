// Reducing by area, as cv::resize does with INTER_AREA, in less than half its time. Internal to src/features.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace amsel {

/// Keeps its working memory and the weights of the last sizes. Not thread-safe.
class AreaReducer {
 public:
  /// `whole` (8-bit BGR) at `size`, whose sides are no longer than its own, into `reduced`, whose memory is reused.
  /// The pixels are those of cv::resize, but where it was compiled to multiply and add in one rounding.
  void Reduce(const cv::Mat& whole, cv::Size size, cv::Mat& reduced);

 private:
  struct Tap {
    int from = 0;      ///< position in the whole
    float weight = 0;  ///< the share of the reduced pixel that it covers
  };

  /// The taps of each position along one side of the reduced picture.
  struct Side {
    int whole = 0;
    int reduced = 0;
    std::vector<Tap> taps;
    std::vector<int> ends;  ///< by position, one past its last tap

    void Fit(int whole_length, int reduced_length);
  };

  /// Along a row of the whole, into `means_`.
  void ReduceRow(const std::uint8_t* row);

  Side across_;
  Side down_;
  std::vector<float> floats_;  ///< a row of the whole
  std::vector<float> means_;   ///< the same reduced, four to a pixel
  std::vector<float> sums_;    ///< a row of the reduced picture, four to a pixel
};

}  // namespace amsel
