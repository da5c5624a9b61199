// Who stays loaded under a budget of memory: the choice alone, without threads, clocks or sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
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
  std::int64_t bytes = 0;      ///< that it takes, or would
  double share = 0;            ///< of the operating point's inputs
  std::int64_t last_used = 0;  ///< the higher the later

  double Usefulness() const;
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

}  // namespace amsel
