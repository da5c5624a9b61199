#include "profile/duplicates.h"
#include "profile/recorded_duplicates.h"
#include "profile/row_limits.h"
#include "profile/table_loader.h"

namespace amsel {

Status LoadInputs(RowReader& rows, bool join_near_duplicates, const CalibratedOn& calibrated, ProfileTable& table,
                  TableIndex& index) {
  DuplicateInputs pictures;
  std::vector<std::string> contents;
  double decode_ns = 0;
  AMSEL_RETURN_IF_ERROR(rows.Each(
      "SELECT id, key, path, sha256, label, weight, split, \"group\", thumbnail, decode_ns FROM input ORDER BY id",
      [&](Statement& q) -> Status {
        const auto label = q.Whole(4, 0, table.classes() - 1);
        const auto weight = q.Number(5, 0, kMostWeight);
        const auto decode = q.IsNull(9) ? std::optional(std::int64_t{0}) : q.Whole(9, 0, kMostNs);
        if (!q.Whole(0, 0, kMostInputs))
          return rows.Wrong("the id of " + q.Text(1), "a position in the list of images");
        if (!label) {
          return rows.Wrong("label " + q.Text(4) + " of " + q.Text(1),
                            "a whole number below the number of classes, " + std::to_string(table.classes()));
        }
        if (!weight) return rows.Wrong("weight " + q.Text(5) + " of " + q.Text(1), "a number from 0 to 1e12");
        if (!decode) return rows.Wrong("decode_ns of " + q.Text(1), kTime);
        const std::int64_t id = q.Integer(0);
        index.inputs[id] = table.images.size();
        table.images.push_back({q.Text(1), static_cast<int>(*label), *weight, q.Text(6), q.Text(3)});
        table.files.push_back({id, q.Text(2)});
        contents.push_back(q.Text(3));
        pictures.ids.push_back(id);
        pictures.labels.push_back(static_cast<int>(*label));
        pictures.groups.push_back(q.Text(7));
        pictures.thumbnails.push_back(q.Text(8));
        decode_ns += static_cast<double>(*decode);
        return {};
      }));
  if (table.images.empty()) return rows.Fault("holds no image");
  index.image_count = table.images.size();
  table.mean_decode_ms = decode_ns * kMsPerNs / static_cast<double>(table.images.size());
  std::vector<std::size_t> same;
  if (join_near_duplicates) {
    AMSEL_ASSIGN_OR_RETURN(same, NearDuplicatesOf(rows.store(), pictures));
  }
  table.joined = CountJoined(same);
  table.groups = JoinGroups(pictures.groups, contents, same);
  return MarkCalibrated(calibrated, contents, table);
}

}  // namespace amsel
