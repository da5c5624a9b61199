// From encoded bytes to input tensors, against OpenCV, turn about in one run.
//   bench_image [JPEG...]      (default: a made-up photo of 500 × 375 pixels, and the same eight times as large)
// "plain": imdecode, crop, resize, then normalisation as it is usually written: convertTo, subtract, divide, split.
// "tuned": the same, but split into planes of bytes, each of which is scaled and shifted into its place in the tensor.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/status_macros.h"
#include "base/text_table.h"
#include "features/features.h"
#include "image/decode.h"
#include "image/input_set.h"
#include "image/threads.h"
#include "made_up_photo.h"
#include "turn_about.h"

namespace amsel {
namespace {

constexpr int kRounds = 100;

Preprocess Card(int side, Interpolation interpolation, double mean = 127.0) {
  Preprocess card;
  card.height = card.width = side;
  card.interpolation = interpolation;
  card.center_crop_fraction = 0.875;
  card.mean = {mean, mean, mean};
  card.std = {128, 128, 128};
  return card;
}

cv::Mat ResizedByOpenCv(const std::string& bytes, const Preprocess& card) {
  const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  const cv::Mat image = cv::imdecode(raw, cv::IMREAD_COLOR);
  const int side = static_cast<int>(std::lround(card.center_crop_fraction * std::min(image.rows, image.cols)));
  const cv::Rect crop((image.cols - side + 1) / 2, (image.rows - side + 1) / 2, side, side);
  cv::Mat resized;
  cv::resize(image(crop), resized, {card.width, card.height}, 0, 0,
             card.interpolation == Interpolation::kBicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR);
  return resized;
}

/// The tensor's planes as matrices.
std::vector<cv::Mat> Planes(const Preprocess& card, std::vector<float>& tensor) {
  std::vector<cv::Mat> planes;
  for (int c = 0; c < 3; ++c) {
    planes.emplace_back(card.height, card.width, CV_32F, tensor.data() + c * card.height * card.width);
  }
  return planes;
}

void PlainOpenCv(const std::string& bytes, const Preprocess& card, std::vector<float>& tensor) {
  cv::Mat rgb;
  cv::cvtColor(ResizedByOpenCv(bytes, card), rgb, cv::COLOR_BGR2RGB);
  cv::Mat values;
  rgb.convertTo(values, CV_32F);
  cv::subtract(values, cv::Scalar(card.mean[0], card.mean[1], card.mean[2]), values);
  cv::divide(values, cv::Scalar(card.std[0], card.std[1], card.std[2]), values);
  std::vector<cv::Mat> planes = Planes(card, tensor);
  cv::split(values, planes);
}

void TunedOpenCv(const std::string& bytes, const Preprocess& card, std::vector<float>& tensor) {
  cv::Mat channels[3];
  cv::split(ResizedByOpenCv(bytes, card), channels);
  std::vector<cv::Mat> planes = Planes(card, tensor);
  for (std::size_t c = 0; c < 3; ++c) {
    channels[2 - c].convertTo(planes[c], CV_32F, 1 / card.std[c], -card.mean[c] / card.std[c]);
  }
}

Status Compare(const std::string& name, const std::string& bytes, std::vector<std::vector<std::string>>& table) {
  struct Row {
    std::string name;
    std::vector<Preprocess> cards;
  };
  const std::vector<Row> rows{
      {"bilinear", {Card(224, Interpolation::kBilinear)}},
      {"bicubic", {Card(224, Interpolation::kBicubic)}},
      {"two cards of one size", {Card(224, Interpolation::kBilinear), Card(224, Interpolation::kBilinear, 120)}},
  };
  for (const Row& row : rows) {
    ImageDecoder decoder({DecodeOptions().max_pixels, DecodeMinSide(row.cards)});
    InputSet inputs;
    for (const Preprocess& card : row.cards) inputs.Add(card);
    Image image;
    AMSEL_RETURN_IF_ERROR(decoder.Decode(bytes, image));
    std::vector<float> tensor(static_cast<std::size_t>(3) * 224 * 224);
    const auto each = [&](const auto& one) {
      return [&, one] {
        for (const Preprocess& card : row.cards) one(card);
      };
    };
    const std::vector<double> ms = TurnAbout({each([&](const Preprocess& card) { PlainOpenCv(bytes, card, tensor); }),
                                              each([&](const Preprocess& card) { TunedOpenCv(bytes, card, tensor); }),
                                              [&] {
                                                inputs.Forget();
                                                static_cast<void>(decoder.Decode(bytes, image));
                                                for (std::size_t i = 0; i < row.cards.size(); ++i)
                                                  inputs.Prepare(i, image);
                                              }},
                                             kRounds);
    table.push_back({name + ", " + row.name, fmt::format("{:.3f}", ms[0]), fmt::format("{:.3f}", ms[1]),
                     fmt::format("{:.3f}", ms[2]), fmt::format("{:.2f}", ms[0] / ms[2]),
                     fmt::format("{:.2f}", ms[1] / ms[2])});
  }
  return {};
}

/// Where the time goes.
Status Parts(const std::string& name, const std::string& bytes, std::vector<std::vector<std::string>>& table) {
  const Preprocess bilinear = Card(224, Interpolation::kBilinear);
  const Preprocess bicubic = Card(224, Interpolation::kBicubic);
  ImageDecoder full;
  ImageDecoder reduced({DecodeOptions().max_pixels, DecodeMinSide(std::span(&bilinear, 1))});
  Resizer linear(bilinear);
  Resizer cubic(bicubic);
  const Normalizer normalizer(bilinear);
  std::vector<std::byte> tensor(TensorBytes(bilinear));
  AMSEL_ASSIGN_OR_RETURN(FeatureExtractor extractor, FeatureExtractor::Create(AllFeatureNames()));
  std::vector<float> features(AllFeatureNames().size());
  Image whole;
  Image image;
  AMSEL_RETURN_IF_ERROR(reduced.Decode(bytes, image));
  const auto pixels = linear.Resize(image);
  const std::vector<double> ms = TurnAbout(
      {[&] { static_cast<void>(full.Decode(bytes, whole)); }, [&] { static_cast<void>(reduced.Decode(bytes, image)); },
       [&] { linear.Resize(image); }, [&] { cubic.Resize(image); }, [&] { normalizer.Apply(pixels, tensor); },
       [&] { extractor.Extract(image, features); }},
      kRounds);
  std::vector<std::string> row{name};
  for (const double value : ms) row.push_back(fmt::format("{:.3f}", value));
  table.push_back(row);
  return {};
}

Status Main(const std::vector<std::string>& files) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(Photos photos, ReadPhotos(files));
  if (photos.empty()) {
    const cv::Mat photo = MadeUpPhoto(500, 375);
    cv::Mat large;
    cv::resize(photo, large, {}, 8, 8, cv::INTER_CUBIC);
    photos = {{"500x375", EncodeJpeg(photo)}, {"4000x3000", EncodeJpeg(large)}};
  }
  std::vector<std::vector<std::string>> comparison;
  std::vector<std::vector<std::string>> parts;
  for (const auto& [name, bytes] : photos) {
    const std::string what = fmt::format("{} ({} kB)", name, bytes.size() / 1000);
    AMSEL_RETURN_IF_ERROR(Compare(what, bytes, comparison));
    AMSEL_RETURN_IF_ERROR(Parts(what, bytes, parts));
  }
  fmt::print(
      "JPEG bytes to tensor, 224 x 224, crop 0.875, medians of {} in ms\n\n{}\n{}\n", kRounds,
      FormatTable({"", "OpenCV plain", "tuned", "amsel", "plain/amsel", "tuned/amsel"}, comparison),
      FormatTable({"", "decode whole", "decode reduced", "bilinear", "bicubic", "normalise", "all features"}, parts));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  const amsel::Status status = amsel::Main({argv + 1, argv + argc});
  if (!status.ok()) fmt::print(stderr, "bench_image: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
