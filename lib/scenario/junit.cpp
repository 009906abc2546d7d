#include "scenario/junit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::scenario {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (static_cast<unsigned char>(c) < 0x20 && c != '\t')
            out += ' ';  // not allowed in XML
        else
            out += c;
    }
    return out;
}

std::size_t failures(const Suite& suite) {
    return static_cast<std::size_t>(std::ranges::count(suite.verdicts, false, &Verdict::kept));
}

}  // namespace

std::string junit(std::span<const Suite> suites) {
    std::size_t tests = 0, failed = 0;
    for (const auto& suite : suites) {
        tests += suite.verdicts.size();
        failed += failures(suite);
    }
    auto out =
        fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
                    tests, failed);
    for (const auto& suite : suites) {
        out += fmt::format(
            "  <testsuite name=\"{}\" file=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
            "skipped=\"0\" time=\"{:.3f}\">\n",
            escaped(suite.name), escaped(suite.file), suite.verdicts.size(), failures(suite), suite.wall_s);
        for (const auto& verdict : suite.verdicts) {
            out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", escaped(suite.name),
                               escaped(verdict.sentence));
            if (verdict.kept) {
                out += "/>\n";
            } else {
                out += fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n",
                                   escaped(verdict.finding));
            }
        }
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

}  // namespace hil::scenario
