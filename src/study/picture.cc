#include "study/picture.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "image/decode.h"
#include "image/image_reader.h"
#include "profile/store.h"

namespace amsel {
namespace {

constexpr int kLongest = 112;

std::string Base64(const std::vector<std::uint8_t>& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t b = 0; b < 3; ++b) three = three << 8 | (at + b < bytes.size() ? bytes[at + b] : 0U);
    for (std::size_t digit = 0; digit < 4; ++digit) {
      const bool padding = at + digit > bytes.size();
      text += padding ? '=' : kDigits[three >> (18 - 6 * digit) & 63U];
    }
  }
  return text;
}

std::optional<std::string> DataUri(const cv::Mat& pixels) {
  std::vector<std::uint8_t> png;
  if (!cv::imencode(".png", pixels, png)) return {};
  return "data:image/png;base64," + Base64(png);
}

std::optional<std::string> FromFile(ImageReader& reader, const std::string& path) {
  if (path.empty()) return {};
  const Result<std::string> bytes = reader.Fetch(path);
  if (!bytes.ok()) return {};
  Result<Image> image = DecodeImage(*bytes, {});
  if (!image.ok() || image->empty()) return {};
  const cv::Mat whole(image->height, image->width, CV_8UC3, image->pixels.data());
  const double scale = static_cast<double>(kLongest) / std::max(image->width, image->height);
  if (scale >= 1) return DataUri(whole);
  cv::Mat reduced;
  cv::resize(whole, reduced, {}, scale, scale, cv::INTER_AREA);
  return DataUri(reduced);
}

std::optional<std::string> FromProfile(ProfileStore& store, std::int64_t id) {
  Result<std::string> grey = store.ThumbnailOf(id);
  if (!grey.ok() || grey->empty()) return {};
  const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(grey->size()))));
  if (static_cast<std::size_t>(side) * side != grey->size()) return {};
  return DataUri(cv::Mat(side, side, CV_8UC1, grey->data()));
}

}  // namespace

std::vector<std::optional<std::string>> PicturesOf(const ProfileTable& table, const std::vector<std::size_t>& inputs) {
  ImageReader reader;
  Result<ProfileStore> store = ProfileStore::Open(table.source, /*writable=*/false);
  std::vector<std::optional<std::string>> pictures;
  for (const std::size_t i : inputs) {
    pictures.push_back(FromFile(reader, table.files[i].path));
    if (!pictures.back() && store.ok()) pictures.back() = FromProfile(*store, table.files[i].id);
  }
  return pictures;
}

}  // namespace amsel
