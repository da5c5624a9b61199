// What the verbs of the command line share. A verb is a file: it declares its options and calls the library.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "backend/backends.h"
#include "base/text_table.h"
#include "card/zoo.h"

namespace amsel {

/// Exit codes, the same for every verb.
inline constexpr int kExitOk = 0;
inline constexpr int kExitCheckFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitBadInput = 3;
inline constexpr int kExitRuntime = 4;
inline constexpr int kExitNobodyReads = 141;  ///< whoever read the results has gone, as a shell calls SIGPIPE

/// A verb: its parser, and what to do once its options are read. Gives the exit code.
struct Verb {
  CLI::App* app = nullptr;
  std::function<Result<int>()> run;
};

/// The verbs of this build.
std::vector<Verb> AddVerbs(CLI::App& amsel);

Verb AddInitVerb(CLI::App& amsel);
Verb AddCheckVerb(CLI::App& amsel);
Verb AddProfileVerb(CLI::App& amsel);
Verb AddDoctorVerb(CLI::App& amsel);
Verb AddTrainVerb(CLI::App& amsel);
Verb AddEvaluateVerb(CLI::App& amsel);
Verb AddRunVerb(CLI::App& amsel);
Verb AddStudyVerb(CLI::App& amsel);
Verb AddReportVerb(CLI::App& amsel);
Verb AddRetargetVerb(CLI::App& amsel);
Verb AddInspectVerb(CLI::App& amsel);
Verb AddTensorsVerb(CLI::App& amsel);

/// What --graph and --precision may say.
std::map<std::string, GraphOptimization> GraphLevels();
std::map<std::string, Precision> Precisions();

/// Options of everything that runs candidates.
struct BackendOptions {
  BackendChoice choice;
  std::int64_t max_pixels = std::int64_t{128} << 20;
};
void AddBackendOptions(CLI::App& verb, BackendOptions& options);

/// --key, for verbs that open a bundle.
void AddKeyOption(CLI::App& verb, std::optional<std::string>& key);

/// --run-limit, for verbs that run DNNs which nobody has run before: a minute unless the user says otherwise.
void AddRunLimitOption(CLI::App& verb, BackendChoice& choice);

/// For verbs that clock nothing: as many threads as there are processors, where the user asked for no number.
void UseAllCores(BackendChoice& choice);

/// Where the candidates of a zoo run: most alike, some elsewhere, by name.
struct ZooPlacement {
  Placement rest;
  std::map<std::string, Placement> elsewhere;
};
Result<ZooPlacement> PlaceZoo(const Zoo& zoo, const BackendChoice& choice, Backends& backends);

/// --wide: tables with all they have, as wide as that gets, rather than what most look for in 100 columns. `what` says
/// what it adds.
void AddWideOption(CLI::App& verb, TableDetail& detail, const std::string& what);

/// Text for stdout, by WriteResults, then the exit code.
int Print(const std::string& text, int exit_code = kExitOk);

/// Tells, on stderr, of how a list or a profile was read.
void PrintNotices(const std::vector<std::string>& notices);

/// "12 images were skipped:" with the first few reasons; nothing for none.
void WarnOfSkipped(const std::vector<std::pair<std::string, std::string>>& skipped);

/// Says so where more than a tenth of the runs were disturbed, and which candidates' times are CPU times for that.
void WarnOfDisturbed(double share, const std::vector<std::string>& by_cpu_time);

}  // namespace amsel
