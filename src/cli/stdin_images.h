// What comes on stdin: names of images, one a line, or one image itself.
#pragma once

#include <istream>
#include <optional>
#include <string>

#include "amsel/result.h"

namespace amsel {

/// Reads a stream as it is asked for. Not thread-safe, but for image().
class StdinImages {
 public:
  /// How the one image is named.
  static constexpr const char* kName = "-";

  /// `stream` must outlive it.
  explicit StdinImages(std::istream& stream) : stream_(&stream) {}

  /// The next name, or kName once where the stream is an image; nothing at the end and after a fault.
  std::optional<std::string> Next();

  /// The encoded image; null where the stream is a list. Unchanged once Next() has given a name.
  const std::string* image() const { return image_ ? &*image_ : nullptr; }

  /// Bad input where the stream is neither: binary data, or a line longer than any name.
  Status status() const { return status_; }

 private:
  void Begin();
  bool Read(std::string& line);
  Status CheckLine(const std::string& line) const;

  std::istream* stream_;
  bool begun_ = false;
  std::string head_;  ///< read to see what it is, not yet given
  std::optional<std::string> image_;
  std::size_t line_ = 0;
  Status status_;
};

}  // namespace amsel
