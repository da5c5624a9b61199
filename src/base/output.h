// The one way to stdout and stderr. Nothing here throws: a message that cannot be written is dropped, a result that
// cannot be written is remembered for the end. No control character of a name or a label reaches a terminal.
#pragma once

#include <string>
#include <string_view>

namespace amsel {

/// To be called first, once. What is closed of stdin, stdout and stderr is put on /dev/null (stdout so that writing to
/// it fails), so that no file opened later takes their place; a pipe that nobody reads becomes an error to handle
/// rather than a death.
void PrepareOutput();

/// `text` as one line that a terminal shows and does not obey: control characters and what orders text or ends lines
/// become \n, \t, \r or \u001b and the like, bytes that are no UTF-8 become \xe9. The rest, backslashes too, stays.
std::string Visible(std::string_view text);

/// The same with line ends kept. JSON stays the same JSON.
std::string VisibleLines(std::string_view text);

/// `text` with bytes that are no UTF-8 as \xe9 and all else as it is: names that differ stay different in JSON.
std::string Utf8(std::string_view text);

/// Writes VisibleLines(text) to stdout, whole and at once, so that whoever is killed leaves no half line in a pipe.
/// After a write that failed nothing more is written. Thread-safe.
void WriteResults(std::string_view text);

/// `errno` of the write to stdout that failed; 0: none did.
int ResultsFault();

/// A message for people: "amsel: MESSAGE" and a line end on stderr, by VisibleLines. Thread-safe.
void Complain(std::string_view message);

/// Bytes for stderr as they are: a progress bar moves the cursor.
void WriteToStderr(std::string_view bytes);

}  // namespace amsel
