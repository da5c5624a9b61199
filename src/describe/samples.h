// Labelled images to try a DNN on: drawn at random, decoded, and kept while memory lasts.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "amsel/image.h"
#include "image/decode.h"
#include "image/image_reader.h"
#include "profile/dataset.h"

namespace amsel {

/// Read-only once drawn, and safe to share between threads.
class Samples {
 public:
  /// `count` images of the list that can be read, by `seed`; fewer where there are no more. Error where there is none.
  /// Images that came out first are those of a smaller draw with the same seed.
  static Result<Samples> Draw(std::span<const LabelledImage> images, int count, std::uint64_t seed,
                              const DecodeOptions& decode);

  std::size_t size() const { return listed_.size(); }
  /// Images that were drawn and cannot be used, by name, and why.
  const std::vector<std::pair<std::string, std::string>>& skipped() const { return skipped_; }
  /// The class of each, as the list has it.
  const std::vector<int>& labels() const { return labels_; }
  /// Its name in messages.
  const std::string& key(std::size_t i) const { return listed_[i].key; }

 private:
  friend class SampleReader;
  explicit Samples(const DecodeOptions& decode) : decode_(decode) {}

  DecodeOptions decode_;
  std::vector<LabelledImage> listed_;
  std::vector<int> labels_;
  std::vector<std::pair<std::string, std::string>> skipped_;
  std::vector<Image> kept_;  ///< by position; empty where memory did not last
};

/// Gives the images of samples, which must outlive it. Not thread-safe: each thread has its own.
class SampleReader {
 public:
  explicit SampleReader(const Samples& samples) : samples_(&samples), decoder_(samples.decode_) {}

  /// The image, valid until the next call.
  Result<const Image*> Get(std::size_t i);

 private:
  friend class Samples;
  Status Read(const LabelledImage& listed, Image& image);

  const Samples* samples_;
  ImageReader reader_;
  ImageDecoder decoder_;
  Image current_;
};

}  // namespace amsel
