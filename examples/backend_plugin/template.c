/* A template for a back end of your own (docs/backends.md). It is whole and works, with a "device" that you replace:
   one that computes a linear classifier from a text file "CHANNELS HEIGHT WIDTH CLASSES", then for each class a bias
   and a weight by which the sum of the input is multiplied. Search for YOUR DEVICE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amsel/amsel_backend.h"

/* One loaded DNN: what your device needs to run it, and what amsel asks about it. */
struct amsel_session {
  int64_t input_shape[4];
  int64_t output_shape[2];
  int classes;
  float* parameters; /* a bias and a weight a class */
};

static amsel_backend_status fail(amsel_backend_status status, const char* why, char* error, size_t error_size) {
  snprintf(error, error_size, "%s", why);
  return status;
}

static void close_session(amsel_session* session) {
  /* YOUR DEVICE: release what the session holds there. */
  free(session->parameters);
  free(session);
}

/* YOUR DEVICE: read the file, compile it for the device, keep what runs it. */
static int read_classifier(FILE* file, amsel_session* session) {
  int channels = 0;
  int height = 0;
  int width = 0;
  int i;
  if (fscanf(file, "%d %d %d %d", &channels, &height, &width, &session->classes) != 4) return 0;
  if (channels < 1 || height < 1 || width < 1 || session->classes < 1 || session->classes > 100000) return 0;
  session->input_shape[0] = session->output_shape[0] = -1; /* any number of inputs at once */
  session->input_shape[1] = channels;
  session->input_shape[2] = height;
  session->input_shape[3] = width;
  session->output_shape[1] = session->classes;
  session->parameters = malloc(2 * (size_t)session->classes * sizeof(float));
  if (session->parameters == NULL) return 0;
  for (i = 0; i < 2 * session->classes; ++i) {
    if (fscanf(file, "%f", &session->parameters[i]) != 1) return 0;
  }
  return 1;
}

static amsel_backend_status open_session(void* context, const char* path, const amsel_session_options* options,
                                         amsel_session** session, char* error, size_t error_size) {
  FILE* file;
  int read;
  (void)context;
  *session = NULL;
  if (options->precision == AMSEL_PRECISION_HALF) {
    return fail(AMSEL_BACKEND_USAGE, "this device has no half precision", error, error_size);
  }
  file = fopen(path, "r");
  if (file == NULL) return fail(AMSEL_BACKEND_BAD_INPUT, "the file cannot be read", error, error_size);
  *session = calloc(1, sizeof(amsel_session));
  read = *session != NULL && read_classifier(file, *session);
  fclose(file);
  if (read) return AMSEL_BACKEND_OK;
  if (*session != NULL) close_session(*session);
  *session = NULL;
  return fail(AMSEL_BACKEND_BAD_INPUT, "the file holds no such classifier", error, error_size);
}

static void describe(const amsel_session* session, amsel_session_info* info) {
  (void)session;
  info->input_count = 1;
  info->output_count = 1;
  info->concurrent = 1; /* run changes nothing in the session; 0 where your device takes one at a time */
}

static void describe_input(const amsel_session* session, int index, amsel_tensor_info* info) {
  (void)index;
  info->name = "input";
  info->type = AMSEL_FLOAT32;
  info->rank = 4;
  info->shape = session->input_shape;
}

static void describe_output(const amsel_session* session, int index, amsel_tensor_info* info) {
  (void)index;
  info->name = "logits";
  info->type = AMSEL_FLOAT32;
  info->rank = 2;
  info->shape = session->output_shape;
}

/* Serves run and batch alike. */
static amsel_backend_status run(amsel_session* session, amsel_inference* inference, char* error, size_t error_size) {
  const size_t classes = (size_t)session->classes;
  const size_t batch = (size_t)inference->batch;
  const size_t values = (size_t)(session->input_shape[1] * session->input_shape[2] * session->input_shape[3]);
  const float* input = inference->input;
  size_t b;
  size_t i;
  if (inference->input_bytes != batch * values * sizeof(float)) {
    return fail(AMSEL_BACKEND_USAGE, "the input is not of the DNN's size", error, error_size);
  }
  inference->count = batch * classes;
  if (inference->count > inference->capacity) return AMSEL_BACKEND_MORE_ROOM;
  /* YOUR DEVICE: copy the input there, run, copy the output back. */
  for (b = 0; b < batch; ++b) {
    float sum = 0;
    for (i = 0; i < values; ++i) sum += input[b * values + i];
    for (i = 0; i < classes; ++i) {
      inference->output[b * classes + i] = session->parameters[2 * i] + session->parameters[2 * i + 1] * sum;
    }
  }
  return AMSEL_BACKEND_OK;
}

const amsel_backend_api* amsel_backend_entry(uint32_t host_abi) {
  static const char* const providers[] = {"cpu", NULL}; /* YOUR DEVICE: its names, the default first */
  static const amsel_backend_api table = {
      sizeof(amsel_backend_api),
      AMSEL_BACKEND_ABI,
      "template", /* YOUR DEVICE: its name, which profiles and bundles record */
      "1.0",
      providers,
      NULL,
      open_session,
      describe,
      describe_input,
      describe_output,
      run,
      run,
      close_session,
  };
  return host_abi == AMSEL_BACKEND_ABI ? &table : NULL;
}
