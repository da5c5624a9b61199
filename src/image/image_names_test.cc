#include "image/image_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace amsel {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(NameOfUnread, KnowsWhatLiesInFoldersOfPictures) {
  const std::string box("\0\0\0\x0C", 4);
  for (const auto& [bytes, name] : std::vector<std::pair<std::string, std::string>>{
           {"8BPS\0\1"s, "PSD"},
           {"\0\0\1\0\1\0"s, "ICO"},
           {"%PDF-1.7\n", "PDF"},
           {"\xFF\x0A\x00"s, "JPEG XL"},
           {box + "JXL \r\n\x87\n", "JPEG XL"},
           {box + "jP  \r\n\x87\n", "JPEG 2000"},
           {"FUJIFILMCCD-RAW 0201", "raw"},
           {box + "ftypcrx \0"s, "raw"},
           {"\x76\x2F\x31\x01\2"s, "OpenEXR"},
           {"#?RADIANCE\n", "HDR"},
           {std::string(128, '\0').append("DICM"), "DICOM"},
           {box + "ftypisom\0"s, "MP4"},
           {box + "ftypqt  \0"s, "QuickTime"},
           {box + "moov\0"s, "QuickTime"},
           {"RIFF\0\0\0\0AVI LIST"s, "AVI"},
           {"PK\3\4\x14", "ZIP"},
           {"\x1F\x8B\x08", "gzip"},
           {"P3 1 1 255 0 0 0", "text"},
           {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"},
           {"\xEF\xBB\xBF\n <!DOCTYPE HTML>\n<html>", "web page"},
           {"<HTML lang=en>", "web page"},
           {"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"},
           {"<?xml version='1.0'?>\n<!-- a comment --><svg/>", "SVG"},
           {"<?xml version='1.0'?><Error/>", "XML"},
           {std::string(5000, '\0'), "zero bytes"}}) {
    EXPECT_THAT(std::string(NameOfUnread(bytes)), HasSubstr(name)) << bytes.substr(0, 16);
  }
}

TEST(NameOfUnread, IsEmptyForWhatNobodyKnowsHoweverShort) {
  for (const std::string& bytes : {""s, "\xFF"s, "path,label\n"s, "<p>"s, "\0\0\1"s, std::string(127, 'D')}) {
    EXPECT_THAT(NameOfUnread(bytes), IsEmpty()) << bytes;
  }
}

}  // namespace
}  // namespace amsel
