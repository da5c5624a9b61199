// What the opaque handles of amsel.h are.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "amsel/amsel.h"
#include "amsel/decisions.h"
#include "amsel/engine.h"
#include "runtime/governed_engine.h"

struct amsel_engine {
  amsel::Engine engine;
};

struct amsel_governor {
  amsel::SteadyClock clock;
  std::unique_ptr<amsel::GovernedEngine> governed;
};

struct amsel_answer {
  amsel::Answer answer;
  std::string label;
  std::vector<std::string> candidates;  ///< names, by run
  std::string explanation;              ///< empty unless asked for
};

struct amsel_decisions {
  amsel_engine* engine;
  amsel::Decisions decisions;
  bool explain = false;
  std::vector<amsel::ExplainedStep> steps;
  amsel::Answer answer;  ///< room for it
};

struct amsel_batch {
  struct Result {
    std::unique_ptr<amsel_answer> answer;  ///< null when the image could not be answered:
    amsel_status status = AMSEL_OK;        ///< then why,
    std::string error;                     ///< in words
  };
  std::vector<Result> results;
};

namespace amsel {

/// `steps` are explained in it, when given.
std::unique_ptr<amsel_answer> HandleOf(Answer answer, const std::vector<ExplainedStep>* steps, const Engine& engine);

}  // namespace amsel
