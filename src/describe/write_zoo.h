// Puts described DNNs into a zoo on disk.
#pragma once

#include <string>

#include "describe/init.h"

namespace amsel {

/// The labels of a zoo that is written, as its cards name them.
inline constexpr const char* kLabelsOfCards = "../labels.txt";

/// Whether it can be the name of a folder of a zoo on any system: letters, digits, `-`, `_` and `.`, not the last at
/// its beginning.
bool IsFolderName(const std::string& name);

/// Whether a candidate may be written: where one of that name is, only with `force`; a DNN that lies there already
/// (OUT/NAME/1/model.onnx) gets its card, where it has none. Usage error otherwise.
Status CheckPlace(const std::string& out, const std::string& name, const std::string& file, bool force);

/// Whether candidates of these names may be added to a zoo that is there, or take the place of some: usage error where
/// one that stays has other labels than its labels.txt, or than `labels`, where these are known. What is no whole zoo
/// (yet) keeps nobody out.
Status CheckZooThere(const std::string& out, const std::vector<std::string>& names,
                     const std::vector<std::string>* labels);

/// Writes labels.txt, and for each DNN its files and its card, a folder at a time and each whole or not at all. An
/// existing zoo must have the same labels.
Status WriteZoo(const InitResult& result, const std::string& out);

}  // namespace amsel
