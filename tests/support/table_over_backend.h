// Any Backend through the table of amsel_backend.h, as a plug-in would offer it: what goes that way must come out the
// same.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "amsel/amsel_backend.h"
#include "amsel/backend.h"

namespace amsel {

/// Must outlive what is opened through the table; `backend` must outlive it.
class TableOverBackend {
 public:
  explicit TableOverBackend(Backend& backend) : backend_(backend), name_(backend.name()), version_(backend.version()) {
    provider_names_ = backend.providers();
    for (const std::string& name : provider_names_) providers_.push_back(name.c_str());
    providers_.push_back(nullptr);
    table_ = {sizeof(amsel_backend_api),
              AMSEL_BACKEND_ABI,
              name_.c_str(),
              version_.c_str(),
              providers_.data(),
              this,
              Open,
              Describe,
              DescribeInput,
              DescribeOutput,
              Run,
              Run,
              Close};
  }
  TableOverBackend(const TableOverBackend&) = delete;
  TableOverBackend& operator=(const TableOverBackend&) = delete;

  const amsel_backend_api* table() const { return &table_; }

 private:
  static amsel_backend_status Fail(const Error& failure, char* error, std::size_t size) {
    std::snprintf(error, size, "%s", failure.message.c_str());
    if (failure.kind == ErrorKind::kUsage) return AMSEL_BACKEND_USAGE;
    return failure.kind == ErrorKind::kBadInput ? AMSEL_BACKEND_BAD_INPUT : AMSEL_BACKEND_RUNTIME;
  }

  static Session& Of(const amsel_session* session) {
    return *reinterpret_cast<Session*>(const_cast<amsel_session*>(session));
  }

  static amsel_backend_status Open(void* context, const char* path, const amsel_session_options* options,
                                   amsel_session** session, char* error, std::size_t size) {
    SessionOptions wanted{options->threads, static_cast<GraphOptimization>(options->graph)};
    wanted.precision = static_cast<Precision>(options->precision);
    if (options->provider != nullptr) wanted.provider = options->provider;
    if (options->cache != nullptr) wanted.cache = options->cache;
    auto opened = static_cast<TableOverBackend*>(context)->backend_.Open(path, wanted);
    *session = opened.ok() ? reinterpret_cast<amsel_session*>(opened->release()) : nullptr;
    return opened.ok() ? AMSEL_BACKEND_OK : Fail(opened.error(), error, size);
  }

  static void Describe(const amsel_session* session, amsel_session_info* info) {
    info->input_count = static_cast<int>(Of(session).info().inputs.size());
    info->output_count = static_cast<int>(Of(session).info().outputs.size());
    info->concurrent = Of(session).concurrent() ? 1 : 0;
  }

  static void Tell(const TensorInfo& from, amsel_tensor_info* info) {
    info->name = from.name.c_str();
    constexpr int kTypes[] = {AMSEL_FLOAT32, AMSEL_UINT8, AMSEL_INT8, AMSEL_FLOAT16, AMSEL_FLOAT64, AMSEL_OTHER_TYPE};
    info->type = kTypes[static_cast<std::size_t>(from.type)];
    info->type_name = from.type_name.c_str();
    info->rank = static_cast<int>(from.shape.size());
    info->shape = from.shape.data();
  }
  static void DescribeInput(const amsel_session* session, int index, amsel_tensor_info* info) {
    Tell(Of(session).info().inputs[static_cast<std::size_t>(index)], info);
  }
  static void DescribeOutput(const amsel_session* session, int index, amsel_tensor_info* info) {
    Tell(Of(session).info().outputs[static_cast<std::size_t>(index)], info);
  }

  static amsel_backend_status Run(amsel_session* session, amsel_inference* inference, char* error, std::size_t size) {
    std::vector<float> output;
    const std::span input(static_cast<const std::byte*>(inference->input), inference->input_bytes);
    const Status status =
        Of(session).Run(inference->input_index, input, inference->batch, inference->output_index, output);
    if (!status.ok()) return Fail(status.error(), error, size);
    inference->count = output.size();
    if (output.size() > inference->capacity) return AMSEL_BACKEND_MORE_ROOM;
    std::copy(output.begin(), output.end(), inference->output);
    return AMSEL_BACKEND_OK;
  }

  static void Close(amsel_session* session) { delete &Of(session); }

  Backend& backend_;
  std::string name_;
  std::string version_;
  std::vector<std::string> provider_names_;
  std::vector<const char*> providers_;
  amsel_backend_api table_{};
};

}  // namespace amsel
