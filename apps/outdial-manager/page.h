// The page that shows the lists in a browser.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_PAGE_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_PAGE_H_

#include <vector>

#include "outdial/http/server.h"

namespace outdial::manager {

// The files of page/, as the HTTP transport serves them: the page itself at "/".
std::vector<http::StaticFile> PageFiles();

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_PAGE_H_
