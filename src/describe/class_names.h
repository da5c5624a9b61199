// Names of classes, where nobody gave a labels file: from a configuration, a DNN's file, or the images themselves.
#pragma once

#include <string>
#include <vector>

#include "amsel/result.h"

namespace amsel {

struct ClassNames {
  std::vector<std::string> names;
  std::string from;      ///< for people: "the class folders of photos, in the order of their names"
  bool assumed = false;  ///< nothing named them: they are numbers
};

/// Of labelled images: class folders, or the labels in a CSV, sorted as text (as training code sorts folders); none
/// where labels are positions or numbers, which name nothing.
Result<ClassNames> ClassNamesOf(const std::string& images);

/// "0" to "count − 1".
ClassNames NumbersFor(int count);

/// Whether these are placeholders, as Hugging Face writes them: LABEL_0, LABEL_1.
bool ArePlaceholders(const std::vector<std::string>& names);

}  // namespace amsel
