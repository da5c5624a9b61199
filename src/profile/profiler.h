// Runs every candidate on every image and records what it answered and how long it took.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/backends.h"
#include "backend/dnn_views.h"
#include "base/clock.h"
#include "card/zoo.h"
#include "image/decode.h"
#include "meter/blocks.h"
#include "profile/dataset.h"
#include "profile/store.h"

namespace amsel {

struct ProfileOptions {
  SessionOptions session;
  std::map<std::string, Placement> elsewhere;  ///< candidates that do not run as the rest, by name
  DecodeOptions decode;                        ///< but for min_side, see below
  /// DecodeOptions::min_side of a new profile; absent: what its candidates need (DecodeMinSide). A resumed one keeps
  /// its own.
  std::optional<int> decode_min_side;
  WantedViews views;                  ///< to which those that a resumed profile has are added
  std::vector<std::string> features;  ///< names, to which those that a resumed profile has are added
  std::string feature_dnn;            ///< a DNN whose outputs are recorded as features; empty: none
  int block_size = 64;                ///< images for which a candidate keeps its turn
  int shard = 0;                      ///< this run takes the images whose position modulo `shards` is `shard`
  int shards = 1;
  bool resume = false;        ///< continue an existing profile (or start an absent one)
  bool retry_failed = false;  ///< try again what failed in an earlier run, images and runs
  bool strict = false;        ///< an image that cannot be used is an error, and so is a run that fails
  std::string images_source;  ///< recorded: where the list of images is
  std::string card_defaults;  ///< recorded: the card of candidates that have none
  std::string views_tried;    ///< recorded: what was tried before views were chosen (JSON); empty: nothing
  EnergyInstruments energy;   ///< with a meter or a power model: energy of each candidate, anew
  std::function<void(std::size_t done, std::size_t total)> progress;
  std::function<void(const FailedRun& failure)> run_failed;  ///< told of each as it happens
  /// Told, before anything runs, of each view that was asked for and a DNN cannot be seen in: "small@size:20: why".
  std::function<void(const std::string& what)> view_refused;
};

struct ProfileSummary {
  std::size_t images = 0;                                           ///< usable ones in the profile
  std::size_t profiled = 0;                                         ///< images that this run worked on
  std::vector<std::pair<std::string, std::string>> skipped;         ///< key and reason
  std::vector<FailedRun> failed_runs;                               ///< in the profile, those of earlier runs too
  std::vector<std::pair<std::string, std::string>> without_energy;  ///< candidate and reason, where it was asked for
  /// Candidates whose answers, in this run, are clearly of another kind than their cards say, and of which
  /// (KindAgainst).
  std::vector<std::pair<std::string, std::string>> other_kinds;
};

/// Creates (or, with `resume`, continues) the profile `file`. Candidates take turns in blocks of images; the first
/// inference of a block is not timed. Each block is one transaction: a killed run loses at most the one in flight.
/// A candidate that fails on an image is recorded as failed there and not tried again, unless it has changed; an image
/// on which the feature DNN fails cannot be used. A candidate that failed on more than half of the images is an error
/// once all the others are done; the profile stays incomplete until it is mended or leaves the zoo. Errors: a file that
/// exists without `resume`, a profile of another zoo or of other images or with images decoded otherwise, no usable
/// image, an image recorded before that can no longer be read, a candidate or feature DNN that cannot be loaded, a
/// resumed profile with features of a DNN that is not given.
Result<ProfileSummary> RunProfile(const Zoo& zoo, const std::vector<LabelledImage>& images, Backend& backend,
                                  const Clock& clock, const std::string& file, const ProfileOptions& options);

}  // namespace amsel
