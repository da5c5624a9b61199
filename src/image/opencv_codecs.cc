#include "image/opencv_codecs.h"

#include <dlfcn.h>

#include <opencv2/imgcodecs.hpp>

#include "base/status_macros.h"
#include "image/open_library.h"

namespace amsel {
namespace {

constexpr char kImdecode[] = "_ZN2cv8imdecodeERKNS_11_InputArrayEi";
// The compiler refuses this where cv::imdecode is declared otherwise than the name above says.
using Declared = decltype(static_cast<decltype(OpenCvCodecs::imdecode)>(&cv::imdecode));

/// The file that OpenCV's core was loaded from. It has the release's number as the dynamic linker knows it, whatever
/// the distribution's way of writing it.
std::string CoreFile() {
  cv::String (*const of_core)() = &cv::getVersionString;
  Dl_info info{};
  const bool known = dladdr(reinterpret_cast<const void*>(of_core), &info) != 0 && info.dli_fname != nullptr;
  return known ? info.dli_fname : "";
}

/// OpenCV's release as the file's name has it: "406", say. Empty where it has none.
std::string ReleaseOf(const std::string& file) {
  const std::size_t at = file.find(".so.");
  return at == std::string::npos ? "" : file.substr(at + 4);
}

Result<void*> OpenImgcodecs(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  return OpenLibrary({file, name}, "images of this format need " + name +
                                       " (on Debian the package libopencv-imgcodecs" + ReleaseOf(name) + ")");
}

}  // namespace

Result<OpenCvCodecs> OpenCodecs(const std::string& core) {
  const std::string part = "opencv_core";
  const std::size_t at = core.rfind(part);
  void* library = RTLD_DEFAULT;  // where OpenCV is in one piece
  if (at != std::string::npos) {
    AMSEL_ASSIGN_OR_RETURN(library, OpenImgcodecs(std::string(core).replace(at, part.size(), "opencv_imgcodecs")));
  }
  OpenCvCodecs codecs;
  codecs.imdecode = reinterpret_cast<Declared>(dlsym(library, kImdecode));
  if (codecs.imdecode != nullptr) return codecs;
  return RuntimeFailure("images of this format need OpenCV's imgcodecs, which the OpenCV in use is without");
}

Result<OpenCvCodecs> Codecs() {
  static const Result<OpenCvCodecs> opened = OpenCodecs(CoreFile());
  return opened;
}

}  // namespace amsel
