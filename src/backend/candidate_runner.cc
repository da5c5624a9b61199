#include "backend/candidate_runner.h"

#include <algorithm>

#include "backend/canonical.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr const char* kTypeNames[] = {"float32", "uint8", "int8", "float16", "another type"};

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + (shape[i] < 0 ? std::string("?") : std::to_string(shape[i]));
  }
  return text + "]";
}

/// Index of the tensor called `name`; an empty name takes the only one there is, and becomes its name.
Result<int> FindTensor(const std::vector<TensorInfo>& tensors, const std::string& what, const std::string& file,
                       std::string& name) {
  if (name.empty() && tensors.size() == 1) name = tensors.front().name;
  std::string all;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].name == name) return static_cast<int>(i);
    all += " `" + tensors[i].name + "`";
  }
  const std::string fault = name.empty() ? "has more than one " + what + "; its card must name one (`"
                                         : "has no " + what + " `" + name + "` as its card says (`";
  return BadInput(file + ": " + fault + what + ".name`); it has:" + all);
}

/// `declared` of −1 fits all; a `size` of 0 (partial card) takes what is declared.
bool FitOrFill(std::int64_t declared, int& size) {
  if (size == 0 && declared > 0) size = static_cast<int>(declared);
  return size > 0 && (declared < 0 || declared == size);
}

Status MatchInput(const TensorInfo& tensor, const std::string& file, Preprocess& p) {
  if (tensor.type != p.type) {
    return BadInput(file + ": input `" + tensor.name + "` is " + kTypeNames[static_cast<int>(tensor.type)] +
                    ", its card says (`input.dtype`) " + kTypeNames[static_cast<int>(p.type)]);
  }
  const bool planar = p.layout == TensorLayout::kNchw;
  int channels = p.channel_count();
  const bool fits = tensor.shape.size() == 4 && (tensor.shape[0] == 1 || tensor.shape[0] < 0) &&
                    FitOrFill(tensor.shape[planar ? 1 : 3], channels) &&
                    FitOrFill(tensor.shape[planar ? 2 : 1], p.height) &&
                    FitOrFill(tensor.shape[planar ? 3 : 2], p.width);
  const auto free =
      fits ? std::count_if(tensor.shape.begin() + 1, tensor.shape.end(), [](auto size) { return size < 0; }) : 0;
  const bool square = fits && tensor.shape[planar ? 1 : 3] > 0 && p.height == p.width;
  if (free > 2 || (free == 2 && !square)) {  // back ends tell free sizes from the number of values
    return BadInput(file + ": input `" + tensor.name + "` has shape " + ShapeText(tensor.shape) +
                    ", too free for what its card says; give the file fixed sizes " +
                    "(onnxruntime.tools.make_dynamic_shape_fixed does)");
  }
  if (fits) return {};
  return BadInput(file + ": input `" + tensor.name + "` has shape " + ShapeText(tensor.shape) +
                  ", its card says (`input`) " + (planar ? "NCHW" : "NHWC") + " with " +
                  std::to_string(p.channel_count()) + " channels, height " + std::to_string(p.height) + " and width " +
                  std::to_string(p.width));
}

}  // namespace

Status MatchCard(const SessionInfo& info, int classes, const std::string& file, Card& card) {
  AMSEL_ASSIGN_OR_RETURN(const int input, FindTensor(info.inputs, "input", file, card.input_name));
  AMSEL_ASSIGN_OR_RETURN(const int output, FindTensor(info.outputs, "output", file, card.output_name));
  AMSEL_RETURN_IF_ERROR(MatchInput(info.inputs[static_cast<std::size_t>(input)], file, card.preprocess));
  const TensorInfo& out = info.outputs[static_cast<std::size_t>(output)];
  if (out.type != ElementType::kFloat32) return BadInput(file + ": output `" + out.name + "` is not float32");
  const std::int64_t values = out.shape.empty() ? -1 : out.shape.back();
  if (classes != kAnyOutputs && values >= 0 && values != classes + card.skip_leading_classes) {
    return BadInput(file + ": output `" + out.name + "` has " + std::to_string(values) + " values, but there are " +
                    std::to_string(classes) + " labels and " + std::to_string(card.skip_leading_classes) +
                    " leading classes to skip (`labels`, `output.skip_leading_classes`)");
  }
  return {};
}

Result<CandidateRunner> CandidateRunner::Open(Backend& backend, const SessionOptions& options,
                                              const std::string& model_file, Card card, int classes) {
  AMSEL_ASSIGN_OR_RETURN(std::shared_ptr<Session> session, backend.Open(model_file, options));
  return Over(std::move(session), model_file, std::move(card), classes);
}

Result<CandidateRunner> CandidateRunner::Over(std::shared_ptr<Session> session, const std::string& model_file,
                                              Card card, int classes) {
  AMSEL_RETURN_IF_ERROR(MatchCard(session->info(), classes, model_file, card));
  const SessionInfo& info = session->info();
  AMSEL_ASSIGN_OR_RETURN(const int input, FindTensor(info.inputs, "input", model_file, card.input_name));
  AMSEL_ASSIGN_OR_RETURN(const int output, FindTensor(info.outputs, "output", model_file, card.output_name));
  return CandidateRunner(std::move(card), std::move(session), input, output, classes);
}

CandidateRunner::~CandidateRunner() = default;
CandidateRunner::CandidateRunner(CandidateRunner&&) noexcept = default;
CandidateRunner& CandidateRunner::operator=(CandidateRunner&&) noexcept = default;

bool CandidateRunner::takes_batches() const {
  return session_->info().inputs[static_cast<std::size_t>(input_index_)].shape.front() < 0;
}

Status CandidateRunner::InferBatch(std::span<const std::byte> tensors, int batch, std::vector<float>& raw) const {
  AMSEL_RETURN_IF_ERROR(session_->Run(input_index_, tensors, batch, output_index_, raw));
  const std::size_t expected = static_cast<std::size_t>(batch) * values_;
  if (batch == 1 || raw.size() == expected) return {};
  return RuntimeFailure("the candidate gave " + std::to_string(raw.size()) + " values for a batch of " +
                        std::to_string(batch) + ", expected " + std::to_string(expected));
}

Status CandidateRunner::Canonical(std::span<const float> raw, std::span<float> log_probs) const {
  return Canonicalize(raw, card_.output_kind, card_.skip_leading_classes, log_probs);
}

Status CandidateRunner::Infer(std::span<const std::byte> tensor) {
  return InferBatch(tensor, 1, raw_);
}

Status CandidateRunner::Canonical(std::span<float> log_probs) const {
  return Canonical(raw_, log_probs);
}

}  // namespace amsel
