// Whatever goes wrong while a DNN is loaded, memory included, as an error: images must be answered all the same, and
// whoever waits for the DNN must hear of it.
#pragma once

#include <exception>
#include <new>
#include <string>

#include "amsel/result.h"

namespace amsel {

/// What `load` gives, a Result or a Status.
template <typename Load>
auto WithinLoad(Load&& load) -> decltype(load()) {
  try {
    return load();
  } catch (const std::bad_alloc&) {
    return RuntimeFailure("no memory left");
  } catch (const std::exception& fault) {
    return RuntimeFailure(std::string("cannot be loaded: ") + fault.what());
  }
}

}  // namespace amsel
