// Where OpenCV is linked into the program (AMSEL_STATIC_OPENCV): its codecs are there.
#include <opencv2/imgcodecs.hpp>

#include "image/opencv_codecs.h"

namespace amsel {

Result<OpenCvCodecs> Codecs() {
  return OpenCvCodecs{&cv::imdecode};
}

}  // namespace amsel
