// Names of files that are no images, or images of formats that are not read, so that errors can say what they are.
#pragma once

#include <string_view>

namespace amsel {

/// What the bytes look like, as in "it is ...": "a PDF document", say. Empty where nothing is known of them.
std::string_view NameOfUnread(std::string_view bytes);

}  // namespace amsel
