// A candidate's card with the least that one must say.
#pragma once

#include <string>

#include "card/card.h"

namespace amsel {

inline Card SmallCard(const std::string& name, const std::string& labels) {
  Card card;
  card.name = name;
  card.input_name = "input";
  card.output_name = "logits";
  card.preprocess.height = card.preprocess.width = 8;
  card.labels = labels;
  return card;
}

}  // namespace amsel
