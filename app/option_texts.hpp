// What is made of the table of options beside reading them: help, the man page, shell completion.
#pragma once

#include "app/option_table.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace boost::program_options {
class options_description;
}

namespace hil::app {

// The options of a sub-command, `help` among them, as the library that reads them wants them.
std::shared_ptr<boost::program_options::options_description> describe_options(const SubCommand& command);

std::string overview_text();
std::string help_text(const SubCommand& command);
// Section 1, for `man -l` or a folder of man pages.
std::string man_page();
// To be read by the shell: source <(hil_scheduler help --completion bash).
std::string bash_completion();

}  // namespace hil::app
