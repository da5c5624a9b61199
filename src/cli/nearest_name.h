// Which of the names that there are somebody meant who mistyped one.
#pragma once

#include <string>
#include <vector>

namespace amsel {

/// The one of `names` that fewest changed, added, left-out or exchanged characters make of `typed`; empty where that
/// takes more than a third of them. Of equally near ones the first.
std::string NearestName(const std::string& typed, const std::vector<std::string>& names);

}  // namespace amsel
