// OpenCV's image codecs, opened when the first image needs them: they bring many libraries, and JPEG needs none.
#pragma once

#include <opencv2/core.hpp>
#include <string>

#include "amsel/result.h"

namespace amsel {

struct OpenCvCodecs {
  cv::Mat (*imdecode)(cv::InputArray, int) = nullptr;  ///< cv::imdecode
};

/// Those of libopencv_imgcodecs of the release that `core`, the file of OpenCV's core in this process, is of: the one
/// in the same folder, else the one on the system's library path. The error names it and the package that has it.
Result<OpenCvCodecs> OpenCodecs(const std::string& core);

/// Those of this process, opened once. Thread-safe.
Result<OpenCvCodecs> Codecs();

}  // namespace amsel
