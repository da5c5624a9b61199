// Finds wrong cards, the commonest real failure: tries the usual readings on a few hundred labelled images.
#pragma once

#include <functional>
#include <map>
#include <optional>
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
  DecodeOptions decode;                        ///< but for min_side, which follows from the cards
  int images = 200;                            ///< drawn at random from the list
  std::uint64_t seed = 1;
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// One thing that is probably wrong with a card.
struct CardFinding {
  std::string field;   ///< of the card, for example "input.channels"
  std::string advice;  ///< for example "BGR instead of RGB"
  double before = 0;   ///< top-1 without the change, on the same images, those before it adopted
  double after = 0;
};

struct CardCheck {
  std::string candidate;
  int images = 0;
  double top1 = 0;                    ///< with the card as it is
  std::vector<CardFinding> findings;  ///< in the order in which they were adopted
  /// What no other card mends: runs that fail, NaN, the same answer to every image, answers at chance, batches answered
  /// otherwise, a card that does not fit its DNN.
  std::vector<std::string> faults;
  Card corrected;                             ///< the card with all findings adopted
  std::vector<std::string> corrected_labels;  ///< empty: as they are

  bool clean() const { return findings.empty() && faults.empty(); }
};

/// The labels that most candidates of the zoo have; the first of equals. What the list of images is to be read with.
const std::vector<std::string>& CommonLabels(const Zoo& zoo);

/// Checks every candidate: whether another reading of pixels and labels, several changes at once, answers clearly more
/// images rightly; whether outputs are of the kind that the card says; and the faults above. Error: no usable image.
/// `skipped`, where given, gets the images that could not be used, and why.
Result<std::vector<CardCheck>> CheckCards(const Zoo& zoo, const std::vector<LabelledImage>& images, Backend& backend,
                                          const CheckOptions& options,
                                          std::vector<std::pair<std::string, std::string>>* skipped = nullptr);

/// Writes the corrected card of `entry` (and labels.txt beside it, where labels changed), and keeps the old one as
/// card.json.old (and labels.txt.old), unless that is there: it is the first, and what another fix wrote needs no
/// keeping. Fields that amsel does not know stay. Usage error where the card is one that stands for several candidates.
Status FixCard(const ZooEntry& entry, const CardCheck& check);

}  // namespace amsel
