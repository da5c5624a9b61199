// Outcomes in memory, as a test makes them up: no image, no DNN, no file.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/half.h"
#include "features/features.h"
#include "outcomes/outcomes.h"

namespace amsel {

/// Image i is of class i mod `classes`, a group of its own, and weighs 1.
class MadeUpOutcomes {
 public:
  MadeUpOutcomes(std::size_t images, int classes) {
    made_.source = "made up";
    made_.feature_code_version = kFeatureCodeVersion;
    for (int k = 0; k < classes; ++k) made_.labels.push_back(std::to_string(k));
    for (std::size_t i = 0; i < images; ++i) {
      made_.images.push_back({std::to_string(i), static_cast<int>(i % static_cast<std::size_t>(classes)), 1, ""});
      made_.groups.push_back(static_cast<int>(i));
    }
  }

  /// One that takes `ms` on every image. On image i the true class comes in place `rank(i)` of its answer, from 0; its
  /// first class has probability `first`, each further one half of what is left, the last two alike.
  MadeUpOutcomes& Add(const std::string& name, double ms, const std::function<int(std::size_t i)>& rank,
                      double first = 0.6) {
    made_.candidates.push_back({name, false, static_cast<int>(made_.candidates.size())});
    const int classes = made_.classes();
    for (std::size_t i = 0; i < made_.image_count(); ++i) {
      const int label = made_.images[i].label;
      const int place = rank(i);
      std::vector<int> order;  // of the classes: the likeliest first
      for (int k = 1; k < classes; ++k) order.push_back((label + k) % classes);
      order.insert(order.begin() + place, label);
      std::vector<std::uint16_t> row(static_cast<std::size_t>(classes));
      double left = 1;
      for (int at = 0; at < classes; ++at) {
        const double share = at == 0 ? first : at + 1 < classes ? left / 2 : left;
        row[static_cast<std::size_t>(order[static_cast<std::size_t>(at)])] =
            ToHalf(static_cast<float>(std::log(share)));
        left -= share;
      }
      made_.log_probs.insert(made_.log_probs.end(), row.begin(), row.end());
      made_.ranks.push_back(static_cast<std::uint16_t>(place));
      made_.top_classes.push_back(order.front());
      made_.preprocess_ms.push_back(0);
      made_.inference_ms.push_back(static_cast<float>(ms));
      made_.stands_in.push_back(0);
    }
    made_.mean_preprocess_ms.push_back(0);
    made_.mean_inference_ms.push_back(ms);
    made_.after_factors.push_back(1);
    made_.has_after_runs.push_back(0);
    return *this;
  }

  const Outcomes& made() const { return made_; }

 private:
  Outcomes made_;
};

}  // namespace amsel
