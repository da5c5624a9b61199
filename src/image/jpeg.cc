#include "image/jpeg.h"

#include <turbojpeg.h>

#include <string>

#include "image/bytes.h"
#include "image/image_errors.h"
#include "image/jpeg_extent.h"

namespace amsel {
namespace {

constexpr int kMostScans = 100;  // a progressive JPEG has about ten

}  // namespace

void JpegReader::Close::operator()(void* handle) const {
  tjDestroy(handle);
}

Result<JpegHeader> JpegReader::ReadHeader(std::string_view jpeg) {
  if (!handle_) handle_.reset(tjInitDecompress());
  if (!handle_) return RuntimeFailure("the JPEG decoder cannot be started");
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colorspace = 0;
  if (tjDecompressHeader3(handle_.get(), Data(jpeg), jpeg.size(), &width, &height, &subsampling, &colorspace) != 0) {
    const std::string complaint = tjGetErrorStr2(handle_.get());
    handle_.reset();  // it would go on where it failed
    return BadInput("not a readable JPEG image: " + complaint);
  }
  const JpegExtent extent = ExtentOf(jpeg);
  if (extent.scans > kMostScans) {
    return BadInput("the JPEG has more than " + std::to_string(kMostScans) + " scans; each would be as much work");
  }
  return JpegHeader{width, height, colorspace == TJCS_CMYK || colorspace == TJCS_YCCK, extent.bytes};
}

Status JpegReader::Decode(std::string_view jpeg, std::uint8_t* pixels, int width, int height) {
  if (!handle_) handle_.reset(tjInitDecompress());
  if (!handle_) return RuntimeFailure("the JPEG decoder cannot be started");
  if (tjDecompress2(handle_.get(), Data(jpeg), jpeg.size(), pixels, width, 0, height, TJPF_BGR, 0) == 0) return {};
  const std::string complaint = tjGetErrorStr2(handle_.get());
  const bool complete = tjGetErrorCode(handle_.get()) == TJERR_WARNING;
  handle_.reset();  // whatever state it is in
  if (complaint.find("remature end") != std::string::npos) return TruncatedImage();
  if (complete) return {};
  return BadInput("not a readable JPEG image: " + complaint);
}

}  // namespace amsel
