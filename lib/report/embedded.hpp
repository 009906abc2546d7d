// What is put into every report, from lib/report/assets; the build makes the source.
#pragma once

#include <string_view>

namespace hil::report::embedded {

extern const std::string_view report_css, report_js;

}  // namespace hil::report::embedded
