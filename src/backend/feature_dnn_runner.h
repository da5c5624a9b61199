// A feature DNN, ready to run: it may give any few numbers for an image, and they are taken as they come.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/candidate_runner.h"
#include "card/feature_dnn_card.h"

namespace amsel {

/// As thread-safe as the session (see concurrent()).
class FeatureDnnRunner {
 public:
  /// Opens `model_file`, matches the card (whose labels and skipped classes mean nothing here) and runs the DNN once on
  /// zeros: that takes its memory, and shows how many values it gives. Error, which names the file, also for none or
  /// more than kMostFeatureDnnValues.
  static Result<FeatureDnnRunner> Open(Backend& backend, const SessionOptions& options, const std::string& model_file,
                                       Card card);

  /// The card, completed.
  const Card& card() const { return runner_.card(); }
  /// How many values it gives for an image.
  int values() const { return values_; }
  bool concurrent() const { return runner_.concurrent(); }

  /// Runs on one input tensor (see Preprocessor); raw output into `out`, resized to values(). Error also when a value
  /// is not finite.
  Status Run(std::span<const std::byte> tensor, std::vector<float>& out) const;

 private:
  explicit FeatureDnnRunner(CandidateRunner runner) : runner_(std::move(runner)) {}

  CandidateRunner runner_;
  int values_ = 0;
};

}  // namespace amsel
