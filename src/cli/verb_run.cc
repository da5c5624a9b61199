#include <fmt/core.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "amsel/engine.h"
#include "base/clock.h"
#include "base/cores.h"
#include "base/in_order.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/output.h"
#include "base/progress.h"
#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "bundle/point_names.h"
#include "cli/energy_options.h"
#include "cli/explain.h"
#include "cli/governing.h"
#include "cli/image_list.h"
#include "cli/point_options.h"
#include "cli/verb.h"
#include "image/image_reader.h"
#include "runtime/answer_json.h"

namespace amsel {
namespace {

struct Options {
  std::string bundle;
  std::optional<std::string> key;
  PointOptions point;
  std::optional<double> deadline_ms;
  std::vector<std::string> images;
  BackendOptions backend;
  std::string power_model;
  std::optional<PowerModel> power;
  bool explain = false;
  bool json = false;
  std::size_t workers = 1;
  std::size_t batch = 1;
  bool pin = false;
  std::int64_t memory_budget = 0;
  GoverningOptions hold;
};

std::string LabelOf(const Answer& answer, const Engine& engine) {
  return engine.labels()[static_cast<std::size_t>(answer.label)];
}

std::string AsText(const std::string& image, const Answer& answer, const Engine& engine) {
  std::string path;
  for (const CandidateRun& run : answer.runs) path += (path.empty() ? "" : " > ") + engine.CandidateName(run.candidate);
  const std::string what =
      answer.abstained ? "abstains" : fmt::format("{} ({:.1f} %)", LabelOf(answer, engine), 100 * answer.probability);
  std::chrono::nanoseconds load{0};
  for (const CandidateRun& run : answer.runs) load += run.load;
  const std::string loading = load.count() > 0 ? fmt::format(", {:.3f} of them loading", Milliseconds(load)) : "";
  return fmt::format("{}: {} by {} in {:.3f} ms{}{}{}{}\n", Visible(image), what, path, Milliseconds(answer.total),
                     loading, answer.degraded ? ", degraded" : "", answer.late ? ", late" : "",
                     answer.certified ? ", certified" : "");
}

/// What is printed of one answer.
std::string Rendered(const std::string& image, const Answer& answer, const std::vector<ExplainedStep>& steps,
                     const Engine& engine, const Options& options) {
  if (!options.json) {
    return AsText(image, answer, engine) + (options.explain ? ExplanationText(answer, steps, engine) : "");
  }
  Json line = options.explain ? ExplainedToJson(answer, steps, engine) : AnswerToJson(answer, engine);
  line["path"] = Utf8(image);
  if (options.power) {
    line["energy_mj"] = {{"value", options.power->Millijoules(Milliseconds(answer.total))},
                         {"source", SourceOf(*options.power)}};
  }
  return JsonLine(line) + "\n";
}

/// What there is to tell about one image.
struct Told {
  std::string text;            ///< for stdout
  std::optional<Error> error;  ///< why there is no answer
};

/// Answers the images of a list on several threads and tells the answers in the list's order.
class Answering {
 public:
  /// `governing` may be null.
  Answering(Engine& engine, const Options& options, ImageList list, Governing* governing)
      : engine_(engine), options_(options), governing_(governing), list_(std::move(list)), readers_(options.workers) {
    if (options.deadline_ms) run_options_.deadline = FromMilliseconds(*options.deadline_ms);
    if (list_.count() && ::isatty(STDOUT_FILENO) == 0) progress_.emplace("answering", *list_.count(), clock_);
  }

  /// Gives the exit code.
  Result<int> Run() {
    InOrder<std::vector<std::string>, std::vector<Told>> stream;
    stream.take = [this]() -> std::optional<std::vector<std::string>> {
      if (ResultsFault() != 0) return {};  // nobody would hear of the answers
      return list_.NextFew(options_.batch);
    };
    stream.work = [this](std::size_t worker, std::vector<std::string>& images) {
      if (options_.pin) Pin(worker);
      return options_.batch == 1 ? AnswerOne(worker, images.front()) : AnswerBatch(worker, images);
    };
    stream.give = [this](std::vector<Told>& told) {
      for (const Told& one : told) Tell(one);
    };
    stream.Run(options_.workers);
    const MutexLock lock(mutex_);
    if (!pin_failure_.ok()) return pin_failure_.error();
    if (!list_.status().ok()) return list_.status().error();
    if (worst_ == ErrorKind::kRuntime) return kExitRuntime;
    return worst_ == ErrorKind::kBadInput ? kExitBadInput : kExitOk;
  }

 private:
  void Pin(std::size_t worker) {
    thread_local bool pinned = false;
    if (std::exchange(pinned, true)) return;
    const Status status = PinThisThread(cores_[worker]);
    const MutexLock lock(mutex_);
    if (!status.ok()) pin_failure_ = status;
  }

  Told ToldOf(const std::string& image, const Result<Answer>& answer, const std::vector<ExplainedStep>& steps) {
    if (answer.ok()) {
      if (governing_ != nullptr) governing_->Saw(*answer);
      return {Rendered(image, *answer, steps, engine_, options_), {}};
    }
    const std::string& what = answer.error().message;
    const std::string line = JsonLine({{"path", Utf8(image)}, {"error", Utf8(what)}}) + "\n";
    return {options_.json ? line : "",
            Error{answer.error().kind,
                  Visible(image) + (what.starts_with(image) ? what.substr(image.size()) : ": " + what)}};
  }

  Result<std::string> Fetch(std::size_t worker, const std::string& image) {
    const std::string* const piped = list_.StdinImage(image);
    return piped != nullptr ? Result<std::string>(*piped) : readers_[worker].Fetch(image);
  }

  std::vector<Told> AnswerOne(std::size_t worker, const std::string& image) {
    const auto bytes = Fetch(worker, image);
    std::vector<ExplainedStep> steps;
    const auto answer = bytes.ok() ? engine_.Run(*bytes, run_options_, options_.explain ? &steps : nullptr)
                                   : Result<Answer>(bytes.error());
    return {ToldOf(image, answer, steps)};
  }

  std::vector<Told> AnswerBatch(std::size_t worker, const std::vector<std::string>& images) {
    std::vector<Result<std::string>> bytes;
    std::vector<ImageSource> sources;
    bytes.reserve(images.size());
    for (const std::string& image : images) {
      bytes.push_back(Fetch(worker, image));
      if (bytes.back().ok()) sources.emplace_back(std::string_view(*bytes.back()));
    }
    std::vector<std::vector<ExplainedStep>> steps;
    const auto answers = engine_.RunBatch(sources, options_.explain ? &steps : nullptr);
    std::vector<Told> told;
    std::size_t next = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
      if (!bytes[i].ok()) {
        told.push_back(ToldOf(images[i], bytes[i].error(), {}));
        continue;
      }
      told.push_back(ToldOf(images[i], answers[next], options_.explain ? steps[next] : std::vector<ExplainedStep>()));
      ++next;
    }
    return told;
  }

  void Tell(const Told& told) {
    if (told.error) {
      if (progress_) progress_->Clear();
      Complain(told.error->message);
      if (worst_ != ErrorKind::kRuntime) worst_ = told.error->kind;
    }
    Print(told.text);
    if (progress_) progress_->Update(++done_);
  }

  Engine& engine_;
  const Options& options_;
  Governing* governing_;
  ImageList list_;
  std::vector<ImageReader> readers_;  ///< per worker
  RunOptions run_options_;
  SteadyClock clock_;
  std::optional<Progress> progress_;
  std::size_t done_ = 0;
  ErrorKind worst_ = ErrorKind::kUsage;  ///< which stands for "none" here
  const std::vector<int> cores_ = AllowedCores();
  Mutex mutex_;
  Status pin_failure_ AMSEL_GUARDED_BY(mutex_);
};

/// A budget in bytes that was meant in megabytes: no process fits into less than one.
Status CheckBudget(std::int64_t budget) {
  constexpr std::int64_t kMegabyte = 1'000'000;
  if (budget <= 0 || budget >= kMegabyte) return {};
  return UsageError(fmt::format("--memory-budget {0}: that is {1}, less than any process needs; did you mean {0}M?",
                                budget, Counted(budget, "byte")));
}

Status CheckWorkers(const Options& options) {
  if (options.batch > 1 && options.deadline_ms) return UsageError("run --batch and --deadline-ms exclude each other");
  if (!options.pin) return {};
  if (options.backend.choice.all.threads.value_or(1) > 1) return UsageError("run --pin is for --threads 1");
  const std::size_t cores = AllowedCores().size();
  if (options.workers <= cores) return {};
  return UsageError(
      fmt::format("run --pin: there are {} workers, and {} processors that they may run on", options.workers, cores));
}

/// Whoever is at a point that may be below the single best is told by how much it is planned to be.
void TellLoss(const OperatingPoint& point) {
  if (!IsSaver(point.name) || !point.over_single_best) return;
  constexpr double kPoints = 100;
  Complain(
      fmt::format("operating point {}: planned at {:.2f} % top-1, {:+.2f} points against the single best{}; it is "
                  "there to save time",
                  point.name, kPoints * point.top1, kPoints * *point.over_single_best,
                  *point.over_single_best < 0 ? "" : ", too few to be sure of"));
}

Result<int> Run(Options& options) {
  if (!options.power_model.empty() && !options.json) return UsageError("run --power-model is for --json");
  AMSEL_RETURN_IF_ERROR(CheckWorkers(options));
  AMSEL_RETURN_IF_ERROR(CheckBudget(options.memory_budget));
  AMSEL_ASSIGN_OR_RETURN(options.power, ReadPowerModel(options.power_model));
  AMSEL_ASSIGN_OR_RETURN(ImageList images, ImageList::Of(options.images));
  PrintNotices(images.notices());
  const bool hold = options.hold.any();
  if ((options.hold.uncertified || options.hold.savers) && !hold) {
    return UsageError(std::string("run ") + (options.hold.savers ? "--hold-savers" : "--hold-uncertified") +
                      " needs --hold-latency-ms, --hold-fps or --hold-watts");
  }
  const OperatingLimits& limits = options.point.limits;
  BackendChoice& choice = options.backend.choice;
  if (options.pin) choice.all.threads = 1;
  const EngineOptions engine_options{choice.all,
                                     options.point.point,
                                     hold ? OperatingLimits() : limits,
                                     choice.onnxruntime,
                                     options.backend.max_pixels,
                                     options.memory_budget,
                                     choice.candidates,
                                     choice.cache,
                                     options.key};
  if (options.memory_budget > 0) ReturnLargeBlocksAtOnce();
  AMSEL_ASSIGN_OR_RETURN(Engine engine, Engine::Open(options.bundle, engine_options));
  if (!hold) TellLoss(engine.operating_point());
  if (options.deadline_ms) engine.Preload();
  std::unique_ptr<Governing> governing;
  if (hold) {
    AMSEL_ASSIGN_OR_RETURN(governing, Governing::Start(engine, options.hold, limits, options.workers));
  }
  const Result<int> code = Answering(engine, options, std::move(images), governing.get()).Run();
  if (governing != nullptr) Complain(governing->Summary());
  return code;
}

void AddWorkOptions(CLI::App& verb, Options& options) {
  constexpr std::size_t kMost = 1024;
  verb.add_option("--workers", options.workers, "Threads that answer images side by side; answers keep their order")
      ->check(CLI::Range(std::size_t{1}, kMost))
      ->capture_default_str();
  verb.add_option("--batch", options.batch,
                  "Images that a worker takes at once: those that go on to the same candidate share one run of it")
      ->check(CLI::Range(std::size_t{1}, kMost))
      ->capture_default_str();
  verb.add_flag("--pin", options.pin, "Keep each worker on a processor of its own");
  verb.add_option("--memory-budget", options.memory_budget,
                  "Resident memory that loading candidates may bring the process to, for example 300M; those that do "
                  "not fit together take turns")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true))
      ->check(CLI::PositiveNumber)
      ->type_name("SIZE");
}

}  // namespace

Verb AddRunVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand("run", "Answer images with a bundle");
  auto options = std::make_shared<Options>();
  verb->add_option("--bundle", options->bundle, "Bundle to answer with")->required()->type_name("DIR");
  AddKeyOption(*verb, options->key);
  verb->add_option(
          "IMAGE", options->images,
          "Files, folders, FILE#INDEX for one image of an IDX file, or - for what is on stdin: names of images,\n"
          "one a line, or one image")
      ->required();
  verb->add_option(
          "--deadline-ms", options->deadline_ms,
          "Answer each image within this time, decoding included, with the candidates that fit by their "
          "planned 99 % quantile; all (within a memory budget, the most useful) are loaded before the first image")
      ->check(PositiveFinite())
      ->type_name("MS");
  verb->add_flag("--explain", options->explain,
                 "Say why: decisions and what they weighed, the operating point's plan, the time of each part");
  verb->add_flag("--json", options->json, "Print a JSON line an image; with --explain its fields steps and planned");
  AddWorkOptions(*verb, *options);
  AddBackendOptions(*verb, options->backend);
  AddPointOptions(*verb, options->point);
  AddGoverningOptions(*verb, options->hold);
  AddPowerModelOption(*verb, options->power_model);
  verb->footer(
      "Limits combine. Among the points that keep them all, the fastest answers when accuracy is limited and time is\n"
      "not, otherwise the most accurate. Limits that no point keeps exit with 2 and name the nearest point.\n"
      "A deadline that changes a decision marks the answer degraded; one that is too short for any candidate exits "
      "with 4.\n"
      "A candidate that the memory budget cannot hold does not run, and answers that wanted it are degraded.\n"
      "Images that cannot be read are reported and the others answered; the exit code is then 3. Control characters\n"
      "of names are written out; those of --json are as JSON has them.\n"
      "Example: amsel run --bundle bundle --explain photo.jpg");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
