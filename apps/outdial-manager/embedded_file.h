// A file that is part of the program.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_EMBEDDED_FILE_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_EMBEDDED_FILE_H_

#include <string_view>

namespace outdial::manager {

struct EmbeddedFile {
  std::string_view name;  // "page.css"
  std::string_view text;
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_EMBEDDED_FILE_H_
