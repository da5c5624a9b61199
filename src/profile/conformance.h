// Some images with a DNN's answers: what `inspect --verify` compares a device with. Internal to the profiler.
#pragma once

#include <cstdint>
#include <vector>

#include "image/decode.h"
#include "image/image_reader.h"
#include "profile/block.h"
#include "profile/dataset.h"
#include "profile/feature_dnn_turn.h"
#include "profile/store.h"

namespace amsel {

/// Records the first images of the list on which each candidate answers, resized, three of its own for each; and so for
/// the feature DNN, where it is not null. Images that cannot be used are passed over,
/// and so is, for that DNN alone, one on which it fails.
Status RecordConformance(const std::vector<LabelledImage>& images, ImageReader& reader, ImageDecoder& decoder,
                         std::vector<ProfiledCandidate>& candidates, const FeatureDnnTurn* feature_dnn,
                         ProfileStore& store);

}  // namespace amsel
