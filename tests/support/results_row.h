// Rows of results by name.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"

namespace amsel {

/// The row of that name, null after a failure where there is none. `results` must outlive it.
inline const Json& RowOf(const Json& results, const std::string& name) {
  for (const Json& row : results["rows"]) {
    if (row["name"] == name) return row;
  }
  ADD_FAILURE() << "no row " << name << " in " << results.dump();
  static const Json none;
  return none;
}

}  // namespace amsel
