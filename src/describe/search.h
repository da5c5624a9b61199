// Finds the reading of pixels and labels that a DNN was trained with, on labelled images: several mistakes at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "describe/families.h"
#include "describe/trial.h"

namespace amsel {

/// What else an aspect could have been, and what that would cost.
struct Alternative {
  std::string field;       ///< of the card
  std::string found;       ///< "RGB"
  std::string other;       ///< the next best value
  double top1_cost = 0;    ///< what that loses on the same images; below 0 where it gains
  bool told_apart = true;  ///< false: the difference is within chance
  bool same = false;       ///< not even one answer differs: these images cannot decide
};

struct FoundReading {
  const Tried* tried = nullptr;  ///< on all images; lives as long as the trial
  std::size_t map = 0;
  std::vector<Score> best{};  ///< those of whichever reading fits best, from which this one cannot be told

  const std::vector<Score>& scores() const { return tried->scores[map]; }
};

struct SearchOptions {
  /// Called now and then with how far it is, in steps of kSearchSteps.
  std::function<void(int step)> progress;
  /// `first` are somebody's own cards: their numbers may be those of the other range, or for the other order of
  /// channels.
  bool misread = false;
};
inline constexpr int kSearchSteps = 8;

/// Races all usual readings against each other: normalisation and order of channels (and size, where `free_size`)
/// first, all with all, then what is taken of the picture and how it is resized, all with all, then the first once
/// more; whoever is clearly worse on a few images is not tried on more. Then the same once more with every label map,
/// which is taken where it is clearly better: labels as they stand are likelier than a crop that happens to show what
/// another label names. What is rarer must fit better, by half a standard error for each place down the lists of usual
/// values. `first` are readings that are tried as they are and are the likeliest: of a card, of a framework's
/// configuration, a default. Never none. The measure is the log-probability of the labels, which tells readings apart
/// that answer alike; a wrong answer costs hardly more than none, so that one that is sure and often right beats one
/// that says nothing.
Result<FoundReading> FindReading(Trial& trial, const std::vector<Preprocess>& first, bool free_size,
                                 const SearchOptions& options = {});

/// Where DNNs of one call came out with different values of an aspect, one of these is taken for all, unless each can
/// be told from the best of some DNN: chance alone would make them differ. `trials` and `found` in one order.
Status AgreeWhereTied(const std::vector<Trial*>& trials, const std::vector<FoundReading*>& found);

/// What each aspect of `found` could have been instead.
Result<std::vector<Alternative>> Alternatives(Trial& trial, const FoundReading& found, bool free_size);

}  // namespace amsel
