// "TIFF Revision 6.0" (Aldus 1992), its Technical Note 2 for JPEG, and Adobe's Technical Notes of 2002 for Deflate.
#include "image/tiff.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/status_macros.h"
#include "image/image_errors.h"
#include "image/tiff_numbers.h"

namespace amsel {
namespace {

enum Tag : std::uint32_t {
  kSubfileType = 254,
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kCompression = 259,
  kPhotometric = 262,
  kFillOrder = 266,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kRowsPerStrip = 278,
  kStripLengths = 279,
  kPlanar = 284,
  kPredictor = 317,
  kColorMap = 320,
  kTileWidth = 322,
  kTileHeight = 323,
  kTileOffsets = 324,
  kTileLengths = 325,
  kSubDirectories = 330,
  kExtraSamples = 338,
  kSampleFormat = 339,
  kJpegTables = 347,
  kDngVersion = 50706,
};

Error NotReadable(const std::string& why) {
  return BadInput("not a readable TIFF image: " + why);
}

Error Unread(const std::string& what) {
  return BadInput("a TIFF image " + what + ", which is not read; convert it to 8-bit RGB");
}

/// The entries of one directory.
class Directory {
 public:
  static Result<Directory> First(std::string_view tiff) {
    Directory directory(tiff);
    const auto at = directory.numbers_.At(4, 4);
    const auto count = at ? directory.numbers_.At(*at, 2) : std::nullopt;
    if (!count || tiff.size() - *at - 2 < *count * kTiffEntryBytes) return TruncatedImage();
    directory.first_ = *at + std::size_t{2};
    directory.count_ = *count;
    return directory;
  }

  /// At most the first `most` values of a tag, of 2 or 4 bytes each; none where there is no such tag, or what it says
  /// is damaged.
  std::vector<std::uint32_t> Values(Tag tag, std::size_t most) const {
    std::vector<std::uint32_t> values;
    const auto place = Find(tag);
    if (!place || place->width < 2 || place->width > 4) return values;
    values.resize(std::min(place->count, most));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = *numbers_.At(place->at + i * place->width, place->width);
    }
    return values;
  }

  std::uint32_t Value(Tag tag, std::uint32_t otherwise) const {
    const auto place = Find(tag);
    if (!place || place->width > 4 || place->count < 1) return otherwise;
    return *numbers_.At(place->at, place->width);
  }

  std::string_view Bytes(Tag tag) const {
    const auto place = Find(tag);
    return place ? tiff_.substr(place->at, place->count * place->width) : "";
  }

  bool Has(Tag tag) const { return Find(tag).has_value(); }

 private:
  struct Place {
    std::size_t at;
    std::size_t width;  ///< bytes of a value
    std::size_t count;
  };

  explicit Directory(std::string_view tiff) : tiff_(tiff), numbers_(tiff) {}

  /// Where the values of a tag lie, all of them inside the file.
  std::optional<Place> Find(Tag tag) const {
    constexpr std::size_t kWidths[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};  // by type
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t entry = first_ + i * kTiffEntryBytes;
      if (*numbers_.At(entry, 2) != tag) continue;
      const std::uint32_t type = *numbers_.At(entry + 2, 2);
      if (type < 1 || type >= std::size(kWidths)) return std::nullopt;
      Place place{entry + 8, kWidths[type], *numbers_.At(entry + 4, 4)};
      if (place.count * place.width > 4) place.at = *numbers_.At(place.at, 4);
      const bool inside = place.at <= tiff_.size() && (tiff_.size() - place.at) / place.width >= place.count;
      return inside ? std::optional<Place>(place) : std::nullopt;
    }
    return std::nullopt;
  }

  std::string_view tiff_;
  TiffNumbers numbers_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

Status ReadSize(const Directory& directory, TiffPage& page) {
  page.width = directory.Value(kWidth, 0);
  page.height = directory.Value(kHeight, 0);
  if (page.width < 1 || page.height < 1 || page.width > INT32_MAX || page.height > INT32_MAX) {
    return NotReadable("it declares no size");
  }
  const std::uint32_t orientation = directory.Value(kOrientation, 1);
  if (orientation >= 1 && orientation <= 8) page.orientation = static_cast<int>(orientation);
  const bool preview = (directory.Value(kSubfileType, 0) & 1) != 0 && directory.Has(kSubDirectories);
  if (preview || directory.Has(kDngVersion)) return Unread("that begins with a preview, as cameras' raw files do");
  return {};
}

Status ReadCoding(const Directory& directory, TiffPage& page) {
  const std::uint32_t compression = directory.Value(kCompression, 1);
  switch (compression) {
    case 1:
      page.coding = TiffPage::Coding::kPlain;
      break;
    case 5:
      page.coding = TiffPage::Coding::kLzw;
      break;
    case 7:
      page.coding = TiffPage::Coding::kJpeg;
      break;
    case 8:
    case 32946:
      page.coding = TiffPage::Coding::kDeflate;
      break;
    case 32773:
      page.coding = TiffPage::Coding::kPackBits;
      break;
    case 2:
    case 3:
    case 4:
      return Unread("compressed for fax");
    default:
      return Unread("with compression " + std::to_string(compression));
  }
  page.jpeg_tables = directory.Bytes(kJpegTables);
  const std::uint32_t predictor = directory.Value(kPredictor, 1);
  const bool predicts = page.coding == TiffPage::Coding::kLzw || page.coding == TiffPage::Coding::kDeflate;
  if (predicts && predictor > 2) return Unread("with predictor " + std::to_string(predictor));
  page.differences = predicts && predictor == 2;
  if (directory.Value(kFillOrder, 1) != 1) return Unread("whose bits lie in reverse order");
  return {};
}

/// How many samples of a pixel are its colour.
int ColourSamples(TiffPage::Colour colour) {
  switch (colour) {
    case TiffPage::Colour::kRgb:
    case TiffPage::Colour::kYcc:
      return 3;
    case TiffPage::Colour::kCmyk:
      return 4;
    default:
      return 1;
  }
}

Status ReadColour(const Directory& directory, TiffPage& page) {
  const std::uint32_t photometric = directory.Value(kPhotometric, 1);
  page.white_is_zero = photometric == 0;
  switch (photometric) {
    case 0:
    case 1:
      page.colour = TiffPage::Colour::kGray;
      break;
    case 2:
      page.colour = TiffPage::Colour::kRgb;
      break;
    case 3:
      page.colour = TiffPage::Colour::kPalette;
      break;
    case 5:
      page.colour = TiffPage::Colour::kCmyk;
      break;
    case 6:
      page.colour = TiffPage::Colour::kYcc;
      break;
    case 32803:
      return Unread("of a camera's raw pixels");
    default:
      return Unread("of colour space " + std::to_string(photometric));
  }
  const bool jpeg = page.coding == TiffPage::Coding::kJpeg;
  if (page.colour == TiffPage::Colour::kYcc && !jpeg) return Unread("of YCbCr that is not JPEG");
  page.palette = directory.Values(kColorMap, std::size_t{3} << 8);
  return {};
}

Status ReadSamples(const Directory& directory, TiffPage& page) {
  const std::uint32_t samples = directory.Value(kSamples, 1);
  const int needed = ColourSamples(page.colour);
  if (samples < static_cast<std::uint32_t>(needed)) return NotReadable("it has too few samples for its colours");
  const std::string bands = "of " + std::to_string(samples) + " bands";
  if (samples > static_cast<std::uint32_t>(needed) + 1) return Unread(bands);
  page.samples = static_cast<int>(samples);
  const std::vector<std::uint32_t> extra = directory.Values(kExtraSamples, 1);
  page.premultiplied = page.samples > needed && !extra.empty() && extra.front() == 1;
  for (const std::uint32_t format : directory.Values(kSampleFormat, samples)) {
    if (format == 3) return Unread("of floating point numbers");
    if (format != 1 && format != 4) return Unread("of signed or complex numbers");
  }
  std::vector<std::uint32_t> bits = directory.Values(kBits, samples);
  if (bits.empty()) bits.push_back(1);
  const bool equal = std::all_of(bits.begin(), bits.end(), [&](std::uint32_t each) { return each == bits.front(); });
  page.bits = static_cast<int>(std::min<std::uint32_t>(bits.front(), 1 << 10));
  const bool whole = page.bits == 8 || (page.bits == 16 && page.colour != TiffPage::Colour::kPalette);
  const bool part = (page.bits == 1 || page.bits == 2 || page.bits == 4) && page.samples == 1;
  if (!equal || !(whole || part)) return Unread("of " + std::to_string(page.bits) + " bits a sample");
  if (page.differences && part) return Unread("of differences of less than a byte");
  if (page.colour == TiffPage::Colour::kPalette && page.palette.size() != std::size_t{3} << page.bits) {
    return NotReadable("its palette is of another size than its pixels need");
  }
  const bool jpeg = page.coding == TiffPage::Coding::kJpeg;
  const bool fits =
      page.bits == 8 && page.samples == needed && needed != 4 && page.colour != TiffPage::Colour::kPalette;
  return jpeg && !fits
             ? Unread("of JPEG segments with " + bands.substr(3) + " of " + std::to_string(page.bits) + " bits")
             : Status();
}

Status ReadSegments(const Directory& directory, std::string_view tiff, TiffPage& page) {
  const bool tiled = directory.Has(kTileWidth);
  page.planes = page.samples > 1 && directory.Value(kPlanar, 1) == 2;
  if (page.planes && page.coding == TiffPage::Coding::kJpeg) return Unread("of JPEG planes");
  page.segment_width = tiled ? directory.Value(kTileWidth, 0) : page.width;
  page.segment_height =
      tiled
          ? directory.Value(kTileHeight, 0)
          : std::min<std::int64_t>(std::max<std::uint32_t>(directory.Value(kRowsPerStrip, UINT32_MAX), 1), page.height);
  constexpr std::int64_t kTileSides = 16;  // are multiples of it
  if (tiled && (page.segment_width < 1 || page.segment_height < 1 || page.segment_width % kTileSides != 0 ||
                page.segment_height % kTileSides != 0)) {
    return NotReadable("its tiles have no sound size");
  }
  const std::int64_t across = (page.width + page.segment_width - 1) / page.segment_width;
  const std::int64_t down = (page.height + page.segment_height - 1) / page.segment_height;
  const std::int64_t planes = page.planes ? page.samples : 1;
  if (down > INT32_MAX / planes / across) return NotReadable("it lists fewer segments than its size needs");
  const auto needed = static_cast<std::size_t>(across * down * planes);
  page.offsets = directory.Values(tiled ? kTileOffsets : kStripOffsets, needed);
  page.lengths = directory.Values(tiled ? kTileLengths : kStripLengths, needed);
  if (page.lengths.empty() && needed == 1) page.lengths.push_back(static_cast<std::uint32_t>(tiff.size()));
  if (page.offsets.size() < needed || page.lengths.size() < needed) {
    return NotReadable("it lists fewer segments than its size needs");
  }
  std::uint64_t together = 0;
  for (std::size_t i = 0; i < needed; ++i) {
    together +=
        std::min<std::uint64_t>(page.lengths[i], tiff.size() - std::min<std::size_t>(page.offsets[i], tiff.size()));
  }
  return together > 2 * std::uint64_t{tiff.size()} ? NotReadable("its segments overlap each other") : Status();
}

}  // namespace

bool LooksLikeTiff(std::string_view bytes) {
  using std::string_view_literals::operator""sv;
  return bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) || bytes.starts_with("II+\0"sv) ||
         bytes.starts_with("MM\0+"sv);
}

Result<TiffPage> ReadTiff(std::string_view tiff) {
  TiffPage page;
  const TiffNumbers numbers(tiff);
  page.little = numbers.little();
  if (numbers.At(2, 2) != kTiffMagic) return Unread("of the form BigTIFF");
  if (tiff.size() >= 10 && tiff.substr(8, 2) == "CR")
    return Unread("that begins with a preview, as cameras' raw files do");
  AMSEL_ASSIGN_OR_RETURN(const Directory directory, Directory::First(tiff));
  AMSEL_RETURN_IF_ERROR(ReadSize(directory, page));
  AMSEL_RETURN_IF_ERROR(ReadCoding(directory, page));
  AMSEL_RETURN_IF_ERROR(ReadColour(directory, page));
  AMSEL_RETURN_IF_ERROR(ReadSamples(directory, page));
  AMSEL_RETURN_IF_ERROR(ReadSegments(directory, tiff, page));
  return page;
}

}  // namespace amsel
