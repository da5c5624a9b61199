// The DNN that premodels may read the outputs of, beside image features: how its card is found.
#pragma once

#include <string>

#include "card/card.h"

namespace amsel {

/// A premodel's DNN gives no more values for an image.
inline constexpr int kMostPremodelValues = 256;

/// The card of the premodel in `model_file`: card.json in its folder, or else in the folder above (where a zoo has it).
/// The error names the file, or says what to write.
Result<Card> ReadPremodelCard(const std::string& model_file);

}  // namespace amsel
