// Classifiers in a policy file (docs/formats/policy.md).
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "base/tensor_file.h"
#include "policy/classifier.h"

namespace amsel {

inline constexpr int kMaxNeighbours = 10'000;

/// Puts the tensors into `file` under names that begin with `name`; gives what belongs into the config.
Json PutClassifier(const std::string& name, const Classifier& classifier, TensorFile& file);

/// Reads one back. Refuses, naming `file`, what could not decide: other shapes, nodes that lead nowhere.
Result<std::shared_ptr<const Classifier>> GetClassifier(const std::string& name, JsonReader& config,
                                                        const TensorFile& content, std::size_t features, int classes,
                                                        const std::string& file);

}  // namespace amsel
