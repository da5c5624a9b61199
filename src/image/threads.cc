#include "image/threads.h"

#include <opencv2/core/utility.hpp>

namespace amsel {

void SetImageThreads(int threads) {
  cv::setNumThreads(threads);
}

}  // namespace amsel
