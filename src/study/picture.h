// Small pictures of profiled images, for pages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profile/table.h"

namespace amsel {

/// For each input, a picture as data:image/png;base64,…: the image itself, reduced to at most 112 pixels a side, or,
/// where its file is not to be had any more, the grey thumbnail of the profile; absent where there is neither.
std::vector<std::optional<std::string>> PicturesOf(const ProfileTable& table, const std::vector<std::size_t>& inputs);

}  // namespace amsel
