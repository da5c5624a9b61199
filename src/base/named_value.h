// Arguments that may be for one of several things: "NAME=VALUE", or a value alone.
#pragma once

#include <optional>
#include <string>

namespace amsel {

struct NamedValue {
  std::optional<std::string> name;  ///< absent: the value is for all, or names itself
  std::string value;
};

/// A path may hold a "=" after its first slash: that names nothing.
inline NamedValue ParseNamedValue(const std::string& argument) {
  const std::size_t at = argument.find('=');
  if (at == std::string::npos || at > argument.find('/')) return {{}, argument};
  return {argument.substr(0, at), argument.substr(at + 1)};
}

}  // namespace amsel
