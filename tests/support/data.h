// The labelled images and candidates that some tests want: docs/data.md.
#pragma once

#include <cstdlib>
#include <string>

namespace amsel {

/// The folder of a family under $AMSEL_DATA; empty where that is not set: the test is skipped.
inline std::string DataFamily(const std::string& name) {
  const char* data = std::getenv("AMSEL_DATA");
  return data == nullptr || *data == '\0' ? "" : std::string(data) + "/" + name;
}

}  // namespace amsel
