#include "image/within_memory.h"

#include <new>
#include <opencv2/core.hpp>
#include <stdexcept>

namespace amsel {

bool IsLackOfMemory(const std::exception& fault) {
  if (const auto* of_opencv = dynamic_cast<const cv::Exception*>(&fault)) return of_opencv->code == cv::Error::StsNoMem;
  return dynamic_cast<const std::bad_alloc*>(&fault) != nullptr ||
         dynamic_cast<const std::length_error*>(&fault) != nullptr;  // more than any memory could hold
}

}  // namespace amsel
