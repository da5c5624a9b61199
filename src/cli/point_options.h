// How a user says where on a bundle's Pareto set to answer: by name or by limits.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "amsel/engine.h"

namespace amsel {

struct PointOptions {
  std::string point;
  OperatingLimits limits;
};

/// Adds --point and the limits. `options` must live until the verb has run.
void AddPointOptions(CLI::App& verb, PointOptions& options);

/// Refuses what is not a number above 0, infinity and "nan" included.
CLI::Validator PositiveFinite();

}  // namespace amsel
