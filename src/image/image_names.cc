#include "image/image_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace amsel {
namespace {

using std::string_view_literals::operator""sv;

struct Mark {
  std::size_t at;
  std::string_view bytes;
  std::string_view name;
};

constexpr std::string_view kRaw = "a camera's raw file; convert it to JPEG or TIFF";
constexpr std::string_view kVideo = "an MP4 or QuickTime video; take frames out of it";

constexpr std::array kMarks = {
    Mark{0, "version https://git-lfs.github.com/"sv, "a Git LFS pointer; fetch the file itself by `git lfs pull`"},
    Mark{0, "8BPS"sv, "a Photoshop document (PSD)"},
    Mark{0, "\0\0\1\0"sv, "an icon (ICO)"},
    Mark{0, "\0\0\2\0"sv, "a cursor (CUR)"},
    Mark{0, "%PDF-"sv, "a PDF document"},
    Mark{0, "%!PS"sv, "a PostScript document"},
    Mark{0, "\xFF\x0A"sv, "a JPEG XL image"},
    Mark{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, "a JPEG XL image"},
    Mark{0, "\xFF\x4F\xFF\x51"sv, "a JPEG 2000 image"},
    Mark{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, "a JPEG 2000 image"},
    Mark{0, "FUJIFILMCCD-RAW"sv, kRaw},
    Mark{0, "IIRO"sv, kRaw},
    Mark{0, "IIRS"sv, kRaw},
    Mark{0, "MMOR"sv, kRaw},
    Mark{0, "IIU\0"sv, kRaw},
    Mark{0, "\0MRM"sv, kRaw},
    Mark{0, "FOVb"sv, kRaw},
    Mark{4, "ftypcrx "sv, kRaw},
    Mark{0, "\x76\x2F\x31\x01"sv, "an OpenEXR image"},
    Mark{0, "#?RADIANCE"sv, "a Radiance HDR image"},
    Mark{0, "#?RGBE"sv, "a Radiance HDR image"},
    Mark{128, "DICM"sv, "a DICOM file"},
    Mark{0, "DDS "sv, "a DirectDraw texture (DDS)"},
    Mark{0, "qoif"sv, "a QOI image"},
    Mark{0, "\x59\xA6\x6A\x95"sv, "a Sun raster image"},
    Mark{0, "P1"sv, "a PBM image; only PGM and PPM in their binary forms are read"},
    Mark{0, "P2"sv, "a PGM image in text; only PGM and PPM in their binary forms are read"},
    Mark{0, "P3"sv, "a PPM image in text; only PGM and PPM in their binary forms are read"},
    Mark{0, "P4"sv, "a PBM image; only PGM and PPM in their binary forms are read"},
    Mark{0, "P7"sv, "a PAM image; only PGM and PPM in their binary forms are read"},
    Mark{0, "Pf\n"sv, "a PFM image of floating point numbers"},
    Mark{0, "PF\n"sv, "a PFM image of floating point numbers"},
    Mark{0, "SIMPLE  ="sv, "a FITS file"},
    Mark{0, "NITF"sv, "a NITF file"},
    Mark{0, "\x89HDF\r\n\x1A\n"sv, "an HDF5 file"},
    Mark{0, "\x93NUMPY"sv, "a NumPy array"},
    Mark{0, "PK\3\4"sv, "a ZIP archive; unpack it"},
    Mark{0, "\x1F\x8B"sv, "compressed by gzip; unpack it"},
    Mark{0, "7z\xBC\xAF\x27\x1C"sv, "a 7z archive; unpack it"},
    Mark{0, "Rar!"sv, "a RAR archive; unpack it"},
    Mark{257, "ustar"sv, "a tar archive; unpack it"},
    Mark{0, "\x1A\x45\xDF\xA3"sv, "a Matroska or WebM video; take frames out of it"},
    Mark{8, "AVI LIST"sv, "an AVI video; take frames out of it"},
    Mark{4, "ftyp"sv, kVideo},
    Mark{4, "moov"sv, kVideo},
    Mark{4, "mdat"sv, kVideo},
    Mark{4, "wide"sv, kVideo},
};

/// `text` without a byte-order mark and what is blank before its first letter, its beginning in lower case.
std::string_view Beginning(std::string_view text, std::array<char, 1024>& room) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  text = text.substr(0, room.size());
  std::transform(text.begin(), text.end(), room.begin(),
                 [](char letter) { return static_cast<char>(std::tolower(static_cast<unsigned char>(letter))); });
  return {room.data(), text.size()};
}

std::string_view NameOfMarkup(std::string_view bytes) {
  std::array<char, 1024> room;
  const std::string_view text = Beginning(bytes, room);
  if (text.starts_with("<!doctype html") || text.starts_with("<html")) {
    return "a web page (HTML): what was downloaded is not the image";
  }
  if (text.starts_with("<svg")) return "an SVG drawing";
  if (!text.starts_with("<?xml") && !text.starts_with("<!")) return "";
  if (text.find("<svg") != std::string_view::npos) return "an SVG drawing";
  return text.find("<html") != std::string_view::npos ? "a web page (HTML): what was downloaded is not the image"
                                                      : "an XML document";
}

}  // namespace

std::string_view NameOfUnread(std::string_view bytes) {
  for (const Mark& mark : kMarks) {
    if (bytes.size() > mark.at && bytes.substr(mark.at).starts_with(mark.bytes)) return mark.name;
  }
  if (!bytes.empty() && bytes.find_first_not_of('\0') == std::string_view::npos) return "nothing but zero bytes";
  return NameOfMarkup(bytes);
}

}  // namespace amsel
