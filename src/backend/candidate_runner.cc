#include "backend/candidate_runner.h"

#include <algorithm>

#include "backend/canonical.h"
#include "backend/tensor_values.h"
#include "base/status_macros.h"
#include "image/preprocess.h"

namespace amsel {
namespace {

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

/// Of several inputs the one that can be the image, where only one has four dimensions; else "".
std::string OnlyImageInput(const std::vector<TensorInfo>& inputs) {
  const auto is_image = [](const TensorInfo& tensor) { return tensor.shape.size() == 4; };
  const auto first = std::find_if(inputs.begin(), inputs.end(), is_image);
  return std::count_if(inputs.begin(), inputs.end(), is_image) == 1 ? first->name : "";
}

/// What a message about a tensor begins with.
std::string Naming(const std::string& file, const std::string& what, const TensorInfo& tensor) {
  return file + ": " + what + " `" + tensor.name + "`";
}

/// One input is given: the image. Whatever else the DNN wants is named.
Status RefuseFurtherInputs(const std::vector<TensorInfo>& inputs, int image, const std::string& file) {
  std::string further;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (static_cast<int>(i) == image) continue;
    further += (further.empty() ? " `" : ", `") + inputs[i].name + "` (" + TypeText(inputs[i]) + " " +
               ShapeText(inputs[i].shape) + ")";
  }
  if (further.empty()) return {};
  return BadInput(Naming(file, "input", inputs[static_cast<std::size_t>(image)]) + " is given, but the DNN also needs" +
                  further + "; export it with a default for that (an initialiser), or with a constant in its place");
}

/// `declared` of −1 fits all; a `size` of 0 (partial card) takes what is declared.
bool FitOrFill(std::int64_t declared, int& size) {
  if (size == 0 && declared > 0) size = static_cast<int>(declared);
  return size > 0 && (declared < 0 || declared == size);
}

Status MatchInput(const TensorInfo& tensor, const std::string& file, Preprocess& p) {
  if (tensor.type != p.type) {
    return BadInput(Naming(file, "input", tensor) + " is " + TypeText(tensor) + ", its card says (`input.dtype`) " +
                    ElementTypeName(p.type));
  }
  if (tensor.shape.empty()) {
    return BadInput(Naming(file, "input", tensor) + " has no shape in the file, or is a single value; export it with " +
                    "the sizes of an image");
  }
  if (tensor.shape.size() == 4 && tensor.shape[0] > 1) {
    return BadInput(Naming(file, "input", tensor) + " has shape " + ShapeText(tensor.shape) +
                    ": its batch is fixed to " + std::to_string(tensor.shape[0]) +
                    "; export with a batch of 1 or a free one");
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
    return BadInput(Naming(file, "input", tensor) + " has shape " + ShapeText(tensor.shape) +
                    ", too free for what its card says; give the file fixed sizes " +
                    "(onnxruntime.tools.make_dynamic_shape_fixed does)");
  }
  if (fits) return {};
  return BadInput(Naming(file, "input", tensor) + " has shape " + ShapeText(tensor.shape) +
                  ", its card says (`input`) " + (planar ? "NCHW" : "NHWC") + " with " +
                  std::to_string(p.channel_count()) + " channels, height " + std::to_string(p.height) + " and width " +
                  std::to_string(p.width));
}

Status MatchOutputType(const TensorInfo& tensor, const std::string& file, const Card& card) {
  const auto refuse = [&](const std::string& what) { return BadInput(Naming(file, "output", tensor) + what); };
  if (tensor.type == ElementType::kOther) {
    return refuse(" is " + TypeText(tensor) +
                  ", which holds no scores; it must be float32, float16, float64, uint8 or int8 (`output.name`)");
  }
  if (card.output_type && *card.output_type != tensor.type) {
    return refuse(" is " + TypeText(tensor) + ", its card says (`output.dtype`) " + ElementTypeName(*card.output_type));
  }
  if (ElementBytes(tensor.type) != 1 || card.output_type) return {};
  return refuse(
      " is " + TypeText(tensor) + ": its card must say what that means (`output.dtype` \"" + TypeText(tensor) +
      "\", `output.scale`, `output.zero_point`), or drop the file's last QuantizeLinear, so that it is float32");
}

/// A number of values that an output has for one input, against the labels.
Status MatchValues(const TensorInfo& tensor, std::int64_t values, int classes, const std::string& file,
                   const Card& card) {
  const std::string has =
      Naming(file, "output", tensor) + " has " + std::to_string(values) + (values == 1 ? " value" : " values");
  if (card.output_kind == OutputKind::kSigmoid) {
    return values == 1 ? Status() : BadInput(has + ", `output.kind` \"sigmoid\" is for one");
  }
  if (values == classes + card.skip_leading_classes) return {};
  if (values != 1 || classes != 2) {
    return BadInput(has + ", but there are " + std::to_string(classes) + " labels and " +
                    std::to_string(card.skip_leading_classes) +
                    " leading classes to skip (`labels`, `output.skip_leading_classes`)");
  }
  if (MayBeOneValue(card.output_kind, card.skip_leading_classes, 2)) return {};
  return BadInput(has + " for 2 labels: then `output.kind` is \"sigmoid\" where it is the probability of the second, " +
                  "\"logits\" where it is its log-odds, and `output.skip_leading_classes` is 0");
}

Status MatchOutputs(const TensorInfo& tensor, int classes, const std::string& file, const Card& card) {
  const bool sigmoid = card.output_kind == OutputKind::kSigmoid;
  if (sigmoid && classes != 2) {
    return BadInput(file + ": `output.kind` \"sigmoid\" is for two labels, but there are " + std::to_string(classes) +
                    " (`labels`)");
  }
  if (sigmoid && card.skip_leading_classes != 0) {
    return BadInput(file +
                    ": `output.skip_leading_classes` must be 0 with `output.kind` \"sigmoid\", which is one value");
  }
  const std::optional<std::int64_t> values = DeclaredValues(tensor);
  return values ? MatchValues(tensor, *values, classes, file, card) : Status();
}

}  // namespace

Status MatchCard(const SessionInfo& info, int classes, const std::string& file, Card& card) {
  if (card.input_name.empty()) card.input_name = OnlyImageInput(info.inputs);
  AMSEL_ASSIGN_OR_RETURN(const int input, FindTensor(info.inputs, "input", file, card.input_name));
  AMSEL_ASSIGN_OR_RETURN(const int output, FindTensor(info.outputs, "output", file, card.output_name));
  AMSEL_RETURN_IF_ERROR(RefuseFurtherInputs(info.inputs, input, file));
  AMSEL_RETURN_IF_ERROR(MatchInput(info.inputs[static_cast<std::size_t>(input)], file, card.preprocess));
  const TensorInfo& out = info.outputs[static_cast<std::size_t>(output)];
  AMSEL_RETURN_IF_ERROR(MatchOutputType(out, file, card));
  return classes == kAnyOutputs ? Status() : MatchOutputs(out, classes, file, card);
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
  CandidateRunner runner(std::move(card), std::move(session), input, output);
  AMSEL_RETURN_IF_ERROR(runner.CountValues(classes, model_file));
  return runner;
}

Status CandidateRunner::CountValues(int classes, const std::string& file) {
  const std::optional<std::int64_t> declared = DeclaredValues(output());
  values_ = static_cast<std::size_t>(declared.value_or(0));
  if (declared || classes == kAnyOutputs) return {};
  const std::vector<std::byte> zeros(TensorBytes(card_.preprocess));
  if (const Status ran = InferBatch(zeros, 1, raw_); !ran.ok()) {
    return Error{ran.error().kind, file + ": " + ran.error().message};
  }
  values_ = raw_.size();
  return MatchValues(output(), static_cast<std::int64_t>(values_), classes, file, card_);
}

CandidateRunner::~CandidateRunner() = default;
CandidateRunner::CandidateRunner(CandidateRunner&&) noexcept = default;
CandidateRunner& CandidateRunner::operator=(CandidateRunner&&) noexcept = default;

const TensorInfo& CandidateRunner::output() const {
  return session_->info().outputs[static_cast<std::size_t>(output_index_)];
}

bool CandidateRunner::takes_batches() const {
  const std::vector<std::int64_t>& in = session_->info().inputs[static_cast<std::size_t>(input_index_)].shape;
  const std::vector<std::int64_t>& out = output().shape;
  return values_ > 0 && in.front() < 0 && !out.empty() && out.front() < 0;
}

Status CandidateRunner::InferBatch(std::span<const std::byte> tensors, int batch, std::vector<float>& raw) const {
  AMSEL_RETURN_IF_ERROR(session_->Run(input_index_, tensors, batch, output_index_, raw));
  if (ElementBytes(output().type) == 1) {
    const auto real = [&](float stored) {
      return static_cast<float>(card_.output_scale * (static_cast<double>(stored) - card_.output_zero_point));
    };
    std::transform(raw.begin(), raw.end(), raw.begin(), real);
  }
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
