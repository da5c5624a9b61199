// The engine: opens a bundle and answers images.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "amsel/backend.h"
#include "amsel/image.h"
#include "amsel/result.h"
#include "amsel/step.h"

namespace amsel {

/// What an operating point has to keep, judged by the figures that the bundle plans it with. Limits combine: all that
/// are given hold. Among the points that keep them, the fastest is taken when accuracy is limited and time is not,
/// otherwise the most accurate (of equals the faster).
struct OperatingLimits {
  using Time = std::chrono::duration<double, std::milli>;

  std::optional<Time> mean_latency;         ///< bounds the mean
  std::optional<Time> max_latency;          ///< bounds the worst path
  std::optional<double> min_accuracy;       ///< bounds top-1 accuracy from below, in 0..1
  bool as_accurate_as_single_best = false;  ///< at least the single best's accuracy in training, and no `saver-`
  std::optional<double> max_energy_mj;      ///< bounds the mean energy of the candidates that run

  bool any() const {
    return mean_latency || max_latency || min_accuracy || as_accurate_as_single_best || max_energy_mj;
  }
};

/// What cannot be (a limit that is not above 0, an accuracy above 1) is a usage error that names the option.
struct EngineOptions {
  SessionRequest session;                             ///< of every candidate; what is not set is as the bundle plans it
  std::string operating_point;                        ///< name; empty: by `limits`
  OperatingLimits limits;                             ///< none: the bundle's first point
  std::string onnxruntime;                            ///< path of the library; empty: the usual places
  std::int64_t max_pixels = std::int64_t{128} << 20;  ///< images that declare more are refused
  /// Bytes of resident memory that loading candidates may bring the process to; 0: no limit. What the process has when
  /// the engine has opened counts, with what the back end takes for itself; what it takes later for other things does
  /// not. Candidates that do not fit together take turns: the least useful leave, by their share of the operating
  /// point's answers for their bytes.
  std::int64_t memory_budget = 0;
  std::map<std::string, SessionRequest> candidates;  ///< by name; what is set here comes before `session`
  std::string cache;  ///< folder for what providers compile (engines of TensorRT); empty: none is kept
  std::optional<std::string> public_key{};  ///< of minisign, itself or a file's path: the bundle must be signed by it
};

/// An operating point of a bundle with its planned figures, from cross-validation on the training images.
struct OperatingPoint {
  using Time = OperatingLimits::Time;

  std::string name;
  double top1 = 0;      ///< accuracy, in 0..1
  double top1_low = 0;  ///< 95 % interval
  double top1_high = 0;
  /// Planned accuracy less the single best's. Points whose name begins with `saver-` are there for those who would give
  /// some for time. Absent where the bundle, an older one, does not tell.
  std::optional<double> over_single_best;
  Time mean_latency{0};
  Time p50_latency{0};
  Time p99_latency{0};
  Time worst_path{0};
  std::optional<double> energy_mj;        ///< mean of the candidates that run; absent where nothing measured it
  std::string energy_source;              ///< what measured it, or "estimate: …"; empty where that is not told
  std::vector<std::string> certificates;  ///< those that hold with the back ends in use, in words
};

/// What one call may take.
struct RunOptions {
  /// Time from the start of the call, decoding included. Before each step, candidates whose planned time does not fit
  /// in what is left are left out: 99 % quantile of inference, preprocessing unless shared, loading unless loaded.
  std::optional<std::chrono::nanoseconds> deadline;
};

/// One candidate that ran, and what it took.
struct CandidateRun {
  CandidateId candidate = kNoCandidate;
  std::chrono::nanoseconds load{0};        ///< 0 where it was loaded already; waiting for another thread to load it
  std::chrono::nanoseconds preprocess{0};  ///< 0 where an earlier candidate had prepared the same input
  std::chrono::nanoseconds inference{0};
};

/// An answer and how it came about.
struct Answer {
  int label = -1;                ///< class index; −1 when abstained, and where `whose` says whose answer it is
  float probability = 0;         ///< of `label` or of that answer, in 0..1
  std::vector<float> log_probs;  ///< by class; empty without `label`
  /// Where the bundle knows no classes (Decisions::RanWithConfidence): the candidate whose own answer counts.
  CandidateId whose = kNoCandidate;
  std::vector<CandidateRun> runs;  ///< in order
  std::string operating_point;
  bool abstained = false;  ///< the policy looked at what had run and chose to give no answer
  bool degraded = false;   ///< a step that the policy wanted failed, or did not fit the deadline or the memory budget
  bool late = false;       ///< it came after the deadline of the call, because something took longer than planned
  /// A certificate of the operating point covers this answer: never with a deadline, which makes another policy of it,
  /// nor with a back end whose answers are not known to be those that were tested (docs/backends.md).
  bool certified = false;
  std::vector<std::string> problems;   ///< what failed or did not fit, when degraded
  std::chrono::nanoseconds decode{0};  ///< decoding, or conversion to BGR
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

/// One decision, and why it was made.
struct ExplainedStep {
  Step step;                           ///< what was decided
  std::vector<CandidateId> path;       ///< the candidates that had run, in order
  std::vector<ExplanationNote> notes;  ///< what was weighed
  std::vector<CandidateId> left_out;   ///< untried candidates that did not fit the time left, or the memory budget
};

/// An encoded image (JPEG, PNG, WebP, TIFF, HEIC …) or pixels, which the caller keeps as they are during the call.
using ImageSource = std::variant<std::string_view, ImageView>;

/// Answers images with a bundle. Candidates are loaded when first needed, once, whoever needs them.
///
/// Thread-safe: any number of threads may call anything at once, but for moving and destroying the engine. They share
/// bundle, policy and loaded candidates; each call takes working memory of its own, which the engine keeps for later
/// calls, as much as there were calls at once.
class Engine {
 public:
  /// Opens the bundle, each candidate with the back end that is asked for, or else planned. Errors: a bundle that is
  /// damaged or of another version, no such operating point, limits that no point keeps (the message names the
  /// nearest), a point and limits at once, a back end that cannot be opened or has no such provider, a memory budget
  /// that holds no candidate of the point (the message names the least that works).
  static Result<Engine> Open(const std::string& bundle, const EngineOptions& options = {});

  /// The same with a back end of the caller's for all candidates, which must outlive the engine.
  static Result<Engine> Open(const std::string& bundle, Backend& backend, const EngineOptions& options = {});

  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Answers one encoded image (JPEG, PNG, WebP, TIFF, HEIC …). Error (never a default answer) when it cannot be
  /// decoded, when no candidate could run, or when none fits the deadline. `steps`, when given, receives the
  /// explanation; the time that explaining takes counts neither in the answer's times nor against the deadline.
  Result<Answer> Run(std::string_view encoded, const RunOptions& options = {},
                     std::vector<ExplainedStep>* steps = nullptr);

  /// Answers pixels: an Image, or a view of pixels that the caller owns, which are read during the call alone.
  /// What is not BGR is converted first; Answer::decode says how long that took. Error also for a bundle that reads
  /// features of the image's file when ImageView::file is empty, and for a view that cannot be
  /// read: no pixels, more than EngineOptions::max_pixels, rows longer than their stride, NV12 of odd size.
  Result<Answer> Run(const ImageView& image, const RunOptions& options = {},
                     std::vector<ExplainedStep>* steps = nullptr);

  /// Answers many images side by side, stage by stage: those that go on to the same candidate share one run of it,
  /// where its DNN takes batches. At most 64 are in work at once; more take turns. One result an image, in order: what
  /// Run() would have given, but for what batching does to the last digits. Each answer's times are its shares.
  /// `steps`, when given, receives an explanation an image.
  std::vector<Result<Answer>> RunBatch(std::span<const ImageSource> images,
                                       std::vector<std::vector<ExplainedStep>>* steps = nullptr);

  /// Loads all candidates now, so that no answer waits for it; under a memory budget the most useful that fit together.
  /// One that cannot be loaded fails when it is wanted.
  void Preload();

  /// Answers that begin from now on are at the point `name`; each answer is at one point wholly. Error, and no change,
  /// when the bundle has none of that name, or the memory budget holds none of its candidates.
  Status SetOperatingPoint(const std::string& name);

  /// The point that answers now.
  const OperatingPoint& operating_point() const;
  /// All points of the bundle, in its order.
  const std::vector<OperatingPoint>& operating_points() const;

  const std::vector<std::string>& labels() const;
  const std::vector<std::string>& feature_names() const;
  int candidate_count() const;
  const std::string& CandidateName(CandidateId id) const;

 private:
  friend class Governor;   // reads the plans of the bundle
  friend class Decisions;  // shares what answers are made with

  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace amsel
