// What profiling costs beyond the inference that it measures, and whether it measures that rightly.
//   bench_profile [ZOO IMAGES [COUNT]]      (default: the demo zoo and 2,000 of its images)
// 1. The profiler's turns against a bare ONNX Runtime loop: same images, same blocks, same process, turn about.
// 2. The wall time of a whole profile against the sum of the inference times in it.
#include <fmt/core.h>
#include <onnxruntime_cxx_api.h>

#include <cstdlib>
#include <filesystem>

#include "backend/onnxruntime_backend.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "features/features.h"
#include "image/image_reader.h"
#include "image/threads.h"
#include "profile/block.h"
#include "profile/profiler.h"
#include "profile/table.h"

namespace amsel {
namespace {

constexpr std::size_t kBlock = 64;

/// The least program that runs a DNN: no amsel code between the clock's two readings.
class BareLoop {
 public:
  BareLoop(Ort::Env& environment, const ZooEntry& entry) : card_(entry.card), session_(nullptr) {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.AddConfigEntry("session.x64quantprecision", "1");  // as the back end does
    session_ = Ort::Session(environment, entry.model_file.c_str(), options);
  }

  Nanoseconds Run(std::vector<float>& tensor) {
    const Preprocess& p = card_.preprocess;
    const bool planar = p.layout == TensorLayout::kNchw;
    const std::int64_t shape[] = {1, planar ? p.channel_count() : p.height, planar ? p.height : p.width,
                                  planar ? p.width : p.channel_count()};
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const Nanoseconds start = clock_.Now();
    const Ort::Value input = Ort::Value::CreateTensor<float>(memory, tensor.data(), tensor.size(), shape, 4);
    const char* in = card_.input_name.c_str();
    const char* out = card_.output_name.c_str();
    const auto result = session_.Run(Ort::RunOptions{nullptr}, &in, &input, 1, &out, 1);
    return clock_.Now() - start;
  }

 private:
  Card card_;
  Ort::Session session_;
  SteadyClock clock_;
};

struct Sums {
  Nanoseconds profiler{0};
  Nanoseconds bare{0};
};

Status TurnAbout(ProfiledCandidate& candidate, BareLoop& bare, const std::vector<const Image*>& images, bool bare_first,
                 Sums& sums) {
  const SteadyClock clock;
  std::vector<float> tensor(candidate.tensor.size() / sizeof(float));
  const auto run_bare = [&] {
    candidate.preprocessor.Apply(*images.front(), std::as_writable_bytes(std::span(tensor)));
    bare.Run(tensor);
    for (const Image* image : images) {
      candidate.preprocessor.Apply(*image, std::as_writable_bytes(std::span(tensor)));
      sums.bare += bare.Run(tensor);
    }
  };
  if (bare_first) run_bare();
  AMSEL_RETURN_IF_ERROR(
      RunTurn(candidate, images, clock, [&](std::size_t, const RunTimes& times, const auto& log_probs) -> Status {
        if (!log_probs.ok()) return log_probs.error();
        sums.profiler += times.inference.wall;
        return {};
      }));
  if (!bare_first) run_bare();
  return {};
}

Status CompareTurns(const Zoo& zoo, const std::vector<LabelledImage>& listed, Backend& backend) {
  Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "bench");
  std::vector<ProfiledCandidate> candidates;
  std::vector<BareLoop> bare;
  for (const ZooEntry& entry : zoo.entries) {
    if (entry.card.preprocess.type != ElementType::kFloat32) return UsageError("float32 inputs only");
    AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner, CandidateRunner::Open(backend, {}, entry.model_file, entry.card,
                                                                         static_cast<int>(zoo.labels.size())));
    const Preprocess preprocess = runner.card().preprocess;
    candidates.push_back({std::move(runner), Preprocessor(preprocess), std::vector<std::byte>(TensorBytes(preprocess)),
                          std::vector<float>(zoo.labels.size())});
    bare.emplace_back(environment, entry);
  }
  std::vector<Sums> sums(candidates.size());
  ImageReader reader;
  for (std::size_t begin = 0, block = 0; begin < listed.size(); begin += kBlock, ++block) {
    std::vector<Image> images;
    for (std::size_t i = begin; i < std::min(begin + kBlock, listed.size()); ++i) {
      AMSEL_ASSIGN_OR_RETURN(const std::string bytes, reader.Fetch(listed[i].reference));
      AMSEL_ASSIGN_OR_RETURN(Image image, DecodeImage(bytes));
      images.push_back(std::move(image));
    }
    std::vector<const Image*> turn;
    for (const Image& image : images) turn.push_back(&image);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      AMSEL_RETURN_IF_ERROR(TurnAbout(candidates[c], bare[c], turn, block % 2 == 0, sums[c]));
    }
  }
  std::vector<std::vector<std::string>> rows;
  Sums all;
  const auto add = [&](const std::string& name, const Sums& s) {
    const auto ratio = static_cast<double>(s.profiler.count()) / static_cast<double>(s.bare.count());
    rows.push_back({name, fmt::format("{:.1f}", Milliseconds(s.profiler)), fmt::format("{:.1f}", Milliseconds(s.bare)),
                    fmt::format("{:.3f}", ratio)});
  };
  for (std::size_t c = 0; c < sums.size(); ++c) {
    add(zoo.entries[c].card.name, sums[c]);
    all.profiler += sums[c].profiler;
    all.bare += sums[c].bare;
  }
  add("all", all);
  fmt::print("inference times, {} images in turns of {}\n\n{}\n", listed.size(), kBlock,
             FormatTable({"", "profiler ms", "bare ONNX Runtime ms", "ratio"}, rows));
  return {};
}

Status CompareWall(const Zoo& zoo, const std::vector<LabelledImage>& listed, Backend& backend) {
  const SteadyClock clock;
  const std::string file = (std::filesystem::temp_directory_path() / "bench_profile.db").string();
  RemoveProfile(file);
  ProfileOptions options;
  options.features = AllFeatureNames();
  const Nanoseconds start = clock.Now();
  AMSEL_RETURN_IF_ERROR(RunProfile(zoo, listed, backend, clock, file, options));
  const double wall = Milliseconds(clock.Now() - start);
  AMSEL_ASSIGN_OR_RETURN(const ProfileTable table, ProfileTable::Load(file));
  RemoveProfile(file);
  double inference = 0;
  for (std::size_t c = 0; c < table.candidate_count(); ++c) {
    inference += table.MeanInferenceMs(c) * static_cast<double>(table.image_count());
  }
  fmt::print("whole profile {:.1f} ms, inference in it {:.1f} ms: all else adds {:.1f} %\n", wall, inference,
             100 * (wall / inference - 1));
  return {};
}

Status Main(const std::string& zoo_path, const std::string& images_path, std::size_t count) {
  SetImageThreads(1);
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(zoo_path));
  AMSEL_ASSIGN_OR_RETURN(Dataset dataset, LoadDataset(images_path, zoo.labels));
  std::vector<LabelledImage>& images = dataset.images;
  images.resize(std::min(images.size(), count));
  AMSEL_ASSIGN_OR_RETURN(const auto backend, OpenOnnxRuntime());
  AMSEL_RETURN_IF_ERROR(CompareTurns(zoo, images, *backend));
  return CompareWall(zoo, images, *backend);
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  const std::string zoo = argc > 2 ? argv[1] : "zoo/fashion";
  const std::string images = argc > 2 ? argv[2] : "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz";
  const std::size_t count = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : argc > 2 ? SIZE_MAX : 2000;
  const amsel::Status status = amsel::Main(zoo, images, count);
  if (!status.ok()) fmt::print(stderr, "bench_profile: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}
