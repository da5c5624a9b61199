// One DNN opened for several views of the image, in one session.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/backends.h"
#include "base/clock.h"
#include "card/card.h"
#include "card/view.h"

namespace amsel {

/// Which views are asked for.
struct WantedViews {
  std::vector<View> views{View{}};
  bool auto_sizes = false;  ///< those of AutoSizes beside them
  bool required = true;     ///< a view that no DNN of a zoo can be seen in is an error
};

/// Up to three smaller sizes for a DNN with a square input of `side` pixels whose smallest map is `reduction` times
/// smaller: those nearest to 0.75, 0.5 and 0.33 of its pixels that are `reduction` apart from `side`, so that the pads
/// of its layers, which exporters fix for one size, fall as they did. None takes more than 0.8 of the pixels.
std::vector<View> AutoSizes(int side, std::int64_t reduction);

/// A DNN that is open.
struct OpenedDnn {
  std::shared_ptr<Session> session;                   ///< free of the size where a view is of another
  Card card;                                          ///< completed, as it is without a view
  std::string sha256;                                 ///< DnnSha256OfFile
  std::vector<View> views;                            ///< identity, then those that it can be seen in
  std::vector<std::pair<View, std::string>> refused;  ///< and why
  Nanoseconds load{0};                                ///< what opening the session took
  std::int64_t resident_bytes = 0;                    ///< what it takes once it has run
};

/// Opens `model_file` once for all views. Sizes are refused where freeing the file of its own (card/free_size.h)
/// changes a bit of what it answers there, or it does not run at them. Identity is always among the views.
Result<OpenedDnn> OpenForViews(const Placement& at, const std::string& model_file, Card card, int classes,
                               const WantedViews& wanted, const Clock& clock);

}  // namespace amsel
