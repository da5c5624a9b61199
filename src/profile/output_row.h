// What table output holds of one image and candidate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace amsel {

/// Why these float16 bits are not the log-probabilities of `classes` classes; empty where they are: one finite value of
/// at most 0 for each, whose probabilities sum to 1 within what rounding to float16 may do (1 %). Thread-safe.
std::string FaultOfLogProbs(std::span<const std::uint16_t> halves, std::size_t classes);

}  // namespace amsel
