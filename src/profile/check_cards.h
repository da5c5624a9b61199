// Finds wrong cards, the commonest real failure: tries the usual mistakes on a few hundred labelled images.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "backend/backends.h"
#include "card/zoo.h"
#include "image/decode.h"
#include "profile/dataset.h"

namespace amsel {

struct CheckOptions {
  SessionOptions session;
  std::map<std::string, Placement> elsewhere;  ///< candidates that do not run as the rest, by name
  DecodeOptions decode;
  int images = 200;          ///< drawn at random from the list
  double least_gain = 0.05;  ///< in accuracy, from which a change is reported (and two standard errors)
  std::uint64_t seed = 1;
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// One thing that is probably wrong with a card.
struct CardFinding {
  std::string field;   ///< of the card, for example "input.channels"
  std::string advice;  ///< for example "BGR instead of RGB"
  double before = 0;   ///< top-1 without the change, on the same images
  double after = 0;
};

struct CardCheck {
  std::string candidate;
  int images = 0;
  double top1 = 0;                    ///< with the card as it is
  std::vector<CardFinding> findings;  ///< in the order in which they were adopted
};

/// The labels that most candidates of the zoo have; the first of equals. What the list of images is to be read with.
const std::vector<std::string>& CommonLabels(const Zoo& zoo);

/// Checks every candidate. For each, the change that helps most is adopted and the rest tried again, until none helps.
/// Errors: no usable image, a DNN that cannot be loaded or whose input does not match its card.
Result<std::vector<CardCheck>> CheckCards(const Zoo& zoo, const std::vector<LabelledImage>& images, Backend& backend,
                                          const CheckOptions& options);

}  // namespace amsel
