// What the verbs take, for programs that call them: the Python package's functions are made from it.
#pragma once

#include <CLI/CLI.hpp>

#include "base/json.h"

namespace amsel {

/// `amsel.options/1`: a list of `verbs`, those below others too ("profile merge"), each with `name`, `about`, `footer`
/// and `options`: `name` ("--zoo"; of a positional one "DNN"), `kind` ("positional", "option" or "flag"), `value` (what
/// help calls it, limits and default), `type` ("text", "path", "integer" or "number"), `choices`, `many`, `required`
/// and `help`.
Json OptionsToJson(const CLI::App& amsel);

}  // namespace amsel
