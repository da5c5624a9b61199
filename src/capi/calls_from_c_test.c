#include "capi/calls_from_c.h"

#include <string.h>

#define TEXT_OF(x) #x
#define LINE_TEXT(line) TEXT_OF(line)
#define MUST_HOLD(condition) \
  if (!(condition)) return "line " LINE_TEXT(__LINE__) ": " #condition

static const char* ReadEngine(amsel_engine* engine) {
  amsel_point point = AMSEL_POINT_INIT;
  int i;
  MUST_HOLD(amsel_api_version() == AMSEL_API_VERSION);
  MUST_HOLD(strlen(amsel_version()) > 0);
  MUST_HOLD(amsel_engine_preload(engine) == AMSEL_OK);
  MUST_HOLD(amsel_engine_class_count(engine) == 2);
  MUST_HOLD(strcmp(amsel_engine_class_label(engine, 1), "dog") == 0);
  MUST_HOLD(amsel_engine_candidate_count(engine) == 2);
  MUST_HOLD(strcmp(amsel_engine_candidate_name(engine, 0), "small") == 0);
  MUST_HOLD(amsel_engine_point_count(engine) == 2);
  for (i = 0; i < 2; ++i) {
    MUST_HOLD(amsel_engine_point(engine, i, &point) == AMSEL_OK);
    MUST_HOLD(strcmp(point.name, i == 0 ? "fast" : "accurate") == 0);
    MUST_HOLD(point.top1 > 0.79 && point.mean_latency_ms > 1 && point.worst_path_ms > 1 && point.energy_mj < 0);
    MUST_HOLD(point.certificate_count == 0 && amsel_engine_certificate(engine, i, 0) == NULL);
  }
  MUST_HOLD(amsel_engine_current_point(engine) == 0);
  MUST_HOLD(amsel_engine_set_point(engine, "accurate") == AMSEL_OK);
  MUST_HOLD(amsel_engine_current_point(engine) == 1);
  MUST_HOLD(amsel_engine_set_point(engine, "fast") == AMSEL_OK);
  MUST_HOLD(amsel_engine_feature_count(engine) == 1);
  MUST_HOLD(strcmp(amsel_engine_feature_name(engine, 0), "contrast") == 0);
  MUST_HOLD(amsel_set_image_threads(1) == AMSEL_OK);
  return NULL;
}

static const char* ReadAnswer(const amsel_answer* answer) {
  amsel_candidate_run run = AMSEL_CANDIDATE_RUN_INIT;
  amsel_times times = AMSEL_TIMES_INIT;
  int count = 0;
  MUST_HOLD(amsel_answer_class(answer) == 0);
  MUST_HOLD(strcmp(amsel_answer_label(answer), "cat") == 0);
  MUST_HOLD(amsel_answer_probability(answer) > 0.8 && amsel_answer_probability(answer) < 0.9);
  MUST_HOLD(amsel_answer_log_probs(answer, &count) != NULL && count == 2);
  MUST_HOLD(amsel_answer_log_probs(answer, NULL)[0] > amsel_answer_log_probs(answer, NULL)[1]);
  MUST_HOLD(strcmp(amsel_answer_point(answer), "fast") == 0);
  MUST_HOLD(!amsel_answer_abstained(answer) && !amsel_answer_degraded(answer) && !amsel_answer_certified(answer));
  MUST_HOLD(!amsel_answer_late(answer));
  MUST_HOLD(amsel_answer_features(answer, &count) != NULL && count == 1);
  MUST_HOLD(amsel_answer_problem_count(answer) == 0);
  MUST_HOLD(amsel_answer_run_count(answer) == 1);
  MUST_HOLD(amsel_answer_run(answer, 0, &run) == AMSEL_OK);
  MUST_HOLD(strcmp(run.name, "small") == 0);
  MUST_HOLD(run.load_ms >= 0 && run.preprocess_ms >= 0 && run.inference_ms >= 0);
  MUST_HOLD(amsel_answer_times(answer, &times) == AMSEL_OK);
  MUST_HOLD(times.total_ms >= times.features_ms && times.decode_ms >= 0 && times.decision_ms >= 0);
  return NULL;
}

static const char* Govern(amsel_engine* engine, const amsel_answer* answer) {
  amsel_governor_options options = AMSEL_GOVERNOR_OPTIONS_INIT;
  amsel_governor* governor = NULL;
  options.mean_latency_ms = 1000;
  MUST_HOLD(amsel_governor_start(engine, &options, &governor) == AMSEL_ERROR_USAGE && governor == NULL);
  MUST_HOLD(strstr(amsel_last_error(), "certificate") != NULL);
  options.uncertified = 1;
  MUST_HOLD(amsel_governor_start(engine, &options, &governor) == AMSEL_OK);
  MUST_HOLD(amsel_governor_observe(governor, answer) == AMSEL_OK);
  MUST_HOLD(amsel_governor_observe_watts(governor, 5) == AMSEL_OK);
  MUST_HOLD(!amsel_governor_overloaded(governor) && amsel_governor_moves(governor) == 0);
  amsel_governor_free(governor);
  return NULL;
}

/* Decides for two inputs, the second with features of its own, and runs the candidates itself. */
static const char* Decide(amsel_engine* engine) {
  const unsigned char grey[16] = {0};
  const float output[2] = {0.75F, 0.25F};
  const float contrast = 0.5F;
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  amsel_decisions* decisions = NULL;
  amsel_answer* answer = NULL;
  amsel_times times = AMSEL_TIMES_INIT;
  int input;
  pixels.data = grey;
  pixels.width = pixels.height = 4;
  pixels.format = AMSEL_PIXELS_GRAY;
  options.explain = 1;
  MUST_HOLD(amsel_decisions_create(engine, &decisions) == AMSEL_OK);
  for (input = 0; input < 2; ++input) {
    amsel_step step = AMSEL_STEP_INIT;
    int ran = 0;
    MUST_HOLD(amsel_decisions_begin(decisions, &options) == AMSEL_OK);
    MUST_HOLD(amsel_decisions_answer(decisions, &answer) == AMSEL_ERROR_RUNTIME && answer == NULL);
    for (;;) {
      MUST_HOLD(amsel_decisions_next(decisions, 0, &step) == AMSEL_OK);
      if (step.kind == AMSEL_STEP_EXTRACT && input == 0) {
        MUST_HOLD(step.candidate == -1 && amsel_decisions_extract(decisions, &pixels) == AMSEL_OK);
      } else if (step.kind == AMSEL_STEP_EXTRACT) {
        MUST_HOLD(amsel_decisions_features(decisions, &contrast, 1, 0.5) == AMSEL_OK);
      } else if (step.kind == AMSEL_STEP_RUN) {
        MUST_HOLD(amsel_decisions_ran(decisions, step.candidate, output, 2, 0.25, 1.5) == AMSEL_OK);
        MUST_HOLD(amsel_decisions_ran(decisions, step.candidate, output, 2, 0, 0) == AMSEL_ERROR_USAGE);
        ++ran;
      } else {
        break;
      }
    }
    MUST_HOLD(step.kind == AMSEL_STEP_ANSWER && ran >= 1);
    MUST_HOLD(amsel_decisions_answer(decisions, &answer) == AMSEL_OK);
    MUST_HOLD(amsel_answer_class(answer) == 0 && amsel_answer_run_count(answer) == ran);
    MUST_HOLD(amsel_answer_whose(answer) == -1 && amsel_answer_whose(NULL) == -1);
    MUST_HOLD(!amsel_answer_degraded(answer) && strcmp(amsel_answer_point(answer), "fast") == 0);
    MUST_HOLD(amsel_answer_times(answer, &times) == AMSEL_OK && times.total_ms >= 1.75 * ran);
    MUST_HOLD(strstr(amsel_answer_explanation(answer), "\"steps\":[{") != NULL);
    amsel_answer_free(answer);
  }
  amsel_decisions_free(decisions);
  return NULL;
}

const char* DecideByConfidencesFromC(amsel_engine* engine) {
  const double confidences[2] = {0.8, 0.6}; /* of small, which does not suffice, and of large */
  amsel_step step = AMSEL_STEP_INIT;
  amsel_decisions* decisions = NULL;
  amsel_answer* answer = NULL;
  MUST_HOLD(amsel_engine_class_count(engine) == 1);
  MUST_HOLD(amsel_decisions_create(engine, &decisions) == AMSEL_OK);
  for (;;) {
    MUST_HOLD(amsel_decisions_next(decisions, 0, &step) == AMSEL_OK);
    if (step.kind != AMSEL_STEP_RUN) break;
    MUST_HOLD(amsel_decisions_ran_with_confidence(decisions, step.candidate, 1.5, 0, 2) == AMSEL_ERROR_USAGE);
    MUST_HOLD(amsel_decisions_ran_with_confidence(decisions, step.candidate, confidences[step.candidate], 0, 2) ==
              AMSEL_OK);
  }
  MUST_HOLD(step.kind == AMSEL_STEP_ANSWER);
  MUST_HOLD(amsel_decisions_answer(decisions, &answer) == AMSEL_OK);
  MUST_HOLD(amsel_answer_whose(answer) == 1 && amsel_answer_run_count(answer) == 2);
  MUST_HOLD(amsel_answer_probability(answer) > 0.599 && amsel_answer_probability(answer) < 0.601);
  MUST_HOLD(amsel_answer_class(answer) == -1 && amsel_answer_label(answer) == NULL);
  MUST_HOLD(amsel_answer_log_probs(answer, NULL) == NULL && !amsel_answer_abstained(answer));
  amsel_answer_free(answer);
  amsel_decisions_free(decisions);
  return NULL;
}

static const char* DecideWrongly(amsel_engine* engine) {
  const float output[3] = {0, 0, 0};
  amsel_step step = AMSEL_STEP_INIT;
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  amsel_decisions* decisions = NULL;
  amsel_answer* answer = NULL;
  amsel_decisions_free(NULL);
  MUST_HOLD(amsel_decisions_create(NULL, &decisions) == AMSEL_ERROR_USAGE && decisions == NULL);
  MUST_HOLD(amsel_decisions_create(engine, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_begin(NULL, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_next(NULL, 0, &step) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran(NULL, 0, output, 2, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran_with_confidence(NULL, 0, 0.5, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_failed(NULL, 0, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_extract(NULL, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_features(NULL, output, 1, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_no_features(NULL, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_answer(NULL, &answer) == AMSEL_ERROR_USAGE && answer == NULL);
  MUST_HOLD(amsel_decisions_create(engine, &decisions) == AMSEL_OK);
  options.deadline_ms = 1;
  MUST_HOLD(amsel_decisions_begin(decisions, &options) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_next(decisions, 0, NULL) == AMSEL_ERROR_USAGE);
  step.size = 1;
  MUST_HOLD(amsel_decisions_next(decisions, 0, &step) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran(decisions, 0, NULL, 2, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran(decisions, 0, output, 3, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran(decisions, 0, output, 2, 0, -1) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran_with_confidence(decisions, 0, 0.5, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran(decisions, -1, output, 2, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_ran(decisions, 99, output, 2, 0, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_failed(decisions, 99, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_extract(decisions, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_features(decisions, output, 3, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_decisions_answer(decisions, NULL) == AMSEL_ERROR_USAGE);
  amsel_decisions_free(decisions);
  return NULL;
}

static const char* RunBatch(amsel_engine* engine, const void* encoded, size_t length) {
  const unsigned char grey[16] = {0};
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  amsel_image images[4] = {AMSEL_IMAGE_INIT, AMSEL_IMAGE_INIT, AMSEL_IMAGE_INIT, AMSEL_IMAGE_INIT};
  amsel_batch* batch = NULL;
  const char* fault;
  pixels.data = grey;
  pixels.width = pixels.height = 4;
  pixels.format = AMSEL_PIXELS_GRAY;
  images[0].bytes = encoded;
  images[0].length = length;
  images[1].bytes = "no pic";
  images[1].length = 6;
  images[2].pixels = &pixels;
  images[3].pixels = &pixels;
  options.explain = 1;
  MUST_HOLD(amsel_run_batch(engine, images, 4, &options, &batch) == AMSEL_OK);
  MUST_HOLD(amsel_batch_count(batch) == 4);
  MUST_HOLD(amsel_batch_answer(batch, 1) == NULL && amsel_batch_status(batch, 1) == AMSEL_ERROR_BAD_INPUT);
  MUST_HOLD(strstr(amsel_batch_error(batch, 1), "not a JPEG") != NULL);
  fault = ReadAnswer(amsel_batch_answer(batch, 0));
  if (fault == NULL) fault = ReadAnswer(amsel_batch_answer(batch, 3));
  MUST_HOLD(amsel_batch_status(batch, 3) == AMSEL_OK && strcmp(amsel_batch_error(batch, 3), "") == 0);
  MUST_HOLD(strstr(amsel_answer_explanation(amsel_batch_answer(batch, 2)), "\"steps\":[{") != NULL);
  MUST_HOLD(amsel_batch_answer(batch, 4) == NULL && amsel_batch_status(batch, 4) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_batch_error(batch, 4) == NULL);
  amsel_batch_free(batch);
  MUST_HOLD(amsel_run_batch(engine, NULL, 0, NULL, &batch) == AMSEL_OK && amsel_batch_count(batch) == 0);
  amsel_batch_free(batch);
  return fault;
}

const char* CallEverythingFromC(amsel_engine* engine, const void* encoded, size_t length, const char* file) {
  const unsigned char grey[16] = {0};
  const unsigned char chroma[8] = {128, 128, 128, 128, 128, 128, 128, 128};
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  amsel_answer* answer = NULL;
  const char* fault = ReadEngine(engine);
  if (fault != NULL) return fault;
  MUST_HOLD(amsel_run_encoded(engine, encoded, length, NULL, &answer) == AMSEL_OK);
  fault = ReadAnswer(answer);
  if (fault == NULL) fault = Govern(engine, answer);
  MUST_HOLD(amsel_answer_explanation(answer) == NULL);
  amsel_answer_free(answer);
  if (fault != NULL) return fault;
  options.explain = 1;
  MUST_HOLD(amsel_run_file(engine, file, &options, &answer) == AMSEL_OK);
  fault = ReadAnswer(answer);
  MUST_HOLD(strstr(amsel_answer_explanation(answer), "\"steps\":[{") != NULL);
  amsel_answer_free(answer);
  if (fault != NULL) return fault;
  pixels.data = grey;
  pixels.width = pixels.height = 4;
  pixels.format = AMSEL_PIXELS_GRAY;
  MUST_HOLD(amsel_run_pixels(engine, &pixels, NULL, &answer) == AMSEL_OK);
  fault = ReadAnswer(answer);
  amsel_answer_free(answer);
  if (fault != NULL) return fault;
  pixels.chroma = chroma;
  pixels.format = AMSEL_PIXELS_NV12;
  MUST_HOLD(amsel_run_pixels(engine, &pixels, NULL, &answer) == AMSEL_OK);
  fault = ReadAnswer(answer);
  amsel_answer_free(answer);
  if (fault != NULL) return fault;
  pixels.width = 3;
  MUST_HOLD(amsel_run_pixels(engine, &pixels, NULL, &answer) == AMSEL_ERROR_BAD_INPUT);
  MUST_HOLD(strstr(amsel_last_error(), "even width and height") != NULL);
  pixels.width = 4;
  pixels.stride = 2;
  MUST_HOLD(amsel_run_pixels(engine, &pixels, NULL, &answer) == AMSEL_ERROR_BAD_INPUT);
  MUST_HOLD(answer == NULL);
  fault = Decide(engine);
  return fault != NULL ? fault : RunBatch(engine, encoded, length);
}

static const char* AskNothing(void) {
  int count = 7;
  amsel_candidate_run run = AMSEL_CANDIDATE_RUN_INIT;
  amsel_times times = AMSEL_TIMES_INIT;
  amsel_answer_free(NULL);
  MUST_HOLD(amsel_answer_class(NULL) == -1 && amsel_answer_label(NULL) == NULL);
  MUST_HOLD(amsel_answer_probability(NULL) <= 0 && amsel_answer_point(NULL) == NULL);
  MUST_HOLD(amsel_answer_log_probs(NULL, &count) == NULL && count == 0);
  MUST_HOLD(!amsel_answer_abstained(NULL) && !amsel_answer_degraded(NULL) && !amsel_answer_certified(NULL));
  MUST_HOLD(!amsel_answer_late(NULL) && amsel_answer_features(NULL, &count) == NULL && count == 0);
  MUST_HOLD(amsel_engine_feature_count(NULL) == 0 && amsel_engine_feature_name(NULL, 0) == NULL);
  MUST_HOLD(amsel_answer_problem_count(NULL) == 0 && amsel_answer_problem(NULL, 0) == NULL);
  MUST_HOLD(amsel_answer_run_count(NULL) == 0 && amsel_answer_explanation(NULL) == NULL);
  MUST_HOLD(amsel_answer_run(NULL, 0, &run) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_answer_times(NULL, &times) == AMSEL_ERROR_USAGE);
  return NULL;
}

static const char* BatchWrongly(amsel_engine* engine) {
  amsel_run_options options = AMSEL_RUN_OPTIONS_INIT;
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  amsel_image image = AMSEL_IMAGE_INIT;
  amsel_batch* batch = NULL;
  amsel_batch_free(NULL);
  MUST_HOLD(amsel_batch_count(NULL) == 0 && amsel_batch_answer(NULL, 0) == NULL && amsel_batch_error(NULL, 0) == NULL);
  MUST_HOLD(amsel_batch_status(NULL, 0) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_batch(NULL, &image, 1, NULL, &batch) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_batch(engine, &image, 1, NULL, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_batch(engine, NULL, 1, NULL, &batch) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_batch(engine, &image, 1, NULL, &batch) == AMSEL_ERROR_USAGE); /* neither bytes nor pixels */
  image.bytes = "x";
  image.length = 1;
  image.pixels = &pixels;
  MUST_HOLD(amsel_run_batch(engine, &image, 1, NULL, &batch) == AMSEL_ERROR_USAGE); /* both */
  image.pixels = NULL;
  options.deadline_ms = 1;
  MUST_HOLD(amsel_run_batch(engine, &image, 1, &options, &batch) == AMSEL_ERROR_USAGE);
  image.size = 1;
  MUST_HOLD(amsel_run_batch(engine, &image, 1, NULL, &batch) == AMSEL_ERROR_USAGE);
  MUST_HOLD(batch == NULL);
  return NULL;
}

static const char* AskNoEngine(void) {
  amsel_engine* engine = NULL;
  amsel_answer* answer = NULL;
  amsel_pixels pixels = AMSEL_PIXELS_INIT;
  amsel_point point = AMSEL_POINT_INIT;
  amsel_engine_close(NULL);
  MUST_HOLD(amsel_engine_open(NULL, NULL, &engine) == AMSEL_ERROR_USAGE);
  MUST_HOLD(strcmp(amsel_last_error(), "bundle is NULL") == 0);
  MUST_HOLD(amsel_engine_open("bundle", NULL, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_engine_preload(NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_engine_class_count(NULL) == 0 && amsel_engine_class_label(NULL, 0) == NULL);
  MUST_HOLD(amsel_engine_point_count(NULL) == 0 && amsel_engine_certificate(NULL, 0, 0) == NULL);
  MUST_HOLD(amsel_engine_point(NULL, 0, &point) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_engine_current_point(NULL) == -1);
  MUST_HOLD(amsel_engine_set_point(NULL, "fast") == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_encoded(NULL, "x", 1, NULL, &answer) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_file(NULL, "x", NULL, &answer) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_pixels(NULL, &pixels, NULL, &answer) == AMSEL_ERROR_USAGE);
  MUST_HOLD(strcmp(amsel_last_error(), "engine is NULL") == 0);
  return NULL;
}

static const char* GovernWrongly(amsel_engine* engine, const amsel_answer* answer) {
  amsel_governor_options options = AMSEL_GOVERNOR_OPTIONS_INIT;
  amsel_governor* governor = NULL;
  MUST_HOLD(amsel_engine_feature_name(engine, -1) == NULL && amsel_engine_feature_name(engine, 1) == NULL);
  MUST_HOLD(amsel_governor_start(engine, NULL, &governor) == AMSEL_ERROR_USAGE && governor == NULL);
  MUST_HOLD(strstr(amsel_last_error(), "needs a target") != NULL);
  options.frames_per_second = -1;
  MUST_HOLD(amsel_governor_start(engine, &options, &governor) == AMSEL_ERROR_USAGE);
  options.frames_per_second = 1;
  MUST_HOLD(amsel_governor_start(NULL, &options, &governor) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_governor_start(engine, &options, NULL) == AMSEL_ERROR_USAGE);
  options.size = 1;
  MUST_HOLD(amsel_governor_start(engine, &options, &governor) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_governor_observe(NULL, answer) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_governor_observe_watts(NULL, 1) == AMSEL_ERROR_USAGE);
  MUST_HOLD(!amsel_governor_overloaded(NULL) && amsel_governor_moves(NULL) == 0);
  options.size = sizeof options;
  options.uncertified = 1;
  MUST_HOLD(amsel_governor_start(engine, &options, &governor) == AMSEL_OK);
  MUST_HOLD(amsel_governor_observe(governor, NULL) == AMSEL_ERROR_USAGE);
  amsel_governor_free(governor);
  amsel_governor_free(NULL);
  return NULL;
}

const char* CallEverythingWrongly(amsel_engine* engine, const amsel_answer* answer) {
  amsel_answer* result = NULL;
  amsel_candidate_run run = AMSEL_CANDIDATE_RUN_INIT;
  amsel_point point = AMSEL_POINT_INIT;
  int i;
  const char* fault = AskNothing();
  if (fault == NULL) fault = AskNoEngine();
  if (fault == NULL) fault = BatchWrongly(engine);
  if (fault == NULL) fault = DecideWrongly(engine);
  if (fault != NULL) return fault;
  for (i = -1; i < 100; i += 100) {
    MUST_HOLD(amsel_answer_run(answer, i, &run) == AMSEL_ERROR_USAGE && run.name == NULL);
    MUST_HOLD(amsel_answer_problem(answer, i) == NULL);
    MUST_HOLD(amsel_engine_class_label(engine, i) == NULL);
    MUST_HOLD(amsel_engine_point(engine, i, &point) == AMSEL_ERROR_USAGE && point.name == NULL);
    MUST_HOLD(amsel_engine_certificate(engine, i, 0) == NULL && amsel_engine_certificate(engine, 0, i) == NULL);
  }
  MUST_HOLD(amsel_answer_run(answer, 0, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_answer_times(answer, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_engine_point(engine, 0, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_engine_set_point(engine, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_engine_set_point(engine, "warp") == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_encoded(engine, NULL, 4, NULL, &result) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_encoded(engine, "x", 1, NULL, NULL) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_file(engine, NULL, NULL, &result) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_run_pixels(engine, NULL, NULL, &result) == AMSEL_ERROR_USAGE);
  MUST_HOLD(amsel_set_image_threads(0) == AMSEL_ERROR_USAGE);
  return GovernWrongly(engine, answer);
}
