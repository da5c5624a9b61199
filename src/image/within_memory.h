// A lack of memory as an error of the one image that it was for, so that no image ends the run of the others.
#pragma once

#include <exception>
#include <string>

#include "amsel/result.h"

namespace amsel {

/// Whether that is what memory could not be had for, here or in OpenCV.
bool IsLackOfMemory(const std::exception& fault);

/// What `body` gives, a Result or a Status; where there is no memory for it, an error that says so of `what`.
template <typename Body>
auto WithinMemory(const std::string& what, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& fault) {
    if (!IsLackOfMemory(fault)) throw;
  }
  return BadInput("there is no memory for " + what);
}

}  // namespace amsel
