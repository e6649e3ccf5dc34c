// Text made safe for a line of a log.
#ifndef OUTDIAL_LOGGING_SRC_ESCAPE_H_
#define OUTDIAL_LOGGING_SRC_ESCAPE_H_

#include <string>
#include <string_view>

namespace outdial::logging {

// Appends `text` to `line` as the inside of a JSON string that holds no line break, no control
// character and nothing that is not UTF-8: quotes and backslashes are escaped as JSON does it,
// control characters and Unicode's line separators as \uNNNN. A byte that is no part of valid UTF-8
// becomes the four characters \xNN, whose backslash is escaped.
void AppendEscaped(std::string_view text, std::string& line);

}  // namespace outdial::logging

#endif  // OUTDIAL_LOGGING_SRC_ESCAPE_H_
