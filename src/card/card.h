// What a DNN expects and gives, as data: schema card/1 (docs/formats/card.md).
#pragma once

#include <string>

#include "amsel/preprocess.h"
#include "base/json.h"

namespace amsel {

enum class OutputKind { kLogits, kProbabilities };

struct Card {
  std::string name;
  std::string input_name;   ///< empty in a partial card: the DNN's only input
  Preprocess preprocess;    ///< height and width 0 in a partial card: taken from the DNN
  std::string output_name;  ///< empty in a partial card: the DNN's only output
  OutputKind output_kind = OutputKind::kLogits;
  int skip_leading_classes = 0;  ///< outputs before the first label (a background class)
  std::string labels;            ///< path of the labels file, relative to the card's folder
  std::string license;
  std::string source;
};

/// Reads a card; the error names `file` and the field. `partial` (the --card-defaults of a zoo without cards) allows
/// name, input.name, input sizes and output.name to be absent.
Result<Card> ParseCard(const Json& json, const std::string& file, bool partial = false);

/// The card as JSON, from which ParseCard reads an equal one.
Json CardToJson(const Card& card);

}  // namespace amsel
