// Who stays loaded under a budget of memory: the choice alone, without threads, clocks or sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace amsel {

/// What the choice knows of one DNN.
struct ResidentDnn {
  enum class State {
    kAbsent,
    kLoading,  ///< stays
    kIdle,     ///< loaded, and may leave
    kInUse,    ///< stays
  };

  State state = State::kAbsent;
  std::int64_t bytes = 0;       ///< that it takes, or would
  double share = 0;             ///< of the operating point's inputs
  std::int64_t last_used = 0;   ///< the higher the later
  bool bytes_known = false;     ///< else a guess, until it has been loaded
  std::int64_t file_bytes = 0;  ///< what loading it takes for a moment, beside `bytes`
  int uses = 0;                 ///< that are in progress

  bool loaded() const { return state == State::kIdle || state == State::kInUse; }
  double Usefulness() const;
};

struct MemoryBudget {
  std::int64_t bytes = 0;  ///< that the process may have resident
  std::int64_t base = 0;   ///< that it has with no DNN loaded

  /// What loaded DNNs may take together.
  std::int64_t allowance() const { return bytes > base ? bytes - base : 0; }
};

/// What is to be made room for.
struct RoomWanted {
  std::size_t dnn = 0;  ///< position
  std::int64_t allowance = 0;
  /// Bytes that the process has beyond what is known, and that loading takes for a moment: others leave for these too,
  /// if that suffices.
  std::int64_t beyond = 0;
  bool only_less_useful = false;  ///< nobody leaves who is as useful
};

/// Positions of those that leave so that it fits, the least useful first, of equals the one that was used longest ago;
/// nothing where all who may leave are not enough.
std::optional<std::vector<std::size_t>> WhoLeaves(std::span<const ResidentDnn> dnns, const RoomWanted& wanted);

/// Whether it would fit were all idle ones gone.
bool FitsBesideBusy(std::span<const ResidentDnn> dnns, std::size_t dnn, std::int64_t allowance);

/// Positions of the most useful ones that an allowance holds together, the most useful first; without one, of all.
std::vector<std::size_t> MostUsefulTogether(std::span<const ResidentDnn> dnns, std::optional<std::int64_t> allowance);

/// The book of who is loaded, in use and of what size, within a budget where there is one. A value, as the choices
/// above.
class Residency {
 public:
  explicit Residency(std::vector<ResidentDnn> dnns) : dnns_(std::move(dnns)) {}

  void SetBudget(const MemoryBudget& budget) { budget_ = budget; }
  bool has_budget() const { return budget_.has_value(); }

  const ResidentDnn& operator[](std::size_t dnn) const { return dnns_[dnn]; }

  /// Whether it fits, were it alone; and were all idle ones gone.
  bool Fits(std::size_t dnn) const { return !budget_ || dnns_[dnn].bytes <= budget_->allowance(); }
  bool FitsBesideBusy(std::size_t dnn) const {
    return !budget_ || amsel::FitsBesideBusy(dnns_, dnn, budget_->allowance());
  }
  std::vector<std::size_t> MostUseful() const {
    return MostUsefulTogether(dnns_, budget_ ? std::optional(budget_->allowance()) : std::nullopt);
  }

  void BeginUse(std::size_t dnn);
  /// Whether it was the last.
  bool EndUse(std::size_t dnn);

  void BeginLoad(std::size_t dnn) { dnns_[dnn].state = ResidentDnn::State::kLoading; }
  void EndLoad(std::size_t dnn, bool stays);
  /// What it was measured to take when it was loaded; whether that is news.
  bool Learn(std::size_t dnn, std::int64_t measured);

  /// Dismisses idle ones until `dnn` fits beside the rest, in a process that has `resident` now, and gives their
  /// positions; nothing, and dismisses none, where all are not enough.
  std::optional<std::vector<std::size_t>> MakeRoom(std::size_t dnn, std::int64_t resident, bool only_less_useful);

  void SetShares(std::span<const double> share);

 private:
  std::vector<ResidentDnn> dnns_;
  std::optional<MemoryBudget> budget_;
  std::int64_t tick_ = 0;
};

}  // namespace amsel
