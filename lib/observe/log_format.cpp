#include "observe/json_text.hpp"
#include "observe/log.hpp"

#include <array>
#include <cctype>

namespace hil::observe {
namespace {

constexpr std::array<std::string_view, channel_count> channel_names{"control", "dispatch", "measure",
                                                                    "market",  "web",      "sim"};
constexpr std::array<std::string_view, 4> level_names{"DEBUG", "INFO", "WARNING", "ERROR"};

// The name's place in the list, whatever its case.
template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view text) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    for (std::size_t i = 0; i < N; ++i) {
        if (std::ranges::equal(names[i], text, same)) return static_cast<Enum>(i);
    }
    return {};
}

void append_printable(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (const char c : text) {
        const auto value = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (value < 0x20 || value == 0x7F) {
            out += "\\x";
            out += hex[value >> 4];
            out += hex[value & 0xF];
        } else {
            out += c;
        }
    }
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, text);
}

}  // namespace

std::string_view to_string(Channel channel) {
    return channel_names.at(static_cast<std::size_t>(channel));
}

std::string_view to_string(Level level) {
    return level_names.at(static_cast<std::size_t>(level));
}

std::optional<Level> parse_level(std::string_view text) {
    return find_name<Level>(level_names, text);
}

std::optional<Channel> parse_channel(std::string_view text) {
    return find_name<Channel>(channel_names, text);
}

void append_text(std::string& out, const LogLine& line, const Zone& zone) {
    zone.append(out, line.time);
    out += ' ';
    out += to_string(line.level);
    out += ' ';
    out += to_string(line.channel);
    out += ' ';
    if (!line.plant.empty()) {
        append_printable(out, line.plant);
        out += ": ";
    }
    append_printable(out, line.message);
    if (!line.correlation.empty()) {
        out += " [";
        append_printable(out, line.correlation);
        out += ']';
    }
}

void append_json(std::string& out, const LogLine& line, const Zone& zone) {
    out += R"({"time":")";
    zone.append(out, line.time);
    out += '"';
    append_member(out, "level", to_string(line.level));
    append_member(out, "channel", to_string(line.channel));
    append_member(out, "message", line.message);
    if (!line.plant.empty()) append_member(out, "plant", line.plant);
    if (!line.correlation.empty()) append_member(out, "correlation", line.correlation);
    out += '}';
}

}  // namespace hil::observe
