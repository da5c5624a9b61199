// What the verbs of the command line share. A verb is a file: it declares its options and calls the library.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "amsel/backend.h"
#include "amsel/result.h"

namespace amsel {

/// Exit codes, the same for every verb.
inline constexpr int kExitOk = 0;
inline constexpr int kExitCheckFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitBadInput = 3;
inline constexpr int kExitRuntime = 4;

/// A verb: its parser, and what to do once its options are read. Gives the exit code.
struct Verb {
  CLI::App* app = nullptr;
  std::function<Result<int>()> run;
};

/// The verbs of this build.
std::vector<Verb> AddVerbs(CLI::App& amsel);

Verb AddCheckVerb(CLI::App& amsel);
Verb AddProfileVerb(CLI::App& amsel);
Verb AddDoctorVerb(CLI::App& amsel);
Verb AddTrainVerb(CLI::App& amsel);
Verb AddEvaluateVerb(CLI::App& amsel);
Verb AddRunVerb(CLI::App& amsel);
Verb AddStudyVerb(CLI::App& amsel);
Verb AddReportVerb(CLI::App& amsel);
Verb AddInspectVerb(CLI::App& amsel);

/// Options of everything that runs candidates.
struct BackendOptions {
  SessionOptions session;
  std::string onnxruntime;
  std::int64_t max_pixels = std::int64_t{128} << 20;
};
void AddBackendOptions(CLI::App& verb, BackendOptions& options);

/// Text for stdout, then the exit code.
int Print(const std::string& text, int exit_code = kExitOk);

/// "12 images were skipped:" with the first few reasons; nothing for none.
void WarnOfSkipped(const std::vector<std::pair<std::string, std::string>>& skipped);

}  // namespace amsel
