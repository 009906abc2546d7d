// `hil_scheduler report`: the HTML report of a recorded range.
#pragma once

#include "app/measurement_options.hpp"

namespace hil::app {

// Into the file, or to standard output where that was asked for. False when it cannot be written; a sentence
// was printed.
bool put_out(const ReportOptions& options, const std::filesystem::path& file, const std::string& text);

// The exit status of the program.
int report_command(const ReportOptions& options);

}  // namespace hil::app
