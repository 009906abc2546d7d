// What the command lines of the emulators have in common.
#pragma once

#include <boost/program_options.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace hil::plant_sim {

// The whole text as a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// `arguments` without the program's name; no positional ones, no guessing of shortened names. Throws
// boost::program_options::error with a sentence for what is not understood.
inline boost::program_options::variables_map stored(
    const std::vector<std::string>& arguments, const boost::program_options::options_description& options) {
    namespace po = boost::program_options;
    namespace style = po::command_line_style;
    po::variables_map values;
    po::store(po::command_line_parser(arguments)
                  .options(options)
                  .positional({})
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              values);
    return values;
}

}  // namespace hil::plant_sim
