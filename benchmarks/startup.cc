// What it takes from nothing to the first answer.
//   bench_startup [BUNDLE IMAGES [ROUNDS]]      (default: 25 rounds, the demo's bundle)
// Fresh processes in turn: one opens the bundle and answers an image; "bare" opens ONNX Runtime and the bundle's
// cheapest candidate by its card alone, decodes the image and runs it. Times are of whole processes, from before they
// are made until they have ended. Both are this program, so that the libraries that it is linked to count for both. At
// the point that runs the cheapest candidate alone the two do the same work.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "amsel/engine.h"
#include "backend/candidate_runner.h"
#include "backend/onnxruntime_backend.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text_table.h"
#include "benchmarks/bundle_arguments.h"
#include "benchmarks/cheapest_candidate.h"
#include "benchmarks/turn_about.h"
#include "bundle/bundle.h"
#include "image/decode.h"
#include "image/input_set.h"
#include "image/threads.h"

namespace amsel {
namespace {

/// What the process that is measured does: a bundle, a point, an image.
Status AnswerOne(const std::string& bundle, const std::string& point, const std::string& image) {
  SetImageThreads(1);
  EngineOptions options;
  options.operating_point = point;
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(bundle, options));
  AMSEL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(image));
  AMSEL_RETURN_IF_ERROR(engine.Run(bytes));
  return {};
}

/// The same without amsel's engine: a candidate's folder, the number of classes, an image.
Status RunBare(const std::string& folder, const std::string& classes, const std::string& image) {
  SetImageThreads(1);
  const std::string card_file = folder + "/card.json";
  AMSEL_ASSIGN_OR_RETURN(const std::string text, ReadFile(card_file));
  AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(text, card_file));
  AMSEL_ASSIGN_OR_RETURN(const Card card, ParseCard(json, card_file));
  AMSEL_ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, OpenOnnxRuntime());
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                         CandidateRunner::Open(*backend, {}, folder + "/model.onnx", card, std::stoi(classes)));
  AMSEL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(image));
  AMSEL_ASSIGN_OR_RETURN(const Image decoded, DecodeImage(bytes));
  InputSet inputs;
  return runner.Infer(inputs.Prepare(inputs.Add(runner.card().preprocess), decoded));
}

void RunApart(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/proc/self/exe");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int status = -1;
  if (posix_spawn(&child, argv.front(), nullptr, nullptr, argv.data(), environ) == 0) waitpid(child, &status, 0);
  if (status == 0) return;
  fmt::print(stderr, "bench_startup: a process failed\n");
  std::exit(4);
}

Status Main(const BundleArguments& arguments) {
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(arguments.bundle));
  BundleArguments one = arguments;
  one.count = 1;
  AMSEL_ASSIGN_OR_RETURN(const std::vector<std::string> images, FetchImages(one, bundle.labels(), 1));
  const std::string image =
      (std::filesystem::temp_directory_path() / ("bench_startup." + std::to_string(getpid()))).string();
  AMSEL_RETURN_IF_ERROR(WriteFileAtomically(image, images.front()));
  const CandidateId cheapest = CheapestCandidate(bundle);
  const std::string model = bundle.Files(bundle.candidate(cheapest)).model;
  const std::string folder = std::filesystem::path(model).parent_path().string();
  std::vector<std::function<void()>> ways{
      [&] { RunApart({"--bare", folder, std::to_string(bundle.manifest().classes), image}); }};
  for (const auto& point : bundle.manifest().operating_points) {
    ways.emplace_back([&] { RunApart({"--answer", arguments.bundle, point.name, image}); });
  }
  const std::vector<double> times = TurnAbout(ways, static_cast<int>(arguments.count));
  std::vector<std::vector<std::string>> rows;
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(arguments.bundle));
  for (std::size_t p = 0; p + 1 < ways.size(); ++p) {
    const std::string& name = bundle.manifest().operating_points[p].name;
    AMSEL_RETURN_IF_ERROR(engine.SetOperatingPoint(name));
    AMSEL_ASSIGN_OR_RETURN(const Answer answer, engine.Run(images.front()));
    std::string ran;
    for (const CandidateRun& run : answer.runs) {
      ran += (ran.empty() ? "" : " > ") + bundle.manifest().candidates[static_cast<std::size_t>(run.candidate)].name;
    }
    rows.push_back({name, fmt::format("{:.1f}", times[p + 1]), fmt::format("{:.1f}", times.front()),
                    fmt::format("{:.2f}", times[p + 1] / times.front()), ran});
  }
  std::error_code ignored;
  std::filesystem::remove(image, ignored);
  fmt::print("From nothing to the first answer; the bare program runs {}\n\n{}\n",
             bundle.manifest().candidates[static_cast<std::size_t>(cheapest)].name,
             FormatTable({"operating point", "amsel ms", "bare ms", "amsel/bare", "candidates that answered"}, rows));
  return {};
}

int Child(const Status& status) {
  if (!status.ok()) fmt::print(stderr, "bench_startup: {}\n", status.error().message);
  return status.ok() ? 0 : 4;
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "--answer") {
    return amsel::Child(amsel::AnswerOne(argv[2], argv[3], argv[4]));
  }
  if (argc == 5 && std::string_view(argv[1]) == "--bare") {
    return amsel::Child(amsel::RunBare(argv[2], argv[3], argv[4]));
  }
  return amsel::RunOnBundle("bench_startup", argc, argv, 25, amsel::Main);
}
