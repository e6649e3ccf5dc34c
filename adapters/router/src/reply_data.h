// What a reply holds.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_REPLY_DATA_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_REPLY_DATA_H_

#include <string>
#include <vector>

#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"

namespace outdial::router {

// A result as JSON text.
template <typename Result>
std::string ReplyData(const Result& result) {
  return wire::DumpJson(wire::ToJson(result));
}

// A list is written entity by entity: as one Json value it would take its memory once more.
template <typename Entity>
std::string ReplyData(const std::vector<Entity>& entities) {
  std::string data = "[";
  for (const Entity& entity : entities) {
    if (data.size() > 1) data += ',';
    data += ReplyData(entity);
  }
  data += ']';
  return data;
}

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_REPLY_DATA_H_
