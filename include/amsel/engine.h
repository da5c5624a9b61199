// The engine: opens a bundle and answers images.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "amsel/backend.h"
#include "amsel/image.h"
#include "amsel/policy.h"
#include "amsel/result.h"

namespace amsel {

struct EngineOptions {
  SessionOptions session;                             ///< threads and graph optimisation of every candidate
  std::string operating_point;                        ///< name; empty: the bundle's first
  std::string onnxruntime;                            ///< path of the library; empty: the usual places
  std::int64_t max_pixels = std::int64_t{128} << 20;  ///< images that declare more are refused
};

/// One candidate that ran, and what it took.
struct CandidateRun {
  CandidateId candidate = kNoCandidate;
  std::chrono::nanoseconds load{0};        ///< 0 where it was loaded already
  std::chrono::nanoseconds preprocess{0};  ///< 0 where an earlier candidate had prepared the same input
  std::chrono::nanoseconds inference{0};
};

/// An answer and how it came about.
struct Answer {
  int label = -1;                  ///< class index
  float probability = 0;           ///< of `label`, in 0..1
  std::vector<float> log_probs;    ///< by class
  std::vector<CandidateRun> runs;  ///< in order
  std::string operating_point;
  bool degraded = false;              ///< a candidate that the policy wanted could not run
  bool certified = false;             ///< a certificate of the operating point holds for this answer
  std::vector<std::string> problems;  ///< what failed, when degraded
  std::chrono::nanoseconds decode{0};
  std::chrono::nanoseconds features{0};
  std::chrono::nanoseconds total{0};  ///< all but decoding: features, decisions, preprocessing, inference
  std::vector<float> feature_values;  ///< in the order of Engine::feature_names(); empty when none was needed

  /// Deciding and book-keeping: what remains of the total.
  std::chrono::nanoseconds Decision() const {
    std::chrono::nanoseconds rest = total - features;
    for (const CandidateRun& run : runs) rest -= run.load + run.preprocess + run.inference;
    return rest;
  }
};

/// Why the policy decided as it did at one step.
struct ExplainedStep {
  Step step;
  std::vector<ExplanationNote> notes;
};

/// Answers images with a bundle. Candidates are loaded when first needed. One engine serves one thread at a time.
class Engine {
 public:
  /// Opens the bundle with ONNX Runtime. Errors: a bundle that is damaged or of another version, no such operating
  /// point, no ONNX Runtime.
  static Result<Engine> Open(const std::string& bundle, const EngineOptions& options = {});

  /// The same with a back end of the caller's, which must outlive the engine.
  static Result<Engine> Open(const std::string& bundle, Backend& backend, const EngineOptions& options = {});

  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Answers one encoded image (JPEG, PNG, BMP, WebP, PGM, PPM). Error (never a default answer) when it cannot be
  /// decoded or when no candidate could run. `steps`, when given, receives the explanation.
  Result<Answer> Run(std::string_view encoded, std::vector<ExplainedStep>* steps = nullptr);

  /// Answers decoded pixels.
  Result<Answer> Run(const Image& image, std::vector<ExplainedStep>* steps = nullptr);

  const std::vector<std::string>& labels() const;
  const std::vector<std::string>& feature_names() const;
  std::string CandidateName(CandidateId id) const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace amsel
