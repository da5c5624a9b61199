// A feature DNN: one whose outputs are image features, which premodels may read. What it is called, and how its card is
// found.
#pragma once

#include <string>

#include "card/card.h"

namespace amsel {

/// What it is called among the DNNs of a bundle: its folder, its field in the manifest, options of its placement.
inline constexpr const char* kFeatureDnnName = "feature_dnn";

/// The tensor of its conformance record that holds what it gave, [images, values].
inline constexpr const char* kFeatureDnnAnswers = "values";

/// A feature DNN gives no more values for an image.
inline constexpr int kMostFeatureDnnValues = 256;

/// The card of the feature DNN in `model_file`: card.json in its folder, or else in the folder above (where a zoo has
/// it). The error names the file, or says what to write.
Result<Card> ReadFeatureDnnCard(const std::string& model_file);

}  // namespace amsel
