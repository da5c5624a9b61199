// The C API of amsel: opens a bundle and answers images. Plain C99; docs/c-api.md is the guide.
//
// Errors. Whatever can fail returns an amsel_status; amsel_last_error() then says in words what was wrong. No C++
// exception leaves these functions. A null handle or pointer where one is needed is AMSEL_ERROR_USAGE; functions that
// return a figure or a text instead return -1, 0 or NULL for it, as they do for an index out of range.
//
// Threads. One engine may be used by any number of threads at once, and they answer side by side: loaded candidates are
// shared, working memory is each call's own. It must not be closed while a call is under way. Answers and batches are
// never changed, so that any number of threads may read them; each is freed once.
//
// Texts are UTF-8 as the bundle has them, end with a zero, and belong to what they were asked of: those of an engine
// live until it is closed, those of an answer until it is freed.
//
// What cannot be checked is undefined: memory that is shorter than said (`length`; of pixels the rows but the last
// `stride` bytes each, the last its pixels), texts without a zero at their end, a struct whose `size` is larger than it
// is, a handle that was freed or is freed twice, an engine that is closed while a call, a governor or another handle
// needs it, and memory that changes while a call reads it.
//
// Versions. Within one AMSEL_API_VERSION functions, structs and constants are only added, at the end of structs, whose
// field `size` says which fields the caller knows: start each as its AMSEL_…_INIT. Fields that are 0 stand for the
// default.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Of this header; the shared library's major version (libamsel_runtime.so.1).
#define AMSEL_API_VERSION 1

/// Of the library that runs: equal to AMSEL_API_VERSION, unless another library was loaded than was built with.
int amsel_api_version(void);
/// Of the release, for example "0.1.0".
const char* amsel_version(void);

/// The exit codes of the `amsel` program have the same numbers. Later versions may add some.
typedef enum amsel_status {
  AMSEL_OK = 0,
  AMSEL_ERROR_USAGE = 2,      ///< an argument that cannot be, or limits that no operating point keeps
  AMSEL_ERROR_BAD_INPUT = 3,  ///< a bundle or an image that is missing, malformed or refused
  AMSEL_ERROR_RUNTIME = 4     ///< device, ONNX Runtime, memory, or a deadline too short for any candidate
} amsel_status;

/// What was wrong in the last call of this thread that failed; "" before any did. Valid until the next that fails.
const char* amsel_last_error(void);

/// An open bundle.
typedef struct amsel_engine amsel_engine;
/// The answer to one image, and how it came about.
typedef struct amsel_answer amsel_answer;

/// What one candidate shall run with; what is 0 or NULL is as for all.
typedef struct amsel_candidate_options {
  size_t size;          ///< sizeof(amsel_candidate_options)
  const char* name;     ///< of the candidate
  const char* backend;  ///< as in amsel_options, like those that follow
  const char* provider;
  const char* precision;
  const char* graph;
  int threads;
  int reserved;  ///< 0
} amsel_candidate_options;
#define AMSEL_CANDIDATE_OPTIONS_INIT {sizeof(amsel_candidate_options), NULL, NULL, NULL, NULL, NULL, 0, 0}

/// How to open a bundle. The operating point is chosen by name, or by limits on its planned figures, which combine:
/// among the points that keep them the fastest is taken when accuracy is limited and time is not, else the most
/// accurate. With neither it is the bundle's first.
typedef struct amsel_options {
  size_t size;                 ///< sizeof(amsel_options)
  const char* point;           ///< name of an operating point; NULL: by limits
  double max_mean_latency_ms;  ///< bounds the mean; 0: no limit, as for those that follow
  double max_latency_ms;       ///< bounds the worst path
  double min_accuracy;         ///< bounds top-1 accuracy from below, in 0..1
  double max_energy_mj;        ///< bounds the mean energy of the candidates that run
  int as_single_best;          ///< not 0: as accurate as the single best was in training, or more so, and no saver
  int threads;                 ///< that one candidate may use; 0: as the bundle plans
  const char* onnxruntime;     ///< path of the ONNX Runtime library; NULL: the usual places
  int64_t max_pixels;          ///< images with more are refused; 0: 128 Mi
  int64_t memory_budget;  ///< bytes of resident memory that loading candidates may bring the process to; 0: no limit
  /// "onnxruntime", a plug-in by its name or path (docs/backends.md), or "caller", see amsel_decisions; NULL: as
  /// planned
  const char* backend;
  const char* provider;      ///< what the back end shall run on: "cpu", "cuda", "tensorrt" ...; NULL: as planned
  const char* engine_cache;  ///< folder for what is compiled from the DNNs; NULL: none is kept
  const char* precision;     ///< "full", or "half": providers may compute with fewer bits; NULL: as planned
  const char* graph;         ///< optimisation of the graph: "none", "basic", "extended", "all"; NULL: as planned
  const amsel_candidate_options* candidates;  ///< what some run with, an array
  size_t candidate_count;                     ///< of that array
  const char* public_key;  ///< of minisign, itself or a file's path: the bundle must be signed by it; NULL: need not be
} amsel_options;
#define AMSEL_OPTIONS_INIT \
  {sizeof(amsel_options), NULL, 0, 0, 0, 0, 0, 0, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL}

/// Opens the bundle in folder `bundle` into *engine, or sets that to NULL. `options` may be NULL. Candidates are loaded
/// when first needed.
amsel_status amsel_engine_open(const char* bundle, const amsel_options* options, amsel_engine** engine);
/// Frees it and its texts; NULL is no error. Answers outlive their engine.
void amsel_engine_close(amsel_engine* engine);
/// Loads all candidates now, so that no answer waits for it; under a memory budget the most useful that fit together.
/// One that cannot be loaded fails when it is wanted.
amsel_status amsel_engine_preload(amsel_engine* engine);

int amsel_engine_class_count(const amsel_engine* engine);
/// The label of class 0 … count - 1.
const char* amsel_engine_class_label(const amsel_engine* engine, int index);

int amsel_engine_candidate_count(const amsel_engine* engine);
/// Name of candidate 0 … count - 1.
const char* amsel_engine_candidate_name(const amsel_engine* engine, int index);

/// An operating point with its planned figures, from cross-validation on the training images.
typedef struct amsel_point {
  size_t size;  ///< sizeof(amsel_point)
  const char* name;
  double top1;      ///< accuracy, in 0..1
  double top1_low;  ///< 95 % interval
  double top1_high;
  double mean_latency_ms;
  double p50_latency_ms;
  double p99_latency_ms;
  double worst_path_ms;
  double energy_mj;       ///< mean of the candidates that run; negative where nothing measured it
  int certificate_count;  ///< of those that hold
  /// Planned accuracy less the single best's; a NaN where the bundle, an older one, does not tell. Points whose name
  /// begins with saver- are there for those who would give some for time.
  double over_single_best;
} amsel_point;
#define AMSEL_POINT_INIT {sizeof(amsel_point), NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

int amsel_engine_point_count(const amsel_engine* engine);
/// Fills *point with operating point 0 … count - 1, in the bundle's order.
amsel_status amsel_engine_point(const amsel_engine* engine, int index, amsel_point* point);
/// A certificate of that point that holds, in words.
const char* amsel_engine_certificate(const amsel_engine* engine, int index, int certificate);
/// Index of the point that answers now.
int amsel_engine_current_point(amsel_engine* engine);
/// Calls that begin from now on answer at the point `name`. On error nothing changes.
amsel_status amsel_engine_set_point(amsel_engine* engine, const char* name);

/// Image features that the bundle's policy may read: 0 … count - 1.
int amsel_engine_feature_count(const amsel_engine* engine);
const char* amsel_engine_feature_name(const amsel_engine* engine, int index);

/// What one call may take, and what it shall tell.
typedef struct amsel_run_options {
  size_t size;         ///< sizeof(amsel_run_options)
  double deadline_ms;  ///< since the call began, reading and decoding included; 0: none
  int explain;         ///< not 0: the answer has an explanation
} amsel_run_options;
#define AMSEL_RUN_OPTIONS_INIT {sizeof(amsel_run_options), 0, 0}

typedef enum amsel_pixel_format {
  AMSEL_PIXELS_BGR = 1,  ///< three bytes a pixel
  AMSEL_PIXELS_RGB = 2,
  AMSEL_PIXELS_GRAY = 3,  ///< one byte a pixel
  /// A plane of luma, one byte a pixel, and one of U and V in turn for each 2 x 2 pixels (BT.601, luma from 16 to 235),
  /// as cameras give. Width and height are even.
  AMSEL_PIXELS_NV12 = 4
} amsel_pixel_format;

/// 8-bit pixels in the caller's memory, rows from the top.
typedef struct amsel_pixels {
  size_t size;  ///< sizeof(amsel_pixels)
  const void* data;
  int width;
  int height;
  size_t stride;         ///< bytes from one row to the next; 0: rows without padding
  int format;            ///< an amsel_pixel_format
  const void* chroma;    ///< NV12: first row of U and V; NULL: right after the last row of luma
  size_t chroma_stride;  ///< NV12: as `stride`; 0: the same as that of luma
} amsel_pixels;
#define AMSEL_PIXELS_INIT {sizeof(amsel_pixels), NULL, 0, 0, 0, AMSEL_PIXELS_BGR, NULL, 0}

/// Answer one image: encoded bytes (JPEG, PNG, WebP, TIFF, HEIC …), a file of such, or raw pixels. `options` may be
/// NULL. On success *answer is the caller's, to be freed; otherwise it is NULL: there is never a default answer.
amsel_status amsel_run_encoded(amsel_engine* engine, const void* bytes, size_t length, const amsel_run_options* options,
                               amsel_answer** answer);
amsel_status amsel_run_file(amsel_engine* engine, const char* path, const amsel_run_options* options,
                            amsel_answer** answer);
amsel_status amsel_run_pixels(amsel_engine* engine, const amsel_pixels* pixels, const amsel_run_options* options,
                              amsel_answer** answer);
/// NULL is no error.
void amsel_answer_free(amsel_answer* answer);

/// One image of a batch: encoded bytes, raw pixels or a file.
typedef struct amsel_image {
  size_t size;        ///< sizeof(amsel_image)
  const void* bytes;  ///< encoded, `length` of them; NULL: `pixels` or `path`
  size_t length;
  const amsel_pixels* pixels;
  const char* path;  ///< of a file, which is read when the batch begins
} amsel_image;
#define AMSEL_IMAGE_INIT {sizeof(amsel_image), NULL, 0, NULL, NULL}

/// The results of several images, in their order.
typedef struct amsel_batch amsel_batch;

/// Answers `count` images side by side: those that go on to the same candidate share one run of it, where its DNN takes
/// batches. Each image has its own answer or error; the call fails only for what concerns all. An answer is what
/// amsel_run_… would have given, but for what batching does to the last digits; its times are its shares. There is no
/// deadline. `options` may be NULL. On success *batch is the caller's, to be freed; otherwise it is NULL.
amsel_status amsel_run_batch(amsel_engine* engine, const amsel_image* images, size_t count,
                             const amsel_run_options* options, amsel_batch** batch);
/// Frees it, its answers and its texts. NULL is no error.
void amsel_batch_free(amsel_batch* batch);
size_t amsel_batch_count(const amsel_batch* batch);
/// The answer to image 0 … count - 1, which belongs to the batch; NULL where there is none.
const amsel_answer* amsel_batch_answer(const amsel_batch* batch, size_t index);
/// AMSEL_OK, or why there is no answer,
amsel_status amsel_batch_status(const amsel_batch* batch, size_t index);
/// in words; "" where there is one.
const char* amsel_batch_error(const amsel_batch* batch, size_t index);

/// Index of the class; -1 when abstained, or where amsel_answer_whose says whose answer it is.
int amsel_answer_class(const amsel_answer* answer);
/// Its label; NULL without a class.
const char* amsel_answer_label(const amsel_answer* answer);
/// Of that class, or that it is right, in 0..1; 0 when abstained.
double amsel_answer_probability(const amsel_answer* answer);
/// Natural log-probabilities by class, *count of them (`count` may be NULL); NULL without a class.
const float* amsel_answer_log_probs(const amsel_answer* answer, int* count);
/// Where the bundle knows no classes (amsel_decisions_ran_with_confidence), the candidate whose own answer counts; else
/// -1: an answer is pooled from all that ran.
int amsel_answer_whose(const amsel_answer* answer);
/// Name of the operating point that answered.
const char* amsel_answer_point(const amsel_answer* answer);
/// 1 when the policy looked at what had run and chose to give no answer.
int amsel_answer_abstained(const amsel_answer* answer);
/// 1 when a step that the policy wanted failed, or did not fit the deadline or the memory budget; the problems say
/// which.
int amsel_answer_degraded(const amsel_answer* answer);
/// 1 when it came after the deadline of the call, because something took longer than planned.
int amsel_answer_late(const amsel_answer* answer);
/// The image's features, *count of them in the order of amsel_engine_feature_name (`count` may be NULL); NULL where the
/// policy read none.
const float* amsel_answer_features(const amsel_answer* answer, int* count);
/// 1 when a certificate of the operating point covers this answer; never with a deadline.
int amsel_answer_certified(const amsel_answer* answer);
int amsel_answer_problem_count(const amsel_answer* answer);
const char* amsel_answer_problem(const amsel_answer* answer, int index);

/// A candidate that ran, and what it took.
typedef struct amsel_candidate_run {
  size_t size;           ///< sizeof(amsel_candidate_run)
  const char* name;      ///< of the candidate
  double load_ms;        ///< 0 where it was loaded already; waiting for another thread to load it
  double preprocess_ms;  ///< 0 where an earlier candidate had prepared the same input
  double inference_ms;
} amsel_candidate_run;
#define AMSEL_CANDIDATE_RUN_INIT {sizeof(amsel_candidate_run), NULL, 0, 0, 0}

int amsel_answer_run_count(const amsel_answer* answer);
/// Fills *run with candidate 0 … count - 1, in the order in which they ran.
amsel_status amsel_answer_run(const amsel_answer* answer, int index, amsel_candidate_run* run);

/// Where the time went.
typedef struct amsel_times {
  size_t size;         ///< sizeof(amsel_times)
  double total_ms;     ///< all but reading and decoding
  double decode_ms;    ///< of encoded images
  double features_ms;  ///< part of the total, as are the candidates' times
  double decision_ms;  ///< the rest of the total: deciding and book-keeping
} amsel_times;
#define AMSEL_TIMES_INIT {sizeof(amsel_times), 0, 0, 0, 0}

amsel_status amsel_answer_times(const amsel_answer* answer, amsel_times* times);
/// The answer and its explanation as one line of JSON, with the fields of `amsel run --json --explain` but `path`
/// (docs/formats/results.md); NULL unless asked for.
const char* amsel_answer_explanation(const amsel_answer* answer);

/// For those who run the DNNs themselves: what to run next for one input after another, and when to stop. Any engine
/// decides, also one that was opened with the back end "caller", which runs nothing and needs no file of a DNN. The
/// decisions are those of amsel_run_…. Of one thread at a time; freed before its engine is closed.
///
///     amsel_decisions_begin(decisions, NULL);
///     while (amsel_decisions_next(decisions, 0, &step) == AMSEL_OK) {
///       if (step.kind == AMSEL_STEP_EXTRACT) {
///         done = amsel_decisions_extract(decisions, &pixels);
///       } else if (step.kind == AMSEL_STEP_RUN) {
///         done = amsel_decisions_ran(decisions, step.candidate, output, count, 0, took_ms);
///       } else {
///         break;
///       }
///       if (done != AMSEL_OK) break;  // or amsel_decisions_failed(): until it is done, next says the same
///     }
///     amsel_decisions_answer(decisions, &answer);
typedef struct amsel_decisions amsel_decisions;

typedef enum amsel_step_kind {
  AMSEL_STEP_RUN = 1,      ///< run `candidate`
  AMSEL_STEP_EXTRACT = 2,  ///< the image's features are wanted; at most once for an input
  AMSEL_STEP_ANSWER = 3,   ///< what has run is enough
  AMSEL_STEP_ABSTAIN = 4   ///< give no answer: what has run is not sure enough, or nothing may run
} amsel_step_kind;

typedef struct amsel_step {
  size_t size;      ///< sizeof(amsel_step)
  int kind;         ///< an amsel_step_kind; later versions may add some
  int candidate;    ///< of AMSEL_STEP_RUN; else -1
  double price_ms;  ///< what running it is planned to take
  double value;     ///< the estimate that the candidate, or the answer, is right, in 0..1; 0 where there is none
} amsel_step;
#define AMSEL_STEP_INIT {sizeof(amsel_step), 0, 0, 0, 0}

/// Begins at once. On error *decisions is NULL.
amsel_status amsel_decisions_create(amsel_engine* engine, amsel_decisions** decisions);
/// NULL is no error.
void amsel_decisions_free(amsel_decisions* decisions);
/// Starts on a new input, at the engine's point of now. Of `options`, which may be NULL, `explain` counts alone; a
/// deadline is an error, since whoever runs the candidates keeps the time.
amsel_status amsel_decisions_begin(amsel_decisions* decisions, const amsel_run_options* options);
/// What to do next. Candidates that cannot run now are left out: bit i of `unavailable` stands for candidate i. Where
/// something else is then done the answer is degraded. Asked again before it was done, it says the same.
amsel_status amsel_decisions_next(amsel_decisions* decisions, uint64_t unavailable, amsel_step* step);
/// The candidate ran, and its DNN gave `output`, `count` values as its card says: so many leading values, then the
/// classes, logits or probabilities. Times are those of this input. Degrades the
/// answer where another step was decided. On error nothing changes: there is no such
/// candidate, it has run or failed for this input, or the output cannot be.
amsel_status amsel_decisions_ran(amsel_decisions* decisions, int candidate, const float* output, size_t count,
                                 double preprocess_ms, double inference_ms);
/// The candidate ran, and is so sure of the answer that it gave, 0 … 1 (0.5: it does not tell): in place of the above,
/// for bundles that know no classes, which were learned from confidences (docs/formats/outcomes.md). The answer says
/// which candidate's own counts.
amsel_status amsel_decisions_ran_with_confidence(amsel_decisions* decisions, int candidate, double confidence,
                                                 double preprocess_ms, double inference_ms);
/// The candidate could not run, for this reason, which may be NULL: it is not asked for again.
amsel_status amsel_decisions_failed(amsel_decisions* decisions, int candidate, const char* why);
/// Computes the image's features. Where a DNN that they come from cannot run, the policy does without.
amsel_status amsel_decisions_extract(amsel_decisions* decisions, const amsel_pixels* pixels);
/// They were computed elsewhere: one value for each amsel_engine_feature_name.
amsel_status amsel_decisions_features(amsel_decisions* decisions, const float* values, size_t count, double took_ms);
/// They cannot be had, for this reason, which may be NULL: the policy does without.
amsel_status amsel_decisions_no_features(amsel_decisions* decisions, const char* why);
/// The answer of what has run, which is the caller's, to be freed. Degraded where the policy would have gone on; never
/// certified. On error, where nothing has run, *answer is NULL: there is never a default answer.
amsel_status amsel_decisions_answer(amsel_decisions* decisions, amsel_answer** answer);

/// Holds a target by moving an engine among its operating points while it answers.
typedef struct amsel_governor amsel_governor;

/// What to hold; targets combine. A field that is 0 is no target, or stands for the default.
typedef struct amsel_governor_options {
  size_t size;               ///< sizeof(amsel_governor_options)
  double mean_latency_ms;    ///< mean time of an answer, decoding left out
  double frames_per_second;  ///< images that one thread shall be able to answer, decoding left out
  double watts;              ///< mean power, as told by amsel_governor_observe_watts
  double min_accuracy;       ///< points with a lower planned top-1 accuracy, in 0..1, are never used
  int as_single_best;        ///< not 0: nor those below the single best in training
  int uncertified;           ///< not 0: points without a certificate that holds may be used too
  int savers;                ///< not 0: so may points named saver-..., which are not as accurate as the single best
} amsel_governor_options;
#define AMSEL_GOVERNOR_OPTIONS_INIT {sizeof(amsel_governor_options), 0, 0, 0, 0, 0, 0, 0}

/// Starts to govern: from now on the governor sets the engine's point. AMSEL_ERROR_USAGE without a target or where no
/// point may be used, and *governor is NULL then. To be freed before the engine is closed. Any number of threads may
/// tell one governor at once.
amsel_status amsel_governor_start(amsel_engine* engine, const amsel_governor_options* options,
                                  amsel_governor** governor);
/// The engine stays at its present point. NULL is no error.
void amsel_governor_free(amsel_governor* governor);
/// Tells of an answer that the engine has just given, and moves the engine where that calls for it. An error when the
/// engine refuses to move; it then stays where it was, and that point is not tried again.
amsel_status amsel_governor_observe(amsel_governor* governor, const amsel_answer* answer);
/// Tells the mean power, in watts, since it was last told; otherwise the same.
amsel_status amsel_governor_observe_watts(amsel_governor* governor, double watts);
/// 1 when no point that may be used is thought to keep the targets.
int amsel_governor_overloaded(const amsel_governor* governor);
/// How often it has moved.
size_t amsel_governor_moves(const amsel_governor* governor);

/// How many threads decoding and resizing may use, in the whole process (OpenCV's own setting). Plans are measured with
/// one, and the `amsel` program uses one; amsel itself leaves the setting as it is.
amsel_status amsel_set_image_threads(int threads);

#ifdef __cplusplus
}
#endif
