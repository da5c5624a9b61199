// What a DNN expects and gives, as data: schema card/1 (docs/formats/card.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "amsel/preprocess.h"
#include "base/json.h"

namespace amsel {

/// Files of cards are not larger.
inline constexpr std::uint64_t kMaxCardBytes = std::uint64_t{1} << 20;

enum class OutputKind {
  kLogits,         ///< one value alone: the log-odds of the second of two labels
  kProbabilities,  ///< of each label
  kSigmoid         ///< one value alone: the probability of the second of two labels
};

/// What a candidate was made of another with.
struct Derivation {
  std::string method;       ///< for people
  std::string calibration;  ///< for people: where the images came from that it was calibrated on; empty: on none
  std::vector<std::string> calibration_images;  ///< their keys (ContentKey), at most kMostCalibrationImages
};

inline constexpr std::size_t kMostCalibrationImages = 10'000;

struct Card {
  std::string name;
  std::string input_name;   ///< empty in a partial card: the DNN's only input
  Preprocess preprocess;    ///< height and width 0 in a partial card: taken from the DNN
  std::string output_name;  ///< empty in a partial card: the DNN's only output
  OutputKind output_kind = OutputKind::kLogits;
  /// Of the output tensor, where the card says it; absent: whatever the file declares, if that is a float type.
  std::optional<ElementType> output_type;
  double output_scale = 1;  ///< uint8 and int8 outputs: real = scale · (stored − zero_point)
  int output_zero_point = 0;
  int skip_leading_classes = 0;  ///< outputs before the first label (a background class)
  std::string labels;            ///< path of the labels file, relative to the card's folder
  std::string license;
  std::string source;
  /// The candidate that this one was made from, such as its int8 twin; empty: it is nobody's twin.
  std::string derived_from{};
  std::optional<Derivation> derivation{};  ///< only where derived_from is not empty
  /// Fields that nobody has checked: written as likely, not known. Only CardFileToJson keeps them.
  std::vector<std::string> assumed{};
};

/// "float32", "uint8" …, as cards spell it; kOther is "another type".
std::string ElementTypeName(ElementType type);

/// What a card is for, which decides what must be in it.
enum class CardUse {
  kCandidate,
  kDefaults,    ///< of a zoo without cards: name, input.name, input sizes and output.name may be absent
  kFeatureDnn,  ///< as kDefaults; its outputs have no labels, so that output.kind and labels may be absent too
};

/// Reads a card; the error names `file` and the field.
Result<Card> ParseCard(const Json& json, const std::string& file, CardUse use = CardUse::kCandidate);

/// The card as JSON, from which ParseCard reads an equal one, but for what is assumed: checking it changes no card.
Json CardToJson(const Card& card);

/// The same with what is assumed, if anything: as a zoo's card.json has it.
Json CardFileToJson(const Card& card);

}  // namespace amsel
