// The images that a bundle is clocked on. Internal to ClockBundle.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "amsel/image.h"
#include "bundle/bundle.h"
#include "evaluate/clock_bundle.h"
#include "evaluate/results.h"

namespace amsel {

/// The first three are parallel.
struct ClockedImages {
  std::vector<LabelledImage> listed;
  std::vector<std::string> contents;  ///< SHA-256 of each
  std::vector<double> shares;         ///< what each counts for
  DecodeOptions decode;
  std::size_t left_out = 0;                                  ///< images that the bundle was trained on
  std::vector<std::pair<std::string, std::string>> skipped;  ///< key and reason
};

/// Those that can be used and that the bundle was not trained on; an error where none is left.
Result<ClockedImages> ImagesToClock(const Bundle& bundle, const std::vector<LabelledImage>& images,
                                    const ClockOptions& options);

/// Images that follow one another in the list, decoded.
struct ImageBlock {
  std::size_t begin = 0;  ///< position of the first
  std::vector<Image> images;
};

Result<ImageBlock> DecodeBlock(const ClockedImages& images, std::size_t begin, std::size_t end);

/// For the results. Images with the same bytes are a group; so many at a time were clocked together.
EvaluatedImages DescribeImages(const ClockedImages& images, int classes, std::size_t block_size);

}  // namespace amsel
