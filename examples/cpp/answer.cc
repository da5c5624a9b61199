// Answers images with a bundle, at the fastest point that is as accurate as its best DNN alone, else at the first:
// answer BUNDLE IMAGE...
#include <amsel/engine.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string Bytes(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

amsel::Result<amsel::Engine> Open(const char* bundle) {
  amsel::EngineOptions options;
  options.limits.as_accurate_as_single_best = true;
  auto engine = amsel::Engine::Open(bundle, options);
  const bool no_point_keeps_it = !engine && engine.error().kind == amsel::ErrorKind::kUsage;
  return no_point_keeps_it ? amsel::Engine::Open(bundle) : std::move(engine);
}

void Print(const char* image, const amsel::Answer& answer, const amsel::Engine& engine) {
  std::string path;
  for (const amsel::CandidateRun& run : answer.runs) {
    path += (path.empty() ? "" : " > ") + engine.CandidateName(run.candidate);
  }
  const std::string label = answer.abstained ? "nothing" : engine.labels()[static_cast<std::size_t>(answer.label)];
  std::printf("%s: %s (%.1f %%) by %s at %s%s\n", image, label.c_str(), 100.0 * answer.probability, path.c_str(),
              answer.operating_point.c_str(), answer.certified ? ", certified" : "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: answer BUNDLE IMAGE...\n");
    return 2;
  }
  auto engine = Open(argv[1]);
  if (!engine) {
    std::fprintf(stderr, "answer: %s\n", engine.error().message.c_str());
    return 1;
  }
  int failures = 0;
  for (int i = 2; i < argc; ++i) {
    const auto answer = engine->Run(Bytes(argv[i]));
    if (answer) {
      Print(argv[i], *answer, *engine);
    } else {
      std::fprintf(stderr, "answer: %s: %s\n", argv[i], answer.error().message.c_str());
      ++failures;
    }
  }
  return failures == 0 ? 0 : 1;
}
