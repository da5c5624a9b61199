#include "profile/decode_rule.h"

#include <cstdlib>

#include "base/status_macros.h"

namespace amsel {

Result<int> SettleDecodeMinSide(ProfileStore& store, bool has_images, std::optional<int> asked, int needed) {
  const int wanted = asked.value_or(needed);
  if (!has_images) {
    AMSEL_RETURN_IF_ERROR(store.SetMeta("decode_min_side", std::to_string(wanted)));
    return wanted;
  }
  AMSEL_ASSIGN_OR_RETURN(const std::string text, store.Meta("decode_min_side"));
  const int stored = std::atoi(text.c_str());  // the first profiles have none: their images were never reduced
  if (asked ? stored == *asked : stored == 0 || stored >= needed) return stored;
  return UsageError(store.file() + ": its images were decoded for a shorter side of " + std::to_string(stored) +
                    " pixels, not " + std::to_string(wanted) + "; profile them anew");
}

}  // namespace amsel
