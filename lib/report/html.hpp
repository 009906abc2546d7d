// A report as one HTML file that needs nothing else: no program, no network, no script to be read. Styles,
// pictures (SVG), the data they are drawn from (JSON) and the script that zooms them are in it.
#pragma once

#include "report/document.hpp"

#include <string>

namespace hil::report {

std::string to_html(const Document& document);

// "report_lib_20251001T000000+0200_20251002T000000+0200.html"
std::string file_name(const Document& document);

}  // namespace hil::report
