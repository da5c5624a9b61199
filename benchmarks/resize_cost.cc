// What antialiasing costs: filters as Pillow's against OpenCV's area interpolation, turn about in one run.
//   bench_resize [JPEG...]      (default: a made-up photo of 4,000 × 3,000 pixels)
// From decoded pixels, never reduced, to 224 × 224: of the centre square of 0.875, and with the shorter side at 256.
#include <fmt/core.h>

#include <functional>
#include <opencv2/imgproc.hpp>

#include "base/status_macros.h"
#include "base/text_table.h"
#include "image/decode.h"
#include "image/resize.h"
#include "image/threads.h"
#include "made_up_photo.h"
#include "turn_about.h"

namespace amsel {
namespace {

constexpr int kRounds = 41;

Preprocess Card(Interpolation interpolation, bool antialias, int resize_side, ChannelOrder channels) {
  Preprocess card;
  card.height = card.width = 224;
  card.interpolation = interpolation;
  card.antialias = antialias;
  card.channels = channels;
  card.resize_side = resize_side;
  if (resize_side == 0) card.center_crop_fraction = 0.875;
  return card;
}

std::vector<std::vector<std::string>> Compare(const std::string& name, const Image& image) {
  using enum Interpolation;
  std::vector<std::vector<std::string>> rows;
  for (const auto channels : {ChannelOrder::kRgb, ChannelOrder::kGray}) {
    for (const int side : {0, 256}) {
      std::vector<Resizer> resizers;  // the first is OpenCV's area in either case
      resizers.emplace_back(Card(kArea, false, 0, channels));
      for (const auto interpolation : {kBilinear, kBicubic, kLanczos}) {
        resizers.emplace_back(Card(interpolation, true, side, channels));
      }
      std::vector<std::function<void()>> ways;
      for (Resizer& resizer : resizers) ways.emplace_back([&] { resizer.Resize(image); });
      const std::vector<double> ms = TurnAbout(ways, kRounds);
      std::vector<std::string> row{fmt::format("{}, {}, {}", name, side == 0 ? "crop 0.875" : "side 256",
                                               channels == ChannelOrder::kRgb ? "colour" : "grey"),
                                   fmt::format("{:.2f}", ms[0])};
      for (std::size_t i = 1; i < ms.size(); ++i) row.push_back(fmt::format("{:.2f}", ms[i] / ms[0]));
      rows.push_back(row);
    }
  }
  return rows;
}

Status Main(const std::vector<std::string>& files) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(Photos photos, ReadPhotos(files));
  if (photos.empty()) {
    cv::Mat large;
    cv::resize(MadeUpPhoto(500, 375), large, {}, 8, 8, cv::INTER_CUBIC);
    photos = {{"4000x3000", EncodeJpeg(large)}};
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& [name, bytes] : photos) {
    AMSEL_ASSIGN_OR_RETURN(const Image image, DecodeImage(bytes));
    for (auto& row : Compare(name, image)) table.push_back(std::move(row));
  }
  fmt::print("Decoded pixels to 224 x 224, medians of {}; antialiased filters as multiples of area's time\n\n{}\n",
             kRounds, FormatTable({"", "area ms", "bilinear/area", "bicubic/area", "lanczos/area"}, table));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  const amsel::Status status = amsel::Main({argv + 1, argv + argc});
  if (!status.ok()) fmt::print(stderr, "bench_resize: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
