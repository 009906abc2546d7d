#include "config/load.hpp"

#include "config/describe.hpp"
#include "config/document.hpp"
#include "config/reader.hpp"
#include "config/rules.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

namespace hil::config {

namespace {

constexpr std::uintmax_t largest_file = 128u << 20u;  // ten thousand plants take 50 MB

Loaded refused(const std::string& source, std::string text) {
    Loaded out;
    out.problems.push_back({source, {}, std::move(text)});
    return out;
}

}  // namespace

Loaded parse(std::string_view text, const std::string& source, const Environment& environment) {
    Loaded out;
    Problems problems(source);
    if (const auto document = read_document(text, problems)) {
        Overrides overrides(environment);
        Reader reader(*document, overrides, problems);
        if (document->is_object()) {
            describe(reader, out.config);
            reader.finish();
            check_rules(out.config, problems);
        }
    }
    out.problems = problems.take_problems();
    out.warnings = problems.take_warnings();
    return out;
}

Loaded load(const std::filesystem::path& file, const Environment& environment) {
    const auto source = file.string();
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) return refused(source, "there is no such file");
    if (std::filesystem::is_directory(status)) return refused(source, "is a directory, not a file");
    const auto size = std::filesystem::file_size(file, error);
    if (!error && size > largest_file)
        return refused(source, fmt::format("is too large to be a configuration, {} bytes", size));

    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream.is_open() || stream.bad())
        return refused(source, fmt::format("cannot be read: {}", std::strerror(errno != 0 ? errno : EIO)));
    return parse(text, source, environment);
}

}  // namespace hil::config
