#include "card/view.h"

namespace amsel {

const std::vector<std::string>& Views() {
  static const std::vector<std::string> views{kIdentityView, "hflip", "denoise"};
  return views;
}

Preprocess InView(Preprocess preprocess, const std::string& view) {
  preprocess.mirror = view == "hflip";
  preprocess.denoise = view == "denoise";
  return preprocess;
}

std::string ViewOf(const Preprocess& preprocess) {
  return preprocess.mirror ? "hflip" : preprocess.denoise ? "denoise" : kIdentityView;
}

std::string NameInView(const std::string& candidate, const std::string& view) {
  return view == kIdentityView ? candidate : candidate + "@" + view;
}

}  // namespace amsel
