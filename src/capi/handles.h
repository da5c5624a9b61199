// What the opaque handles of amsel.h are.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "amsel/amsel.h"
#include "amsel/engine.h"

struct amsel_engine {
  amsel::Engine engine;
  std::int64_t max_pixels = amsel::EngineOptions().max_pixels;
  std::mutex mutex = {};  ///< held by whoever runs the engine or asks for what a run or a change of point changes
};

struct amsel_answer {
  amsel::Answer answer;
  std::string label;
  std::vector<std::string> candidates;  ///< names, by run
  std::string explanation;              ///< empty unless asked for
};
