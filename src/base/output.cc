#include "base/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>

namespace amsel {
namespace {

std::atomic<int> results_fault{0};

/// Gives 0, or the errno of the write that failed.
int WriteAllTo(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // somebody else made it non-blocking
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The first character of `text`, which is not empty (Unicode 15, table 3-7: no overlong form, no surrogate).
Character FirstOf(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (lead < 0xC2 || bytes == 0 || text.size() < bytes) return {lead, 1, false};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return {lead, 1, false};
    code = code << 6 | (next & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool valid = code >= kLeast[bytes] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return valid ? Character{code, bytes, true} : Character{lead, 1, false};
}

/// What a terminal obeys, and what ends lines or turns the direction of text.
bool IsControl(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

void AppendEscape(const Character& character, std::string& out) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), character.valid ? "\\u%04x" : "\\x%02x", character.code);
  switch (character.valid ? character.code : 0) {
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      out += text.data();
  }
}

enum class Kept { kNoControls, kLineEnds, kAllControls };

std::string Escaped(std::string_view text, Kept controls) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = FirstOf(text);
    const bool kept = character.valid && (!IsControl(character.code) || controls == Kept::kAllControls ||
                                          (controls == Kept::kLineEnds && character.code == '\n'));
    if (kept) {
      out += text.substr(0, character.bytes);
    } else {
      AppendEscape(character, out);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace

void PrepareOutput() {
  std::signal(SIGPIPE, SIG_IGN);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest number that is free: fd
  }
}

std::string Visible(std::string_view text) {
  return Escaped(text, Kept::kNoControls);
}

std::string VisibleLines(std::string_view text) {
  return Escaped(text, Kept::kLineEnds);
}

std::string Utf8(std::string_view text) {
  return Escaped(text, Kept::kAllControls);
}

void WriteResults(std::string_view text) {
  if (results_fault != 0) return;
  if (const int fault = WriteAllTo(STDOUT_FILENO, VisibleLines(text)); fault != 0) results_fault = fault;
}

int ResultsFault() {
  return results_fault;
}

void Complain(std::string_view message) {
  WriteToStderr("amsel: " + VisibleLines(message) + "\n");
}

void WriteToStderr(std::string_view bytes) {
  WriteAllTo(STDERR_FILENO, bytes);
}

}  // namespace amsel
