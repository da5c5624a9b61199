#include "report/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace amsel {
namespace {

struct KindRole {
  const char* kind;
  RowRole role;
};

constexpr std::array kKindRoles = {KindRole{"single", RowRole::kSingle},
                                   KindRole{"adapted-single", RowRole::kAdaptedSingle},
                                   KindRole{"derived-single", RowRole::kDerivedSingle},
                                   KindRole{"adapted-derived-single", RowRole::kAdaptedDerivedSingle},
                                   KindRole{"textbook", RowRole::kTextbook},
                                   KindRole{"premodel", RowRole::kPolicy},
                                   KindRole{"cascade", RowRole::kPolicy},
                                   KindRole{"staged", RowRole::kPolicy},
                                   KindRole{"auto", RowRole::kPolicy},
                                   KindRole{"single-policy", RowRole::kPolicy},
                                   KindRole{"random-mix", RowRole::kRandomMix},
                                   KindRole{"random-stop", RowRole::kRandomStop},
                                   KindRole{"oracle", RowRole::kOracle},
                                   KindRole{"pooled-oracle", RowRole::kPooledOracle}};

double MeanOf(const Json& row) {
  return row.at("latency_ms").at("mean").get<double>();
}

}  // namespace

RowRole RoleOf(const Json& row) {
  for (const KindRole& known : kKindRoles) {
    if (row.at("kind") == known.kind) return known.role;
  }
  return RowRole::kOther;
}

const char* GroupName(RowRole role) {
  switch (role) {
    case RowRole::kPolicy:
      return "policies";
    case RowRole::kTextbook:
      return "textbook";
    case RowRole::kSingle:
      return "singles";
    case RowRole::kDerivedSingle:
      return "derived single";
    case RowRole::kAdaptedSingle:
      return "adapted singles";
    case RowRole::kAdaptedDerivedSingle:
      return "adapted derived single";
    case RowRole::kRandomMix:
      return "random mix";
    case RowRole::kRandomStop:
      return "random stop";
    case RowRole::kOracle:
      return "oracle";
    case RowRole::kPooledOracle:
      return "pooled oracle";
    case RowRole::kOther:
      break;
  }
  return "others";
}

bool IsAchievable(RowRole role) {
  return role <= RowRole::kAdaptedDerivedSingle;
}

const Json* FindRow(const Json& results, const std::string& name) {
  const Json& rows = results.at("rows");
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Json& row) { return row.at("name") == name; });
  return it == rows.end() ? nullptr : &*it;
}

std::optional<double> NumberIn(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number()) return std::nullopt;
  return it->get<double>();
}

Json FieldOrNull(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? Json() : *it;
}

std::string DerivedName(const Json& results, const std::string& name) {
  const Json* row = FindRow(results, name);
  const Json shares = row == nullptr ? Json() : FieldOrNull(*row, "shares");
  std::string most = name;
  double share = 0;
  for (const auto& [candidate, value] : shares.items()) {
    if (!value.is_number() || value <= share) continue;
    most = candidate;
    share = value;
  }
  return most;
}

std::string PercentCell(const Json& fraction) {
  return fraction.is_number() ? fmt::format("{:.2f}", 100 * fraction.get<double>()) : "-";
}

std::string IntervalCell(const Json& interval) {
  return interval.is_null() ? "-" : fmt::format("{}-{}", PercentCell(interval[0]), PercentCell(interval[1]));
}

std::vector<const Json*> ParetoFront(const Json& rows) {
  std::vector<const Json*> sorted;
  for (const Json& row : rows) {
    if (IsAchievable(RoleOf(row))) sorted.push_back(&row);
  }
  const auto accuracy = [](const Json* row) { return row->at("top1").get<double>(); };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Json* a, const Json* b) {
    return MeanOf(*a) != MeanOf(*b) ? MeanOf(*a) < MeanOf(*b) : accuracy(a) > accuracy(b);
  });
  std::vector<const Json*> front;
  for (const Json* row : sorted) {
    if (front.empty() || accuracy(row) > accuracy(front.back())) front.push_back(row);
  }
  return front;
}

}  // namespace amsel
