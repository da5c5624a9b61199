// Unconstrained minimisation of smooth functions.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace amsel {

/// Value at x, and the gradient into gradient[x.size()].
using SmoothFunction = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// Limited-memory BFGS (Liu & Nocedal 1989; liblbfgs) from `start`, for at most `iterations`. Gives the best point
/// found: never worse than the start. Deterministic.
std::vector<double> Minimize(const SmoothFunction& function, std::vector<double> start, int iterations);

}  // namespace amsel
