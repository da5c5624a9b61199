#include <algorithm>
#include <cmath>

#include "backend/canonical.h"
#include "base/half.h"
#include "profile/output_row.h"
#include "profile/table_loader.h"

namespace amsel {

Status LoadOutputs(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  const auto classes = static_cast<std::size_t>(table.classes());
  const std::size_t cells = table.ranks.size();
  const std::size_t answered = cells - table.failed_count();
  if (sizeof(std::uint16_t) * answered * classes > rows.file_bytes()) return rows.Incomplete("outputs are missing");
  table.log_probs.assign(cells * classes, ToHalf(static_cast<float>(-std::log(table.classes()))));
  table.top_classes.assign(cells, -1);
  std::size_t found = 0;
  std::vector<float> row(classes);
  AMSEL_RETURN_IF_ERROR(
      rows.Each("SELECT input, candidate, blob FROM output WHERE kind = 'log_prob'", [&](Statement& q) -> Status {
        const auto at = index.At(q.Integer(0), q.Integer(1));
        if (!at || table.ranks[*at] == Outcomes::kNoRank) return {};
        const std::vector<std::uint16_t> halves = UnpackHalves(q.Bytes(2));
        if (table.top_classes[*at] >= 0) return rows.Fault("two rows: " + CellName("output", table, *at));
        if (const std::string fault = FaultOfLogProbs(halves, classes); !fault.empty()) {
          return rows.Fault(CellName("output", table, *at) + ": " + fault);
        }
        std::copy(halves.begin(), halves.end(), table.log_probs.begin() + static_cast<std::ptrdiff_t>(*at * classes));
        for (std::size_t k = 0; k < classes; ++k) row[k] = FromHalf(halves[k]);
        table.ranks[*at] = static_cast<std::uint16_t>(RankOf(row, table.images[*at % table.image_count()].label));
        table.top_classes[*at] = TopClass(row);
        ++found;
        return {};
      }));
  const std::size_t missing = answered - found;
  if (missing > 0) return rows.Incomplete(std::to_string(missing) + " outputs are missing");
  return {};
}

}  // namespace amsel
