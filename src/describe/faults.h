// What is wrong with a DNN or its file that no card mends.
#pragma once

#include <string>
#include <vector>

#include "describe/trial.h"

namespace amsel {

/// Of a DNN read so, tried on all images: runs that fail and why, NaN, the same answer to every image, outputs that
/// stand for the classes in an order that no label map has, answers at chance, images of one batch answered unlike
/// alone. A sentence each. `classes` names those of the images.
Result<std::vector<std::string>> FaultsOf(Trial& trial, const Preprocess& reading, std::size_t map,
                                          const std::vector<std::string>& classes);

/// DecodeOptions::min_side for all that will be tried on DNNs of these inputs.
int MinSideToTry(const std::vector<Preprocess>& inputs);

}  // namespace amsel
