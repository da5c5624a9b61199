// Photos for benchmarks: those that the caller names, or one that is made up.
#pragma once

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "base/status_macros.h"

namespace amsel {

/// Noise of every scale, as natural pictures have.
inline cv::Mat MadeUpPhoto(int width, int height) {
  Random random(7);
  cv::Mat sum(height, width, CV_32FC3, cv::Scalar::all(128));
  for (int cell = 256; cell >= 1; cell /= 2) {
    cv::Mat octave((height + cell - 1) / cell + 1, (width + cell - 1) / cell + 1, CV_32FC3);
    for (int i = 0; i < octave.rows * octave.cols * 3; ++i) {
      octave.ptr<float>()[i] = static_cast<float>((random.Uniform() - 0.5) * 12 * std::sqrt(cell));
    }
    cv::Mat large;
    cv::resize(octave, large, {octave.cols * cell, octave.rows * cell}, 0, 0, cv::INTER_CUBIC);
    sum += large(cv::Rect(0, 0, width, height));
  }
  cv::Mat photo;
  sum.convertTo(photo, CV_8U);
  return photo;
}

inline std::string EncodeJpeg(const cv::Mat& photo) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", photo, bytes, {cv::IMWRITE_JPEG_QUALITY, 90});
  return {bytes.begin(), bytes.end()};
}

/// Names and bytes of some files.
using Photos = std::vector<std::pair<std::string, std::string>>;

inline Result<Photos> ReadPhotos(const std::vector<std::string>& files) {
  Photos photos;
  for (const std::string& file : files) {
    AMSEL_ASSIGN_OR_RETURN(std::string bytes, ReadFile(file));
    photos.emplace_back(file.substr(file.rfind('/') + 1), std::move(bytes));
  }
  return photos;
}

}  // namespace amsel
