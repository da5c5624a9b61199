// Thumbnails that correlate by 0.999 look alike. Of photos taken here and there, that finds copies: re-encoded,
// resized, slightly brightened. Under a camera that does not move all pictures look alike, since what they share
// outweighs what each shows; such a scene betrays itself by how many look alike at once, and is looked at more closely.
#include "profile/duplicates.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "profile/close_points.h"

namespace amsel {
namespace {

constexpr std::size_t kSide = 16;
constexpr std::size_t kPixels = kSide * kSide;
constexpr std::size_t kCoarsePixels = kPixels / 4;

void JoinEqual(std::span<const std::string> texts, DisjointSets& sets) {
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) sets.Join(i, first.emplace(texts[i], i).first->second);
  }
}

/// Pictures with mean 0 and length 1; all zero where one is flat.
struct Standardized {
  std::size_t pixels = 0;
  std::vector<float> rows;
  std::vector<float> lengths;  ///< before

  void Add(const std::vector<float>& picture) {
    pixels = picture.size();
    float mean = 0;
    for (const float pixel : picture) mean += pixel / static_cast<float>(pixels);
    float squares = 0;
    for (const float pixel : picture) squares += (pixel - mean) * (pixel - mean);
    const float length = std::sqrt(squares);
    for (const float pixel : picture) rows.push_back(length > 0 ? (pixel - mean) / length : 0);
    lengths.push_back(length);
  }
  const float* Row(std::size_t i) const { return rows.data() + i * pixels; }
};

std::vector<float> Pixels(const std::string& thumbnail) {
  std::vector<float> pixels;
  for (const char pixel : thumbnail) pixels.push_back(static_cast<float>(static_cast<unsigned char>(pixel)));
  return pixels;
}

/// 8 × 8 pixels, of as many or of 16 × 16.
std::vector<float> Coarse(std::vector<float> picture) {
  if (picture.size() == kCoarsePixels) return picture;
  std::vector<float> coarse;
  for (std::size_t y = 0; y < kSide; y += 2) {
    for (std::size_t x = 0; x < kSide; x += 2) {
      const float* at = picture.data() + y * kSide + x;
      coarse.push_back((at[0] + at[1] + at[kSide] + at[kSide + 1]) / 4);
    }
  }
  return coarse;
}

/// The images whose thumbnails are compared: one of each label and thumbnail, with which its equals are joined.
std::vector<std::size_t> Distinct(std::span<const std::string> thumbnails, std::span<const int> labels,
                                  std::span<const std::string> groups, DisjointSets& sets) {
  std::map<std::pair<int, std::string_view>, std::size_t> known;
  std::vector<std::size_t> distinct;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string& thumbnail = thumbnails[i];
    const bool usable = groups[i].empty() && (thumbnail.size() == kPixels || thumbnail.size() == kCoarsePixels);
    if (!usable || thumbnail.find_first_not_of(thumbnail[0]) == std::string::npos) continue;
    const auto [it, fresh] = known.emplace(std::pair(labels[i], std::string_view(thumbnail)), i);
    if (fresh) distinct.push_back(i);
    sets.Join(it->second, i);
  }
  return distinct;
}

bool Alike(const float* a, const float* b) {
  constexpr std::size_t kLanes = 16;
  float lanes[kLanes] = {};  // independent sums, so that the loop vectorises without reordering a single one
  for (std::size_t p = 0; p < kCoarsePixels; p += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] += a[p + l] * b[p + l];
  }
  return std::accumulate(lanes, lanes + kLanes, 0.0F) >= kAlikeCorrelation;
}

Standardized CoarsePictures(std::span<const std::string> thumbnails, const std::vector<std::size_t>& images) {
  Standardized pictures;
  for (const std::size_t image : images) pictures.Add(Coarse(Pixels(thumbnails[image])));
  return pictures;
}

/// Joins those of `images`, all of one label, that look alike.
void JoinAlike(std::span<const std::string> thumbnails, const std::vector<std::size_t>& images, DisjointSets& sets) {
  const Standardized pictures = CoarsePictures(thumbnails, images);
  const float within = std::sqrt(2 * (1 - kAlikeCorrelation));  // |a - b|² = 2 - 2 ab of unit vectors
  const std::vector<float> radius(images.size(), within);
  JoinClose(
      {pictures.rows, kCoarsePixels, PointDistance::kEuclidean, radius, images},
      [&](std::size_t a, std::size_t b) { return Alike(pictures.Row(a), pictures.Row(b)); }, sets);
}

/// Joins those of `images`, all of one scene, that are the same to the grey level.
void JoinSame(std::span<const std::string> thumbnails, const std::vector<std::size_t>& images, DisjointSets& sets) {
  const Standardized coarse = CoarsePictures(thumbnails, images);
  const bool fine =
      std::all_of(images.begin(), images.end(), [&](std::size_t image) { return thumbnails[image].size() == kPixels; });
  Standardized pictures;
  std::vector<float> radius;  // the levels in terms of the picture's contrast
  for (const std::size_t image : images) {
    const std::vector<float> pixels = Pixels(thumbnails[image]);
    pictures.Add(fine ? pixels : Coarse(pixels));
    radius.push_back((fine ? kSamePictureLevels : kSamePictureLevelsOf8x8) / pictures.lengths.back());
  }
  const auto same = [&](std::size_t a, std::size_t b) {
    const float within = std::min(radius[a], radius[b]);
    for (std::size_t line = 0; line < pictures.pixels; line += kSide) {  // most differ soon
      float largest = 0;
      for (std::size_t p = line; p < line + kSide; ++p) {
        largest = std::max(largest, std::abs(pictures.Row(a)[p] - pictures.Row(b)[p]));
      }
      if (largest > within) return false;
    }
    return Alike(coarse.Row(a), coarse.Row(b));
  };
  JoinClose({pictures.rows, pictures.pixels, PointDistance::kLargestDifference, radius, images}, same, sets);
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

std::vector<std::size_t> NearDuplicates(std::span<const std::string> thumbnails, std::span<const int> labels,
                                        std::span<const std::string> groups) {
  DisjointSets pictures(labels.size());
  const std::vector<std::size_t> distinct = Distinct(thumbnails, labels, groups, pictures);
  std::map<int, std::vector<std::size_t>> by_label;
  for (const std::size_t i : distinct) by_label[labels[i]].push_back(i);
  DisjointSets alike = pictures;
  for (const auto& [label, images] : by_label) JoinAlike(thumbnails, images, alike);
  std::vector<std::size_t> sizes(labels.size(), 0);
  for (std::size_t i = 0; i < labels.size(); ++i) ++sizes[alike.Find(i)];
  std::map<std::size_t, std::vector<std::size_t>> scenes;
  for (const std::size_t i : distinct) {
    const std::size_t first = alike.Find(i);
    if (sizes[first] <= kMostOfOnePicture) {
      pictures.Join(first, i);
    } else {
      scenes[first].push_back(i);
    }
  }
  for (const auto& [first, images] : scenes) JoinSame(thumbnails, images, pictures);
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < labels.size(); ++i) result.push_back(pictures.Find(i));
  return result;
}

std::vector<int> JoinGroups(std::span<const std::string> groups, std::span<const std::string> contents,
                            std::span<const std::size_t> pictures) {
  DisjointSets joined(groups.size());
  JoinEqual(groups, joined);
  JoinEqual(contents, joined);
  for (std::size_t i = 0; i < pictures.size(); ++i) joined.Join(i, pictures[i]);
  std::map<std::size_t, int> names;
  std::vector<int> result;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    result.push_back(names.emplace(joined.Find(i), static_cast<int>(names.size())).first->second);
  }
  return result;
}

JoinedImages CountJoined(std::span<const std::size_t> pictures) {
  std::vector<std::size_t> sizes(pictures.size(), 0);
  for (const std::size_t picture : pictures) ++sizes[picture];
  JoinedImages joined;
  for (const std::size_t size : sizes) {
    if (size < 2) continue;
    joined.images += size;
    ++joined.pictures;
  }
  return joined;
}

}  // namespace amsel
