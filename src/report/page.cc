#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "amsel/version.h"
#include "base/sha256.h"
#include "report/page_data.h"
#include "report/report.h"

namespace amsel {
namespace {

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

/// JSON that may stand inside a <script>: nothing in it can end the element or open a comment.
std::string JsonForScript(const Json& json) {
  std::string escaped;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    switch (c) {
      case '<':
        escaped += "\\u003c";
        break;
      case '>':
        escaped += "\\u003e";
        break;
      case '&':
        escaped += "\\u0026";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

/// The hash of a script as a content security policy names it.
std::string ScriptHash(std::string_view script) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string hex = Sha256Hex(script);
  std::string text = "'sha256-";
  // Three hexadecimal digits are two of base 64; the last of the 64 of SHA-256 is alone, and one of base 64.
  for (std::size_t i = 0; i < hex.size(); i += 3) {
    std::string digits = hex.substr(i, 3);
    digits.resize(3, '0');
    const unsigned long value = std::stoul(digits, nullptr, 16);
    text += kDigits[value >> 6U];
    text += kDigits[value & 63U];
  }
  text.pop_back();
  return text + "='";
}

using Parts = std::vector<std::pair<std::string_view, std::string>>;

/// The template with each {{name}} replaced, in one pass: what is put in is not read again.
std::string Fill(std::string_view text, const Parts& parts) {
  std::string page;
  while (true) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return page.append(text);
    page.append(text.substr(0, open));
    const std::string_view name = text.substr(open + 2, close - open - 2);
    for (const auto& [known, value] : parts) {
      if (known == name) page += value;
    }
    text.remove_prefix(close + 2);
  }
}

}  // namespace

std::string ReportPage(const Json& report, const std::string& plain) {
  const std::string library = std::string(kPageD3) + "\n" + std::string(kPagePlot);
  std::string script;
  for (const std::string_view part :
       {kPageDom, kPageMarks, kPageFigures, kPageScatter, kPageTable, kPageSave, kPagePage}) {
    script += part;
  }
  const std::string policy =
      "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src " +
      ScriptHash(library) + " " + ScriptHash(script);
  return Fill(kPageTemplate, {{"title", EscapeHtml(report.at("title").get<std::string>())},
                              {"policy", policy},
                              {"style", std::string(kPageStyle)},
                              {"plain", EscapeHtml(plain)},
                              {"notices", EscapeHtml(kPageNotices)},
                              {"version", kVersion},
                              {"report", JsonForScript(report)},
                              {"library", library},
                              {"script", script}});
}

}  // namespace amsel
