/* A back end for tests, as others would write one. It speaks amsel_backend.h faultlessly, or with the one fault that
   $FAKE_PLUGIN_FAULT names. A "DNN" is a text file: "fake-dnn NAME CHANNELS SIDE VALUES". Value v of its output is v
   times the mean of the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amsel/amsel_backend.h"

struct amsel_session {
  int64_t input_shape[4];
  int64_t output_shape[2];
  int values;
};

static int HasFault(const char* fault) {
  const char* wanted = getenv("FAKE_PLUGIN_FAULT");
  return wanted != NULL && strcmp(wanted, fault) == 0;
}

static amsel_backend_status Open(void* context, const char* path, const amsel_session_options* options,
                                 amsel_session** session, char* error, size_t error_size) {
  FILE* file;
  int channels = 0;
  int side = 0;
  int values = 0;
  int read;
  (void)context;
  *session = NULL;
  if (HasFault("open-fails")) {
    snprintf(error, error_size, "the accelerator is not plugged in");
    return AMSEL_BACKEND_RUNTIME;
  }
  if (HasFault("no-session")) return AMSEL_BACKEND_OK;
  if (options->precision != AMSEL_PRECISION_FULL) {
    snprintf(error, error_size, "there is no half precision");
    return AMSEL_BACKEND_USAGE;
  }
  file = fopen(path, "r");
  if (file == NULL) {
    snprintf(error, error_size, "cannot be read");
    return AMSEL_BACKEND_BAD_INPUT;
  }
  read = fscanf(file, "fake-dnn %*s %d %d %d", &channels, &side, &values);
  fclose(file);
  if (read != 3) {
    snprintf(error, error_size, "is no fake DNN");
    return AMSEL_BACKEND_BAD_INPUT;
  }
  *session = malloc(sizeof(amsel_session));
  if (*session == NULL) return AMSEL_BACKEND_RUNTIME;
  (*session)->input_shape[0] = (*session)->output_shape[0] = -1;
  (*session)->input_shape[1] = channels;
  (*session)->input_shape[2] = (*session)->input_shape[3] = side;
  (*session)->output_shape[1] = HasFault("free-values") ? -1 : values;
  (*session)->values = values;
  return AMSEL_BACKEND_OK;
}

static void Describe(const amsel_session* session, amsel_session_info* info) {
  (void)session;
  info->input_count = HasFault("no-inputs") ? 0 : 1;
  info->output_count = 1;
  info->concurrent = 1;
}

static void DescribeInput(const amsel_session* session, int index, amsel_tensor_info* info) {
  (void)index;
  info->name = HasFault("no-name") ? NULL : "input";
  info->type = AMSEL_FLOAT32;
  info->rank = 4;
  info->shape = session->input_shape;
}

static void DescribeOutput(const amsel_session* session, int index, amsel_tensor_info* info) {
  (void)index;
  info->name = "logits";
  info->type = AMSEL_FLOAT32;
  if (HasFault("half-output")) info->type = AMSEL_FLOAT16;
  if (HasFault("other-output") || HasFault("unnamed-output")) info->type = AMSEL_OTHER_TYPE;
  if (HasFault("other-output") && info->size >= sizeof(*info)) info->type_name = "int64";
  info->rank = 2;
  info->shape = session->output_shape;
}

static amsel_backend_status Batch(amsel_session* session, amsel_inference* inference, char* error, size_t error_size) {
  const size_t pixels = inference->input_bytes / sizeof(float) / (size_t)inference->batch;
  const float* input = inference->input;
  size_t v;
  size_t i;
  int b;
  if (HasFault("run-fails")) {
    snprintf(error, error_size, "the accelerator was pulled out");
    return AMSEL_BACKEND_RUNTIME;
  }
  if (HasFault("run-fails-silently")) return AMSEL_BACKEND_RUNTIME;
  inference->count = (size_t)session->values * (size_t)inference->batch;
  if (HasFault("too-many-values")) inference->count = inference->capacity + 1;
  if (HasFault("more-room-for-ever")) inference->count = inference->capacity + 1;
  if (HasFault("more-room-for-ever")) return AMSEL_BACKEND_MORE_ROOM;
  if (HasFault("too-few-values")) inference->count = 1;
  if (inference->count > inference->capacity && HasFault("too-many-values")) return AMSEL_BACKEND_OK;
  if (inference->count > inference->capacity) return AMSEL_BACKEND_MORE_ROOM;
  for (b = 0; b < inference->batch; ++b) {
    float sum = 0;
    for (i = 0; i < pixels; ++i) sum += input[(size_t)b * pixels + i];
    for (v = 0; v < (size_t)session->values && (size_t)b * (size_t)session->values + v < inference->count; ++v) {
      inference->output[(size_t)b * (size_t)session->values + v] = (float)v * sum / (float)pixels;
    }
  }
  return AMSEL_BACKEND_OK;
}

static void Close(amsel_session* session) {
  free(session);
}

static const char* const kProviders[] = {"cpu", "npu", NULL};

const amsel_backend_api* amsel_backend_entry(uint32_t host_abi) {
  static const amsel_backend_api kFaultless = {sizeof(amsel_backend_api),
                                               AMSEL_BACKEND_ABI,
                                               "fake-plugin",
                                               "1.2",
                                               kProviders,
                                               NULL,
                                               Open,
                                               Describe,
                                               DescribeInput,
                                               DescribeOutput,
                                               Batch,
                                               Batch,
                                               Close};
  static amsel_backend_api table;
  table = kFaultless;
  if (HasFault("no-table") || host_abi != AMSEL_BACKEND_ABI) return NULL;
  if (HasFault("wrong-version")) table.abi = AMSEL_BACKEND_ABI + 1;
  if (HasFault("short-table")) table.size = sizeof(size_t);
  if (HasFault("table-of-an-older-draft")) table.size -= sizeof(table.close);
  if (HasFault("no-run")) table.run = NULL;
  if (HasFault("no-batch")) table.batch = NULL;
  if (HasFault("bad-name")) table.name = "../etc";
  if (HasFault("longer-table")) table.size += 64;
  return &table;
}
