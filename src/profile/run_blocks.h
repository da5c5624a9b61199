// Runs what a profile has run, block by block. Internal to the profiler.
#pragma once

#include <vector>

#include "image/decode.h"
#include "image/image_reader.h"
#include "profile/dataset.h"
#include "profile/profiler.h"
#include "profile/subjects.h"

namespace amsel {

/// The images of the list, and what reads them.
struct ListedImages {
  const std::vector<LabelledImage>& listed;
  DecodeOptions decode;
  ImageReader reader{};
  ImageDecoder decoder{decode};

  const LabelledImage& At(std::int64_t id) const { return listed[static_cast<std::size_t>(id)]; }
};

/// Runs `subjects` on all images of this run's shard that lack anything by `done`, each block one transaction. Gives
/// the number of images worked on.
Result<std::size_t> RunBlocks(ProfileSubjects& subjects, ListedImages& images, const StoredProgress& done,
                              const ProfileOptions& options, const Clock& clock, ProfileStore& store);

}  // namespace amsel
