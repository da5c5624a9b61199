// Reads the rows of a profile, which may come from anywhere, and says what is wrong with them. Internal to
// ProfileTable::Load.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "base/status_macros.h"
#include "profile/store.h"

namespace amsel {

class RowReader {
 public:
  /// `store` must outlive it. `progress` is told once Expect() has been called.
  RowReader(ProfileStore& store, std::function<void(std::size_t done, std::size_t total)> progress);

  ProfileStore& store() { return store_; }
  /// Of the file and its journal: what is in memory can be no more than a few times as much.
  std::uintmax_t file_bytes() const { return file_bytes_; }

  /// About so many rows are to come.
  void Expect(std::size_t rows) { expected_ = rows; }

  /// Calls take(row) for each row of `sql`; its first error ends it.
  template <typename Take>
  Status Each(const std::string& sql, Take&& take) {
    AMSEL_ASSIGN_OR_RETURN(Statement query, store_.database().Prepare(sql));
    for (;;) {
      AMSEL_ASSIGN_OR_RETURN(const bool row, query.Step());
      if (!row) return {};
      AMSEL_RETURN_IF_ERROR(take(query));
      if (expected_ == 0 || !progress_ || ++rows_ % kBetweenReports != 0) continue;
      progress_(std::min(rows_, expected_), expected_);
    }
  }

  /// A whole number from 0, as text in table meta; 0 where there is none.
  Result<int> WholeMeta(const std::string& key, int most);

  Error Incomplete(const std::string& what) const;
  Error Wrong(const std::string& what, const std::string& expected) const;
  /// Bad input, said of the file.
  Error Fault(const std::string& what) const;

 private:
  static constexpr std::size_t kBetweenReports = 1 << 14;
  ProfileStore& store_;
  std::function<void(std::size_t done, std::size_t total)> progress_;
  std::uintmax_t file_bytes_ = 0;
  std::size_t rows_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace amsel
