// HEVC says its size in sequence parameter sets (ITU-T H.265, 7.3.2.2), in a box hvcC or among the data; AV1 in
// sequence headers ("AV1 Bitstream & Decoding Process Specification", 5.5). Which items are which is not asked: data of
// one kind does not read as the other.
#include "image/heif_coded_size.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/status_macros.h"
#include "image/bytes.h"
#include "image/heif_boxes.h"
#include "image/image_errors.h"

namespace amsel {
namespace {

/// Numbers one after another; zero beyond the end.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}

  std::uint64_t Number(std::size_t count) {
    std::uint64_t value = 0;
    for (const char byte : Bytes(count)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

  /// Fewer where there are no more.
  std::string_view Bytes(std::size_t count) {
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(taken.size());
    return taken;
  }

  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
};

/// Bits from the highest of each byte on; zero beyond the end.
class Bits {
 public:
  explicit Bits(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t Next(std::size_t count) {
    std::uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      const std::uint32_t byte = at_ / 8 < bytes_.size() ? ByteAt(bytes_, at_ / 8) : 0;
      value = value << 1 | (byte >> (7 - at_ % 8) & 1);
    }
    return value;
  }

  void Skip(std::size_t count) { at_ += count; }

  /// A number of as many bits as there are zeros before it, as both codecs write them.
  std::uint32_t Counted() {
    std::size_t zeros = 0;
    while (zeros < 32 && at_ / 8 < bytes_.size() && Next(1) == 0) ++zeros;
    return zeros < 32 ? (1U << zeros) - 1 + Next(zeros) : UINT32_MAX;
  }

  bool over() const { return at_ > bytes_.size() * 8; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// Looks through coded data, and refuses what is too large.
class Inspector {
 public:
  explicit Inspector(std::int64_t max_pixels) : max_pixels_(max_pixels) {}

  Status Nal(std::string_view nal) const;
  Status Nals(std::string_view data) const;
  Status Obus(std::string_view data) const;

 private:
  Status SequenceHeader(std::string_view obu) const;

  std::int64_t max_pixels_;
};

/// A unit of HEVC. Only sequence parameter sets count.
Status Inspector::Nal(std::string_view nal) const {
  constexpr std::uint32_t kSequenceParameters = 33;
  constexpr std::size_t kMostNeeded = 256;
  constexpr std::size_t kProfileBits = 88;
  constexpr std::int64_t kPadding = 63;
  if (nal.size() < 2 || (ByteAt(nal, 0) >> 1 & 0x3F) != kSequenceParameters) return {};
  std::string plain;  // without the bytes that keep start codes out
  for (const char byte : nal.substr(2, kMostNeeded)) {
    if (byte != 3 || !plain.ends_with(std::string_view("\0\0", 2))) plain += byte;
  }
  Bits bits(plain);
  bits.Skip(4);
  const std::uint32_t more_layers = bits.Next(3);
  bits.Skip(1 + kProfileBits + 8);
  const std::uint32_t has = bits.Next(more_layers > 0 ? 16 : 0);  // two bits for each of eight layers: profile, level
  for (std::uint32_t layer = 0; layer < more_layers; ++layer) {
    const std::uint32_t of_layer = has >> (14 - 2 * layer) & 3;
    bits.Skip(((of_layer & 2) != 0 ? kProfileBits : 0) + ((of_layer & 1) != 0 ? 8 : 0));
  }
  bits.Counted();
  if (bits.Counted() == 3) bits.Skip(1);
  const std::int64_t width = bits.Counted();
  const std::int64_t height = bits.Counted();
  if (bits.over() || width < 1 || height < 1) return {};
  return CheckPixels(std::max<std::int64_t>(width - kPadding, 1), std::max<std::int64_t>(height - kPadding, 1),
                     max_pixels_, "the coded image");
}

/// Units of HEVC, each after its length.
Status Inspector::Nals(std::string_view data) const {
  for (Fields fields(data); !fields.empty();) {
    const std::uint64_t length = fields.Number(4);
    if (length == 0) break;
    AMSEL_RETURN_IF_ERROR(Nal(fields.Bytes(length)));
  }
  return {};
}

Status Inspector::SequenceHeader(std::string_view obu) const {
  Bits bits(obu);
  bits.Skip(4);
  const bool still = bits.Next(1) != 0;  // of one size for good
  if (still) bits.Skip(5);
  std::uint32_t delay_bits = 0;
  if (!still && bits.Next(1) != 0) {  // timing
    bits.Skip(64);
    if (bits.Next(1) != 0) bits.Counted();
    if (bits.Next(1) != 0) {
      delay_bits = bits.Next(5) + 1;
      bits.Skip(32 + 5 + 5);
    }
  }
  const bool display_delays = !still && bits.Next(1) != 0;
  const std::uint32_t points = still ? 0 : bits.Next(5) + 1;
  for (std::uint32_t point = 0; point < points; ++point) {
    bits.Skip(12);
    if (bits.Next(5) > 7) bits.Skip(1);
    if (delay_bits > 0 && bits.Next(1) != 0) bits.Skip(2 * delay_bits + 1);
    if (display_delays && bits.Next(1) != 0) bits.Skip(4);
  }
  const std::uint32_t width_bits = bits.Next(4) + 1;
  const std::uint32_t height_bits = bits.Next(4) + 1;
  const std::int64_t width = std::int64_t{bits.Next(width_bits)} + 1;
  const std::int64_t height = std::int64_t{bits.Next(height_bits)} + 1;
  if (bits.over()) return {};
  AMSEL_RETURN_IF_ERROR(CheckPixels(width, height, max_pixels_, "the coded image"));
  return still ? Status()
               : CheckPixels(std::int64_t{1} << width_bits, std::int64_t{1} << height_bits, 4 * max_pixels_,
                             "the coded image, whose frames may change their size,");
}

/// Units of AV1. Only sequence headers count.
Status Inspector::Obus(std::string_view data) const {
  constexpr std::uint32_t kSequenceHeader = 1;
  for (Fields fields(data); !fields.empty();) {
    const std::uint64_t head = fields.Number(1);
    if ((head & 4) != 0) fields.Number(1);
    std::uint64_t length = UINT64_MAX;  // the rest
    if ((head & 2) != 0) {
      length = 0;
      for (int shift = 0; shift < 56; shift += 7) {
        const std::uint64_t part = fields.Number(1);
        length |= (part & 0x7F) << shift;
        if ((part & 0x80) == 0) break;
      }
    }
    const std::string_view obu = fields.Bytes(static_cast<std::size_t>(length));
    if ((head >> 3 & 0xF) == kSequenceHeader) AMSEL_RETURN_IF_ERROR(SequenceHeader(obu));
  }
  return {};
}

/// Parameter sets that stand beside the data.
Status CheckProperties(const Inspector& inspector, std::string_view container) {
  for (HeifBoxes walk(container); walk.Next();) {
    Fields fields(walk.content());
    if (walk.name() == "av1C") {
      fields.Bytes(4);
      AMSEL_RETURN_IF_ERROR(inspector.Obus(fields.Bytes(walk.content().size())));
    }
    if (walk.name() != "hvcC") continue;
    fields.Bytes(22);
    for (std::uint64_t arrays = fields.Number(1); arrays > 0; --arrays) {
      fields.Bytes(1);
      for (std::uint64_t units = fields.Number(2); units > 0 && !fields.empty(); --units) {
        AMSEL_RETURN_IF_ERROR(inspector.Nal(fields.Bytes(fields.Number(2))));
      }
    }
  }
  return {};
}

/// The data of every item, where the box iloc says that it lies.
Status CheckItems(const Inspector& inspector, std::string_view heif, std::string_view locations,
                  std::string_view inner) {
  Fields fields(locations);
  const std::uint64_t version = fields.Number(4) >> 24;
  const std::uint64_t sizes = fields.Number(2);
  const auto size = [&](int place) { return static_cast<std::size_t>(sizes >> (12 - 4 * place) & 0xF); };
  const std::size_t wide = version == 2 ? 4 : 2;
  std::size_t together = 0;
  for (std::uint64_t items = fields.Number(wide); items > 0 && !fields.empty(); --items) {
    fields.Bytes(wide);
    const bool in_meta = version > 0 && (fields.Number(2) & 0xF) == 1;
    fields.Bytes(2);
    const std::uint64_t base = fields.Number(size(2));
    const std::string_view source = in_meta ? inner : heif;
    std::string data;
    std::uint64_t extents = fields.Number(2);
    if (size(0) + size(1) + (version > 0 ? size(3) : 0) == 0)
      extents = std::min<std::uint64_t>(extents, 1);  // all the same
    for (; extents > 0 && !fields.empty(); --extents) {
      if (version > 0) fields.Bytes(size(3));
      const std::uint64_t offset = base + fields.Number(size(0));
      const std::uint64_t length = fields.Number(size(1));
      if (offset > source.size()) continue;
      const std::string_view part = source.substr(offset, length == 0 ? std::string_view::npos : length);
      together += part.size();
      if (together > 2 * heif.size()) return BadInput("the image's parts overlap each other");
      data += part;
    }
    AMSEL_RETURN_IF_ERROR(inspector.Nals(data));
    AMSEL_RETURN_IF_ERROR(inspector.Obus(data));
  }
  return {};
}

}  // namespace

Status CheckCodedSizes(std::string_view heif, std::int64_t max_pixels) {
  const Inspector inspector(max_pixels);
  for (HeifBoxes walk(heif); walk.Next();) {
    if (walk.name() != "meta" || walk.content().size() < 4) continue;
    const std::string_view meta = walk.content().substr(4);
    if (const auto properties = FindBox(meta, "iprp", 0)) {
      AMSEL_RETURN_IF_ERROR(CheckProperties(inspector, FindBox(*properties, "ipco", 0).value_or("")));
    }
    if (const auto locations = FindBox(meta, "iloc", 0)) {
      AMSEL_RETURN_IF_ERROR(CheckItems(inspector, heif, *locations, FindBox(meta, "idat", 0).value_or("")));
    }
  }
  return {};
}

}  // namespace amsel
