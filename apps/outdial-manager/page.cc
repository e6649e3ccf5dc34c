#include "page.h"

#include <string>
#include <string_view>

#include "embedded_page.h"

namespace outdial::manager {
namespace {

std::string_view ContentType(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

}  // namespace

std::vector<http::StaticFile> PageFiles() {
  std::vector<http::StaticFile> files;
  for (const EmbeddedFile& file : kEmbeddedPage) {
    const std::string_view name = file.name == "index.html" ? "" : file.name;
    files.push_back({.path = "/" + std::string(name),
                     .content_type = std::string(ContentType(file.name)),
                     .body = std::string(file.text)});
  }
  return files;
}

}  // namespace outdial::manager
