// What an engine is made of: for the engine itself, and for what decides with it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "amsel/engine.h"
#include "base/mutex.h"
#include "runtime/workspace_pool.h"

namespace amsel {

struct Engine::State {
  State(Bundle opened, const std::vector<Placement>& placements, const EngineOptions& options)
      : bundle(std::move(opened)),
        store(std::make_shared<CandidateStore>(bundle, placements, clock)),
        max_pixels(options.max_pixels),
        pool({options.max_pixels, bundle.manifest().decode_min_side}, store) {}

  std::unique_ptr<Backends> backends;  ///< null when the caller brought one
  Bundle bundle;
  SteadyClock clock;
  std::shared_ptr<CandidateStore> store;
  std::int64_t max_pixels;
  WorkspacePool pool;
  std::vector<OperatingPoint> points;
  Mutex moving;  ///< held while the point changes: shares and point agree
  std::atomic<std::size_t> point{0};

  /// Opens what is the same whoever brought the back ends.
  static Result<Engine> Open(Bundle opened, const std::vector<Placement>& placements,
                             std::unique_ptr<Backends> backends, const EngineOptions& options);
  Status SetPoint(int index);
  /// The image as BGR: of the caller, or in the workspace.
  Result<ImageView> Read(const ImageSource& source, Workspace& workspace) const;
  Result<Answer> Run(const ImageSource& source, const RunOptions& options, std::vector<ExplainedStep>* steps);
  Result<Answer> RunWithin(const ImageSource& source, const RunOptions& options, std::vector<ExplainedStep>* steps);
  /// Answers `images` side by side, at the point `at`.
  void RunTogether(std::span<const ImageSource> images, std::size_t at, std::span<Result<Answer>> results,
                   std::span<std::vector<ExplainedStep>> steps);
  void Label(Answer& answer, std::size_t at, bool deadline) const;
};

}  // namespace amsel
