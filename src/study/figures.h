// Figures as docs/formats/results.md describes them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "stats/bootstrap.h"

namespace amsel {

Json Axis(const std::string& label, const std::string& format, const std::string& scale = "linear");
Json Figure(const std::string& id, const std::string& title, const std::string& kind, const std::string& caption,
            Json data);
Json Section(const std::string& id, const std::string& title, const std::string& text, Json figures);

/// A column of a table.
Json Column(const std::string& name, const std::string& format);

/// The 95 % interval of a mean with this standard error.
Interval Band95(double mean, double standard_error);

/// Mean of values with its 95 % interval by one standard error of clusters: for points of curves, of which there are
/// too many to resample each.
struct MeanWithBand {
  double mean = 0;
  Interval band;
};
MeanWithBand MeanOf(const std::vector<double>& values, const std::vector<double>& weights,
                    const std::vector<int>& groups);

}  // namespace amsel
