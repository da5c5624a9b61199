#include "image/image_magic.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace amsel {
namespace {

bool IsSpace(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// `?` in the pattern stands for any byte.
ImageMagic Match(std::string_view head, std::string_view pattern) {
  const std::size_t known = std::min(head.size(), pattern.size());
  for (std::size_t i = 0; i < known; ++i) {
    if (pattern[i] != '?' && head[i] != pattern[i]) return ImageMagic::kNo;
  }
  return known == pattern.size() ? ImageMagic::kYes : ImageMagic::kPerhaps;
}

/// A GIF's screen has sizes of two bytes and a byte that is nearly always 0: names hold no NUL.
ImageMagic MatchGif(std::string_view head) {
  constexpr std::size_t kSignature = 6;
  constexpr std::size_t kScreen = 7;
  const ImageMagic signature = std::max(Match(head, "GIF87a"), Match(head, "GIF89a"));
  if (signature != ImageMagic::kYes) return signature;
  const std::string_view screen = head.substr(kSignature, kScreen);
  if (screen.find('\0') != std::string_view::npos) return ImageMagic::kYes;
  return screen.size() < kScreen ? ImageMagic::kPerhaps : ImageMagic::kNo;
}

/// HEIC, AVIF and their like begin with a box `ftyp` of less than 64 KiB.
ImageMagic MatchHeif(std::string_view head) {
  using std::string_view_literals::operator""sv;
  constexpr std::size_t kSizeBytes = 4;
  const ImageMagic type = Match(head.substr(std::min(head.size(), kSizeBytes)), "ftyp");
  return std::min(Match(head, "\0\0"sv), type);
}

/// P1 to P6, width and height, apart by white space or comments: a name alone has no such numbers after it.
ImageMagic MatchPnm(std::string_view head) {
  if (head.empty()) return ImageMagic::kPerhaps;
  if (head[0] != 'P' || (head.size() > 1 && (head[1] < '1' || head[1] > '6'))) return ImageMagic::kNo;
  std::size_t at = 2;
  for (int number = 0; number < 2; ++number) {
    const std::size_t gap = at;
    while (at < head.size() && (IsSpace(head[at]) || head[at] == '#')) {
      if (head[at] == '#') at = std::min(head.find_first_of("\n\r", at), head.size());
      at = std::min(at + 1, head.size());
    }
    if (at >= head.size()) return ImageMagic::kPerhaps;
    if (at == gap || !IsDigit(head[at])) return ImageMagic::kNo;
    while (at < head.size() && IsDigit(head[at])) ++at;
  }
  if (at >= head.size()) return ImageMagic::kPerhaps;
  return IsSpace(head[at]) || head[at] == '#' ? ImageMagic::kYes : ImageMagic::kNo;
}

}  // namespace

ImageMagic LooksLikeImage(std::string_view head) {
  using std::string_view_literals::operator""sv;
  constexpr std::array kPatterns{
      "\xFF\xD8\xFF"sv, "\x89PNG\r\n\x1A\n"sv, "RIFF????WEBP"sv, "BM????\0\0\0\0"sv, "II*\0"sv, "MM\0*"sv};
  ImageMagic best = std::max({MatchGif(head), MatchPnm(head), MatchHeif(head)});
  for (const std::string_view pattern : kPatterns) best = std::max(best, Match(head, pattern));
  return best;
}

}  // namespace amsel
