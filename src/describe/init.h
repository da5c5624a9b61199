// Writes a zoo for DNNs as they come: cards from their files, a framework's configuration, and labelled images.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "amsel/backend.h"
#include "card/card.h"
#include "describe/search.h"
#include "image/decode.h"

namespace amsel {

struct InitOptions {
  std::vector<std::string> dnns;     ///< FILE, or NAME=FILE
  std::string out;                   ///< the zoo; candidates are added to one that exists
  std::string labels;                ///< one class a line; empty: from configurations, files, or the images
  std::string images;                ///< labelled images; empty: none
  std::vector<std::string> configs;  ///< FILE for all, or NAME=FILE for one
  std::string output;                ///< of DNNs that have several
  int sample = 200;                  ///< images to try
  std::uint64_t seed = 1;
  bool force = false;  ///< replace candidates, and cards, that are there
  SessionOptions session;
  DecodeOptions decode;  ///< but for min_side
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// What became of one DNN.
struct InitReport {
  Card card;           ///< as it is written, with what neither file nor configuration nor images told as assumed
  std::string file;    ///< where the DNN was
  std::string config;  ///< what else than images and the file said how pixels go in; empty: nothing
  int images = 0;      ///< it was tried on
  double top1 = 0;
  std::vector<Alternative> alternatives;
  std::vector<std::string> notes;   ///< what else was found, a sentence each: labels in another order, …
  std::vector<std::string> faults;  ///< see FaultsOf
};

struct InitResult {
  std::vector<InitReport> reports;
  std::vector<std::string> labels;
  std::string labels_from;                                     ///< where they are from, for people
  std::vector<std::string> notices{};                          ///< of how the list of images was read
  std::vector<std::pair<std::string, std::string>> skipped{};  ///< images that could not be used, and why
};

/// Nothing is written unless every DNN could be described. Errors: files that cannot be read or are no classifiers of
/// pictures, labels whose number does not fit, DNNs whose classes are in different orders, candidates that are there.
Result<InitResult> InitZoo(const InitOptions& options, Backend& backend);

}  // namespace amsel
