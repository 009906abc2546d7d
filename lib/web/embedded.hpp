// Files of lib/web/assets, part of the program: see cmake/embed.cmake.
#pragma once

#include <string_view>

namespace hil::web::embedded {

extern const std::string_view openapi_json;
extern const std::string_view docs_html, docs_js, docs_css;

}  // namespace hil::web::embedded
