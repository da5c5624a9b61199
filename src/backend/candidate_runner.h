// One candidate, ready to run: its session checked against its card, and the way from raw to canonical output.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "amsel/backend.h"
#include "card/card.h"

namespace amsel {

/// As a number of classes: the DNN may have any number of outputs, and no card counts them.
inline constexpr int kAnyOutputs = 0;

/// Completes a partial card from what the DNN's file declares and checks the rest against it: input name, layout,
/// sizes and type, that no further input is needed, output name and type, and the number of outputs against `classes`
/// and skipped ones (or one value for two classes, see OutputKind). Errors name `file`.
Status MatchCard(const SessionInfo& info, int classes, const std::string& file, Card& card);

/// What is const is as thread-safe as the session (Session::concurrent); the rest serves one thread, since it keeps the
/// raw output. Views of one DNN may share a session.
class CandidateRunner {
 public:
  /// Opens `model_file` and matches the card. Where the file leaves the number of outputs free, one run on zeros tells.
  static Result<CandidateRunner> Open(Backend& backend, const SessionOptions& options, const std::string& model_file,
                                      Card card, int classes);

  /// The same over a session that has been opened from `model_file`.
  static Result<CandidateRunner> Over(std::shared_ptr<Session> session, const std::string& model_file, Card card,
                                      int classes);

  ~CandidateRunner();
  CandidateRunner(CandidateRunner&&) noexcept;
  CandidateRunner& operator=(CandidateRunner&&) noexcept;

  /// The card, completed.
  const Card& card() const { return card_; }

  /// Whether its DNN declares a free first dimension of input and output, so that several inputs may go in at once.
  bool takes_batches() const;
  bool concurrent() const { return session_->concurrent(); }
  /// SessionInfo::int8.
  const std::string& int8() const { return session_->info().int8; }

  /// Runs on `batch` input tensors (see Preprocessor), one after another, into raw[batch × values]; 8-bit outputs are
  /// given as the real values that the card says. Of several, error also when there are not as many values as they
  /// should have.
  Status InferBatch(std::span<const std::byte> tensors, int batch, std::vector<float>& raw) const;

  /// One input's share of the raw output as canonical log-probabilities [classes].
  Status Canonical(std::span<const float> raw, std::span<float> log_probs) const;

  /// Runs on one input tensor (see Preprocessor). The raw output is kept for Canonical().
  Status Infer(std::span<const std::byte> tensor);

  /// What Infer() gave last.
  std::span<const float> raw() const { return raw_; }

  /// The last answer as canonical log-probabilities [classes].
  Status Canonical(std::span<float> log_probs) const;

 private:
  CandidateRunner(Card card, std::shared_ptr<Session> session, int input_index, int output_index)
      : card_(std::move(card)), session_(std::move(session)), input_index_(input_index), output_index_(output_index) {}

  Status CountValues(int classes, const std::string& file);
  const TensorInfo& output() const;

  Card card_;
  std::shared_ptr<Session> session_;
  int input_index_;
  int output_index_;
  std::size_t values_ = 0;  ///< of an input's output; 0 for kAnyOutputs where the file does not say
  std::vector<float> raw_;
};

}  // namespace amsel
