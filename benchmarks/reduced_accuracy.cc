// What decoding at a reduced size does to accuracy: each photo is enlarged and encoded anew, in memory; every candidate
// answers the photo itself, the enlarged copy decoded whole, and the enlarged copy decoded reduced.
//   bench_reduced_accuracy ZOO IMAGES [MIN_SIDE [FACTOR]]
// By default MIN_SIDE is what the zoo needs (as is 0), and FACTOR 4. With FACTOR 1 the photos are taken as they are.
#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "backend/candidate_runner.h"
#include "backend/canonical.h"
#include "backend/onnxruntime_backend.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "card/zoo.h"
#include "image/decode.h"
#include "image/image_reader.h"
#include "image/mat.h"
#include "image/preprocess.h"
#include "profile/dataset.h"

namespace amsel {
namespace {

constexpr int kVariants = 3;  // itself, enlarged and whole, enlarged and reduced

struct Contender {
  CandidateRunner runner;
  Preprocessor preprocessor;
  int right[kVariants] = {};
};

std::string Enlarged(const Image& image, int factor) {
  cv::Mat large;
  cv::resize(MatOf(image), large, {}, factor, factor, cv::INTER_CUBIC);
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", large, bytes, {cv::IMWRITE_JPEG_QUALITY, 95});
  return {bytes.begin(), bytes.end()};
}

Status Answer(Contender& contender, std::size_t classes, const Image& image, int label, int variant) {
  std::vector<std::byte> tensor(TensorBytes(contender.preprocessor.spec()));
  contender.preprocessor.Apply(image, tensor);
  AMSEL_RETURN_IF_ERROR(contender.runner.Infer(tensor));
  std::vector<float> log_probs(classes);
  AMSEL_RETURN_IF_ERROR(contender.runner.Canonical(log_probs));
  contender.right[variant] += TopClass(log_probs) == label ? 1 : 0;
  return {};
}

Status Main(const std::string& zoo_path, const std::string& images_path, int min_side, int factor) {
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(zoo_path));
  AMSEL_ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(images_path, zoo.labels));
  AMSEL_ASSIGN_OR_RETURN(const auto backend, OpenOnnxRuntime());
  std::vector<Contender> contenders;
  std::vector<Preprocess> inputs;
  for (const ZooEntry& entry : zoo.entries) {
    AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner, CandidateRunner::Open(*backend, {}, entry.model_file, entry.card,
                                                                         static_cast<int>(zoo.labels.size())));
    inputs.push_back(runner.card().preprocess);
    contenders.push_back({std::move(runner), Preprocessor(inputs.back())});
  }
  const DecodeOptions reduced{DecodeOptions().max_pixels, min_side > 0 ? min_side : DecodeMinSide(inputs)};
  ImageReader reader;
  int shrunk = 0;
  for (const LabelledImage& listed : dataset.images) {
    AMSEL_ASSIGN_OR_RETURN(const std::string bytes, reader.Fetch(listed.reference));
    AMSEL_ASSIGN_OR_RETURN(const Image itself, DecodeImage(bytes));
    const std::string enlarged = factor > 1 ? Enlarged(itself, factor) : bytes;
    AMSEL_ASSIGN_OR_RETURN(const Image whole, DecodeImage(enlarged));
    AMSEL_ASSIGN_OR_RETURN(const Image small, DecodeImage(enlarged, reduced));
    shrunk += small.width < small.full_width ? 1 : 0;
    const Image* variants[kVariants] = {&itself, &whole, &small};
    for (Contender& contender : contenders) {
      for (int v = 0; v < kVariants; ++v)
        AMSEL_RETURN_IF_ERROR(Answer(contender, zoo.labels.size(), *variants[v], listed.label, v));
    }
  }
  std::vector<std::vector<std::string>> rows;
  const double points = 100.0 / static_cast<double>(dataset.images.size());
  for (const Contender& c : contenders) {
    rows.push_back({c.runner.card().name, fmt::format("{:.2f}", points * c.right[0]),
                    fmt::format("{:.2f}", points * c.right[1]), fmt::format("{:.2f}", points * c.right[2]),
                    fmt::format("{:+.2f}", points * (c.right[2] - c.right[1])),
                    fmt::format("{:+.2f}", points * (c.right[2] - c.right[0]))});
  }
  fmt::print("top-1 % on {} photos, enlarged {} times; {} of the copies decoded reduced (shorter side >= {})\n\n{}",
             dataset.images.size(), factor, shrunk, reduced.min_side,
             FormatTable({"", "photo", "copy whole", "copy reduced", "by reducing", "against the photo"}, rows));
  return {};
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print("bench_reduced_accuracy ZOO IMAGES [MIN_SIDE [FACTOR]]: not run, takes minutes and photos\n");
    return 0;
  }
  const int min_side = argc > 3 ? std::atoi(argv[3]) : 0;
  const int factor = argc > 4 ? std::atoi(argv[4]) : 4;
  const amsel::Status status = amsel::Main(argv[1], argv[2], min_side, factor);
  if (!status.ok()) fmt::print(stderr, "bench_reduced_accuracy: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
