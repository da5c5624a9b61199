// The usual encoders scale one table (ITU-T T.81, table K.1) by a quality from 1 to 100 as the Independent JPEG Group's
// does (jcparam.c), so that the quality can be read from the table in the file's header (Cogranne 2018, "Determining
// JPEG image standard quality factor from the quantization tables", arXiv 1802.00992).
#include "image/jpeg_quality.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

#include "image/jpeg_segments.h"

namespace amsel {
namespace {

constexpr int kCoefficients = 64;
constexpr int kBest = 100;
using Table = std::array<std::uint16_t, kCoefficients>;  // in the order of the file, which is a zigzag

constexpr Table kLuminance = {16, 11, 12,  14,  12,  10, 16, 14,  13,  14,  18,  17,  16, 19,  24,  40,
                              26, 24, 22,  22,  24,  49, 35, 37,  29,  40,  58,  51,  61, 60,  57,  51,
                              56, 55, 64,  72,  92,  78, 64, 68,  87,  69,  55,  56,  80, 109, 81,  87,
                              95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99};

Table Scaled(int quality) {
  const int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  Table table;
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    table[i] = static_cast<std::uint16_t>(std::clamp((kLuminance[i] * percent + 50) / 100, 1, 255));
  }
  return table;
}

const std::array<Table, kBest>& ScaledTables() {
  static const std::array<Table, kBest> tables = [] {
    std::array<Table, kBest> all;
    for (int quality = 1; quality <= kBest; ++quality) all[static_cast<std::size_t>(quality - 1)] = Scaled(quality);
    return all;
  }();
  return tables;
}

/// Table 0 of a DQT segment, which luminance uses in all that encoders write.
std::optional<Table> FirstTable(std::string_view segment) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(segment[at]); };
  std::size_t at = 0;
  while (at < segment.size()) {
    const std::size_t wide = byte(at) >> 4 != 0 ? 2 : 1;  // bytes of an entry
    const bool wanted = (byte(at) & 0xF) == 0;
    if (segment.size() - ++at < kCoefficients * wide) return std::nullopt;
    if (!wanted) {
      at += kCoefficients * wide;
      continue;
    }
    Table table;
    for (std::size_t i = 0; i < kCoefficients; ++i) {
      table[i] = static_cast<std::uint16_t>(wide == 1 ? byte(at + i) : byte(at + 2 * i) << 8 | byte(at + 2 * i + 1));
    }
    return table;
  }
  return std::nullopt;
}

int NearestQuality(const Table& table) {
  int best = kBest;
  int least = std::numeric_limits<int>::max();
  for (int quality = kBest; quality >= 1; --quality) {
    const Table& scaled = ScaledTables()[static_cast<std::size_t>(quality - 1)];
    int distance = 0;
    for (std::size_t i = 0; i < kCoefficients; ++i) distance += std::abs(table[i] - scaled[i]);
    if (distance < least) {
      least = distance;
      best = quality;
    }
  }
  return best;
}

}  // namespace

int JpegQuality(std::string_view file) {
  constexpr std::uint32_t kQuantization = 0xDB;
  if (!file.starts_with("\xFF\xD8\xFF")) return kBest;
  for (JpegSegments segments(file); segments.Next();) {
    if (segments.marker() != kQuantization) continue;
    if (const auto table = FirstTable(segments.content())) return NearestQuality(*table);
  }
  return kBest;
}

}  // namespace amsel
