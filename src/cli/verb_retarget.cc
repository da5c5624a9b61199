#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/cores.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "bundle/point_names.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "runtime/retarget.h"

namespace amsel {
namespace {

struct Options {
  std::string bundle;
  std::optional<std::string> key;
  std::string out;
  std::string onnxruntime;
  std::vector<std::string> backends;
  double seconds = 40;
  TuneOptions tune;
  bool force = false;
  bool json = false;
  TableDetail detail = TableDetail::kShort;
};

/// 1, 2, 4 … up to the processors that there are.
std::vector<int> UsualThreads() {
  std::vector<int> threads;
  const int cores = std::max(1, static_cast<int>(AllowedCores().size()));
  for (int count = 1; count < cores; count *= 2) threads.push_back(count);
  threads.push_back(cores);
  return threads;
}

/// The back ends to try: those that are named; else ONNX Runtime and what the bundle plans, as far as it is here.
Status OpenBackends(const Manifest& manifest, const Options& options, Backends& backends, TuneOptions& tune) {
  std::vector<std::string> names = options.backends;
  if (names.empty()) {
    names.emplace_back(kOnnxRuntime);
    const auto add = [&](const Dnn& dnn) {
      for (const DnnCost& cost : dnn.costs) {
        if (std::find(names.begin(), names.end(), cost.backend) == names.end()) names.push_back(cost.backend);
      }
    };
    for (const ManifestCandidate& candidate : manifest.candidates) add(candidate);
    if (manifest.feature_dnn) add(*manifest.feature_dnn);
  }
  for (const std::string& name : names) {
    const Result<Backend*> backend = backends.Get(name);
    if (backend.ok()) {
      tune.backends.push_back(*backend);
    } else if (!options.backends.empty() || name == kOnnxRuntime) {
      return backend.error();
    } else {
      Complain(backend.error().message);
    }
  }
  for (const std::string& provider : tune.providers) {
    Status last;
    const bool has = std::any_of(tune.backends.begin(), tune.backends.end(), [&](const Backend* backend) {
      last = CheckProvider(*backend, provider);
      return last.ok();
    });
    if (!has) return last;
  }
  return {};
}

std::string WayText(const DnnCost& cost) {
  return fmt::format("{}, {}, graph {}", IdentityText(IdentityOf(cost)), Counted(cost.threads, "thread"), cost.graph);
}

/// The same in short.
std::string ShortWayText(const DnnCost& cost) {
  return fmt::format("{}, {}", IdentityText(IdentityOf(cost)), Counted(cost.threads, "thread"));
}

std::string AfterText(const DnnCost& cost) {
  return cost.inference_after_ms ? MsText(*cost.inference_after_ms) : "-";
}

std::string AsText(const RetargetReport& report, const std::string& out, TableDetail detail) {
  const bool full = detail == TableDetail::kFull;
  std::vector<std::vector<std::string>> rows;
  for (const RetargetedCandidate& candidate : report.candidates) {
    const ConformanceCheck& check = *candidate.cost.conformance;
    rows.push_back({"  " + candidate.name, MsText(candidate.before_ms), MsText(candidate.cost.inference_ms)});
    if (full) rows.back().push_back(MsText(candidate.cost.inference_p99_ms));
    rows.back().push_back(AfterText(candidate.cost));
    rows.back().insert(rows.back().end(),
                       {full ? WayText(candidate.cost) : ShortWayText(candidate.cost),
                        check.holds ? "yes" : fmt::format("NO (differs by {:.2g})", check.largest_difference)});
  }
  std::vector<std::string> head{"  candidate", "planned ms", "ms here"};
  if (full) head.emplace_back("p99");
  head.insert(head.end(), {"after another", "runs by", "conforms"});
  std::string text = fmt::format("{}: for {}\n\n", out, report.candidates.front().cost.device) +
                     FormatTable(head, rows, detail) + "\n";
  if (const auto& dnn = report.after.feature_dnn) {
    const DnnCost& cost = dnn->costs.front();
    const ConformanceCheck& check = *cost.conformance;
    text += fmt::format(
        "  feature DNN by {}, {}: {}\n\n", IdentityText(IdentityOf(cost)), Counted(cost.threads, "thread"),
        check.holds ? "conforms" : fmt::format("does NOT conform (differs by {:.2g})", check.largest_difference));
  }
  rows.clear();
  for (std::size_t at = 0; at < report.points.size(); ++at) {
    const ManifestPoint& from = report.before.operating_points[report.points[at].from];
    const ManifestPoint& point = report.after.operating_points[at];
    if (IsNumbered(point.name)) continue;
    rows.push_back({"  " + point.name, from.name == point.name ? "" : from.name,
                    fmt::format("{:.2f}", 100 * point.top1), MsText(from.latency_ms), MsText(point.latency_ms),
                    MsText(point.latency_p99_ms), MsText(point.worst_path_ms)});
  }
  text +=
      FormatTable({"  operating point", "was", "top-1 %", "planned ms", "ms here", "p99", "worst path"}, rows, detail);
  if (report.overheads_estimated) {
    text += "\nPreprocessing and features are estimates: those of the former device by the ratio of its speed.\n";
  }
  if (!report.uncertified.empty()) {
    text += fmt::format("\nNo longer certified, since not all that they run conforms: {}\n",
                        fmt::join(report.uncertified, ", "));
  }
  return text;
}

Result<int> Run(Options& options) {
  AMSEL_RETURN_IF_ERROR(CheckBundleOut(options.out, options.force, {}));
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.bundle, options.key));
  TuneOptions tune = options.tune;
  Backends backends(options.onnxruntime);
  AMSEL_RETURN_IF_ERROR(OpenBackends(bundle.manifest(), options, backends, tune));
  const SteadyClock clock;
  tune.time = FromMilliseconds(options.seconds * 1e3 / 2);
  std::unique_ptr<Progress> bar;
  tune.progress = ReportOn(bar, "retarget", clock);
  AMSEL_ASSIGN_OR_RETURN(const RetargetReport report, Retarget(bundle, tune, clock, options.out));
  bar.reset();
  if (bundle.signed_comment()) Complain(options.out + ": is another bundle than the signed one, and not signed");
  std::vector<std::string> by_cpu_time;
  for (const RetargetedCandidate& candidate : report.candidates) {
    if (candidate.by_cpu_time) by_cpu_time.push_back(candidate.name);
  }
  WarnOfDisturbed(static_cast<double>(report.disturbed) / static_cast<double>(report.runs), by_cpu_time);
  return Print(options.json ? PrettyText(ManifestToJson(report.after)) : AsText(report, options.out, options.detail),
               report.conforms() ? kExitOk : kExitCheckFailed);
}

void AddWays(CLI::App& verb, Options& options) {
  options.tune.threads = UsualThreads();
  options.tune.graphs = {GraphOptimization::kAll, GraphOptimization::kExtended};
  verb.add_option("--backend", options.backends,
                  "Back ends to try: onnxruntime, plug-ins by name or path (default: onnxruntime, and what the bundle "
                  "has costs of)")
      ->delimiter(',')
      ->type_name("NAME");
  verb.add_option("--provider", options.tune.providers,
                  "Providers to try, such as cpu, cuda, tensorrt (default: the first of each back end)")
      ->delimiter(',')
      ->type_name("NAME");
  verb.add_option("--threads", options.tune.threads,
                  "Numbers of threads to try (default: 1, 2, 4 ... up to the processors)")
      ->delimiter(',')
      ->check(CLI::Range(1, kMostThreads))
      ->type_name("N");
  verb.add_option("--graph", options.tune.graphs, "Graph optimisations to try (default: all, extended)")
      ->delimiter(',')
      ->transform(CLI::CheckedTransformer(GraphLevels()).description(""))
      ->type_name("LEVEL");
  verb.add_option("--precision", options.tune.precision, "full, or half where back ends may compute with 16 bits")
      ->transform(CLI::CheckedTransformer(Precisions()).description(""))
      ->type_name("WHICH");
  verb.add_option("--engine-cache", options.tune.cache, "Folder for what is compiled from the DNNs")->type_name("DIR");
  verb.add_option("--ort", options.onnxruntime, "Path of the ONNX Runtime library (default: looked for)")
      ->type_name("PATH");
}

}  // namespace

Verb AddRetargetVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand(
      "retarget", "Tune a bundle for this device and plan its operating points anew; needs no images");
  auto options = std::make_shared<Options>();
  verb->add_option("--bundle", options->bundle, "Bundle to start from")->required()->type_name("DIR");
  AddKeyOption(*verb, options->key);
  verb->add_option("--out", options->out, "Bundle to write (a folder)")->required()->type_name("DIR");
  AddWays(*verb, *options);
  verb->add_option("--seconds", options->seconds, "About how long to measure")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  verb->add_flag("--force", options->force, "Replace an existing bundle");
  AddWideOption(*verb, options->detail, "99 % quantiles and all that was chosen for each candidate");
  verb->add_flag("--json", options->json, "Print the new manifest");
  verb->footer(
      "Each candidate gets the back end, provider, threads and graph optimisation that are fastest here among those\n"
      "whose answers conform to the bundle's record. An operating point that does not keep the promise of its name\n"
      "here (balanced, fast, accurate, steady) gives the name to one that does. Exit code 1 when a candidate conforms\n"
      "in no way that was tried: answers that may run it are not certified then.\n"
      "Example: amsel retarget --bundle bundle --out here");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
