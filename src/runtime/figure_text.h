// Figures in messages. The runtime is linked without a formatting library.
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace amsel {

/// `value` by a format of printf for one double; cut after 63 characters.
inline std::string Formatted(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

}  // namespace amsel
