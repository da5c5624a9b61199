#include "cli/stdin_images.h"

#include <algorithm>
#include <iterator>

#include "base/output.h"
#include "image/image_magic.h"

namespace amsel {
namespace {

constexpr std::size_t kLongestName = 4096;

/// Whether this cannot be meant as a name: names may be of any encoding, and may even hold control characters.
bool IsBinary(const std::string& line) {
  const auto controls =
      std::count_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; });
  const bool utf8 = Visible(line).find("\\x") == std::string::npos;
  return line.find('\0') != std::string::npos || (controls > 0 && !utf8) ||
         controls * 3 > static_cast<std::ptrdiff_t>(line.size());
}

}  // namespace

/// As few bytes as tell an image from a list: whoever feeds names one by one is not waited for.
void StdinImages::Begin() {
  begun_ = true;
  while (LooksLikeImage(head_) == ImageMagic::kPerhaps && head_.size() < kLongestName) {
    const int next = stream_->get();
    if (next == std::istream::traits_type::eof()) return;
    head_ += static_cast<char>(next);
  }
  if (LooksLikeImage(head_) != ImageMagic::kYes) return;
  head_.append(std::istreambuf_iterator<char>(*stream_), {});
  image_ = std::move(head_);
}

/// A line, or as much of it as shows that it is none.
bool StdinImages::Read(std::string& line) {
  line.clear();
  bool any = false;
  while (line.size() <= kLongestName) {
    int next = std::istream::traits_type::eof();
    if (!head_.empty()) {
      next = static_cast<unsigned char>(head_.front());
      head_.erase(0, 1);
    } else {
      next = stream_->get();
    }
    if (next == std::istream::traits_type::eof()) return any;
    any = true;
    if (next == '\n') return true;
    line += static_cast<char>(next);
  }
  return true;
}

Status StdinImages::CheckLine(const std::string& line) const {
  const bool binary = IsBinary(line);
  if (!binary && line.size() <= kLongestName) return {};
  return BadInput("stdin: line " + std::to_string(line_) + " is " +
                  (binary ? "binary data" : "longer than a name can be") +
                  ": expected names of images, one a line, or one image in a format that amsel reads");
}

std::optional<std::string> StdinImages::Next() {
  if (!begun_) {
    Begin();
    if (image_) return kName;
  }
  std::string line;
  while (!image_ && status_.ok() && Read(line)) {
    ++line_;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    status_ = CheckLine(line);
    if (status_.ok()) return line;
  }
  return {};
}

}  // namespace amsel
