// What a caller sent, as part of an error's message.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_SAFE_TEXT_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_SAFE_TEXT_H_

#include <string>
#include <string_view>

namespace outdial::router {

// `text` as valid UTF-8 without control characters, each of which becomes a question mark; of a
// long text only the beginning.
std::string SafeText(std::string_view text);

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_SAFE_TEXT_H_
