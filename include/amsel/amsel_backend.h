// Back ends as plug-ins: what a shared object offers so that amsel runs DNNs with it (docs/backends.md is the guide).
// Plain C99; nothing of amsel is linked.
//
// A plug-in exports one function, amsel_backend_entry, which gives a table of functions. amsel opens the shared object,
// calls it (once for each engine that uses it, maybe from several threads at once) and never closes the object again.
//
// Versions. Within one AMSEL_BACKEND_ABI the structs only grow, at their ends. Each begins with `size`: whoever fills a
// struct sets it to the sizeof that he was built with, whoever reads it looks at no field beyond. A plug-in that is
// older than amsel lacks the newest fields, one that is newer has more than amsel looks at; both work. What would break
// that raises AMSEL_BACKEND_ABI, and then a plug-in must be built anew.
//
// Ownership. Texts and arrays that are handed over belong to whoever made them. Those in the table live as long as the
// shared object, those of a session until it is closed, those that amsel passes until the call returns. Sessions are
// made by open and freed by close, each once.
//
// Threads. The table's functions may be called by any number of threads at once, but for one session: unless its info
// says `concurrent`, amsel calls run and batch of a session one at a time, from any thread. close is called when no
// other call of the session is under way.
//
// Errors. A function that fails returns a status other than 0 and writes why into `error`, UTF-8, ended by a zero
// within `error_size` bytes. No C++ exception, signal or longjmp may leave a plug-in, and none may end the process.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Of this header.
#define AMSEL_BACKEND_ABI 1

typedef enum amsel_backend_status {
  AMSEL_BACKEND_OK = 0,
  AMSEL_BACKEND_MORE_ROOM = 1,  ///< run, batch: `capacity` is too small; *count says how much is needed
  AMSEL_BACKEND_USAGE = 2,      ///< an option that cannot be, a provider that is not there
  AMSEL_BACKEND_BAD_INPUT = 3,  ///< the file is missing, damaged, or of a kind that it cannot run
  AMSEL_BACKEND_RUNTIME = 4     ///< the device failed, or memory was short
} amsel_backend_status;

typedef enum amsel_element_type {
  AMSEL_FLOAT32 = 0,
  AMSEL_UINT8 = 1,
  AMSEL_INT8 = 2,
  AMSEL_OTHER_TYPE = 3,
  AMSEL_FLOAT16 = 4,  ///< IEEE 754's binary16
  AMSEL_FLOAT64 = 5   ///< outputs only: there are no such inputs
} amsel_element_type;

typedef enum amsel_graph_optimization {
  AMSEL_GRAPH_NONE = 0,
  AMSEL_GRAPH_BASIC = 1,
  AMSEL_GRAPH_EXTENDED = 2,
  AMSEL_GRAPH_ALL = 3
} amsel_graph_optimization;

typedef enum amsel_precision {
  AMSEL_PRECISION_FULL = 0,  ///< as many bits as the DNN's file has: no silent bfloat16
  AMSEL_PRECISION_HALF = 1   ///< 16 bits are welcome
} amsel_precision;

/// How a DNN shall be loaded. A plug-in may pass over `threads` and `graph` where they mean nothing to it; a provider
/// or a precision that it lacks is AMSEL_BACKEND_USAGE.
typedef struct amsel_session_options {
  size_t size;           ///< sizeof(amsel_session_options)
  int threads;           ///< that one inference may use, at least 1
  int graph;             ///< an amsel_graph_optimization
  const char* provider;  ///< one of the table's; NULL: its first
  int precision;         ///< an amsel_precision
  const char* cache;     ///< folder for what is compiled from the DNN; NULL: keep nothing
} amsel_session_options;

/// What a loaded DNN has.
typedef struct amsel_session_info {
  size_t size;      ///< sizeof(amsel_session_info), set by amsel
  int input_count;  ///< of inputs that must be given: those with a default do not count. amsel gives one, and refuses
                    ///< more
  int output_count;
  int concurrent;  ///< not 0: run and batch may be called by several threads at once
} amsel_session_info;

/// One input or output, as the DNN's file declares it.
typedef struct amsel_tensor_info {
  size_t size;  ///< sizeof(amsel_tensor_info), set by amsel
  const char* name;
  int type;  ///< an amsel_element_type
  int rank;  ///< of `shape`
  /// -1 where a dimension is free: usually the first, the batch. One more that is free, or a square's height and width,
  /// follow from the number of values that run is given; a back end may also refuse such files in open.
  const int64_t* shape;
  /// Where `type` is AMSEL_OTHER_TYPE: its name, "int64", for messages. amsel sets NULL, which may stay. Plug-ins look
  /// at `size` before they set it: older releases of amsel end before this field.
  const char* type_name;
} amsel_tensor_info;

/// A loaded DNN: the plug-in's own.
typedef struct amsel_session amsel_session;

/// What to run. Input tensors are contiguous and in the order of the DNN's dimensions; values have the machine's byte
/// order. `input` is aligned to 4 bytes at least, and to no more: copy where more is needed. Outputs are given as
/// float32, whatever type is declared: float16 and float64 converted, of uint8 and int8 the stored numbers. They are
/// raw: amsel applies scale and zero point, and normalises.
typedef struct amsel_inference {
  size_t size;        ///< sizeof(amsel_inference)
  int input_index;    ///< which of the DNN's inputs; there is one that is given
  const void* input;  ///< `batch` tensors one after another
  size_t input_bytes;
  int batch;         ///< run: 1
  int output_index;  ///< which of the DNN's outputs
  float* output;     ///< filled with [batch x values]
  size_t capacity;   ///< floats that fit into it
  size_t count;      ///< set by the plug-in: floats written; with AMSEL_BACKEND_MORE_ROOM: needed
} amsel_inference;

/// The table. All of version 1 but `batch` must be there.
typedef struct amsel_backend_api {
  size_t size;          ///< sizeof(amsel_backend_api)
  uint32_t abi;         ///< AMSEL_BACKEND_ABI
  const char* name;     ///< "openvino": lower case letters, digits, - and _; goes into profiles and bundles
  const char* version;  ///< of what runs the DNNs
  /// What it can run DNNs on, short names in lower case, the default first; ended by NULL. At least one.
  const char* const* providers;
  void* context;  ///< passed to open; the plug-in's own

  /// Loads the DNN in file `path` into *session. On failure *session is NULL.
  amsel_backend_status (*open)(void* context, const char* path, const amsel_session_options* options,
                               amsel_session** session, char* error, size_t error_size);
  void (*describe)(const amsel_session* session, amsel_session_info* info);
  /// Input 0 ... input_count - 1, or output 0 ... output_count - 1.
  void (*describe_input)(const amsel_session* session, int index, amsel_tensor_info* info);
  void (*describe_output)(const amsel_session* session, int index, amsel_tensor_info* info);
  /// Runs one input.
  amsel_backend_status (*run)(amsel_session* session, amsel_inference* inference, char* error, size_t error_size);
  /// Runs several at once, for DNNs whose input declares a free first dimension; NULL: amsel runs them one by one.
  amsel_backend_status (*batch)(amsel_session* session, amsel_inference* inference, char* error, size_t error_size);
  void (*close)(amsel_session* session);
} amsel_backend_api;

/// What a plug-in exports, even where it hides its other symbols. `host_abi` is the AMSEL_BACKEND_ABI that amsel
/// speaks; NULL where the plug-in does not speak it, or cannot work here at all.
__attribute__((visibility("default"))) const amsel_backend_api* amsel_backend_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif
