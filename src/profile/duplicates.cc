#include "profile/duplicates.h"

#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace amsel {
namespace {

constexpr int kSide = 8;
constexpr std::size_t kPixels = kSide * kSide;

/// Union–find with path halving.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  std::size_t Find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void Join(std::size_t a, std::size_t b) { parent_[std::max(Find(a), Find(b))] = std::min(Find(a), Find(b)); }

 private:
  std::vector<std::size_t> parent_;
};

void JoinEqual(std::span<const std::string> texts, Groups& groups) {
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) groups.Join(i, first.emplace(texts[i], i).first->second);
  }
}

/// Mean 0, length 1; all zero for a flat picture (which then resembles none).
std::vector<float> Standardize(std::span<const std::string> thumbnails) {
  std::vector<float> rows(thumbnails.size() * kPixels, 0.0F);
  for (std::size_t i = 0; i < thumbnails.size(); ++i) {
    if (thumbnails[i].size() != kPixels) continue;
    float* row = rows.data() + i * kPixels;
    float mean = 0;
    for (const char pixel : thumbnails[i]) mean += static_cast<float>(static_cast<unsigned char>(pixel)) / kPixels;
    float squares = 0;
    for (std::size_t p = 0; p < kPixels; ++p) {
      row[p] = static_cast<float>(static_cast<unsigned char>(thumbnails[i][p])) - mean;
      squares += row[p] * row[p];
    }
    for (std::size_t p = 0; p < kPixels; ++p) row[p] = squares > 0 ? row[p] / std::sqrt(squares) : 0;
  }
  return rows;
}

}  // namespace

std::string Thumbnail(const Image& image) {
  const cv::Mat whole(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat small;
  cv::Mat gray;
  cv::resize(whole, small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, gray, cv::COLOR_BGR2GRAY);
  return {reinterpret_cast<const char*>(gray.data), kPixels};
}

std::vector<int> JoinGroups(std::span<const std::string> groups, std::span<const std::string> contents,
                            std::span<const std::string> thumbnails, std::span<const int> labels) {
  Groups joined(labels.size());
  JoinEqual(groups, joined);
  JoinEqual(contents, joined);
  const std::vector<float> rows = Standardize(thumbnails);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = i + 1; j < labels.size(); ++j) {
      if (labels[i] != labels[j]) continue;
      const float* a = rows.data() + i * kPixels;
      const float* b = rows.data() + j * kPixels;
      float lanes[16] = {};  // independent sums, so that the loop vectorises without reordering a single one
      for (std::size_t p = 0; p < kPixels; p += 16) {
        for (std::size_t l = 0; l < 16; ++l) lanes[l] += a[p + l] * b[p + l];
      }
      const float correlation = std::accumulate(lanes, lanes + 16, 0.0F);
      if (correlation >= kNearDuplicateCorrelation) joined.Join(i, j);
    }
  }
  std::map<std::size_t, int> names;
  std::vector<int> result(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    result[i] = names.emplace(joined.Find(i), static_cast<int>(names.size())).first->second;
  }
  return result;
}

}  // namespace amsel
