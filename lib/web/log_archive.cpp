#include "web/log_archive.hpp"

#include "web/json_writer.hpp"

#include <boost/json/parse.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

namespace hil::web {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// "control.log", "control.2025-10-01.log", "control.2025-10-01.3.log.gz"
bool is_log_file(std::string_view name) {
    if (name.ends_with(".gz")) name.remove_suffix(3);
    if (!name.ends_with(".log")) return false;
    name.remove_suffix(4);
    const auto dot = name.find('.');
    if (!observe::parse_channel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
    if (!parse_date(name.substr(0, 10))) return false;
    name.remove_prefix(10);
    return name.empty() ||
           (name.size() > 1 && name.front() == '.' &&
            std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool contains(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char a, char b) { return lower(a) == lower(b); }) != text.end() ||
           part.empty();
}

// The first word of the rest, which it takes away.
std::string_view word(std::string_view& rest) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
}

std::optional<observe::LogLine> parse_json_line(std::string_view text, const Zone& zone) {
    boost::system::error_code error;
    const auto value = json::parse(json_view(text), error);
    const auto* object = error ? nullptr : value.if_object();
    if (object == nullptr) return std::nullopt;
    const auto member = [&](std::string_view name) -> std::string_view {
        const auto* found = object->if_contains(json_view(name));
        const auto* given = found == nullptr ? nullptr : found->if_string();
        return given == nullptr ? std::string_view() : std_view(*given);
    };
    const auto time = zone.parse(member("time"));
    const auto level = observe::parse_level(member("level"));
    const auto channel = observe::parse_channel(member("channel"));
    if (!time || !level || !channel) return std::nullopt;
    return observe::LogLine{.time = *time,
                            .level = *level,
                            .channel = *channel,
                            .message = std::string(member("message")),
                            .plant = std::string(member("plant")),
                            .correlation = std::string(member("correlation"))};
}

// Reads plain and compressed files alike.
class LineReader {
  public:
    explicit LineReader(const fs::path& path) : file_(::gzopen(path.c_str(), "rb"), &::gzclose) {}

    bool next(std::string& line) {
        line.clear();
        for (;;) {
            if (at_ == end_ && !fill()) return !line.empty();
            const char* begin = block_.data() + at_;
            const char* stop = std::find(begin, static_cast<const char*>(block_.data() + end_), '\n');
            line.append(begin, stop);
            at_ = static_cast<std::size_t>(stop - block_.data());
            if (at_ == end_) continue;
            ++at_;
            return true;
        }
    }

  private:
    bool fill() {
        if (!file_) return false;
        const int got = ::gzread(file_.get(), block_.data(), static_cast<unsigned>(block_.size()));
        at_ = 0;
        end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        return got > 0;
    }

    std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
    std::array<char, 1 << 16> block_{};
    std::size_t at_ = 0, end_ = 0;
};

}  // namespace

bool LogFilter::matches(const observe::LogLine& line) const {
    return (!channel || line.channel == *channel) && line.level >= level &&
           (plant.empty() || line.plant == plant) &&
           (correlation.empty() || line.correlation == correlation) && contains(line.message, text);
}

std::optional<observe::LogLine> parse_log_line(std::string_view line,
                                               const std::vector<std::string>& plant_ids, const Zone& zone) {
    if (line.starts_with('{')) return parse_json_line(line, zone);
    const auto time = zone.parse(word(line));
    const auto level = observe::parse_level(word(line));
    const auto channel_name = word(line);
    std::string_view plant;
    auto rest = line;
    auto name = word(rest);
    if (name.ends_with(':')) {
        name.remove_suffix(1);
        if (std::find(plant_ids.begin(), plant_ids.end(), name) != plant_ids.end()) {
            plant = name;
            line = rest;
        }
    }
    const auto channel = observe::parse_channel(channel_name);
    if (!time || !level || !channel) return std::nullopt;
    std::string_view correlation;
    if (line.ends_with(']')) {
        const auto open = line.rfind(" [");
        const auto inside = open == std::string_view::npos ? std::string_view()
                                                           : line.substr(open + 2, line.size() - open - 3);
        if (inside.starts_with("cmd-") || inside.starts_with("c-")) {
            correlation = inside;
            line = line.substr(0, open);
        }
    }
    return observe::LogLine{.time = *time,
                            .level = *level,
                            .channel = *channel,
                            .message = std::string(line),
                            .plant = std::string(plant),
                            .correlation = std::string(correlation)};
}

std::vector<std::string> LogArchive::files() const {
    std::vector<std::string> names;
    std::error_code error;
    for (auto at = fs::directory_iterator(directory_, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        auto name = at->path().filename().string();
        std::error_code unreadable;
        if (is_log_file(name) && at->is_regular_file(unreadable) && !at->is_symlink(unreadable))
            names.push_back(std::move(name));
    }
    // The current ones have no date and come first, then the newest days.
    const auto day = [](const std::string& name) {
        const auto dot = name.find('.');
        return parse_date(std::string_view(name).substr(dot + 1, 10)) ? name.substr(dot + 1)
                                                                      : std::string("~");
    };
    std::sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
        const auto day_a = day(a), day_b = day(b);
        return day_a != day_b ? day_a > day_b : a < b;
    });
    return names;
}

std::optional<LogPage> LogArchive::read(std::string_view name, const LogFilter& filter, std::uint64_t cursor,
                                        std::size_t limit) const {
    const auto known = files();
    if (std::find(known.begin(), known.end(), name) == known.end()) return std::nullopt;
    LineReader reader(directory_ / name);
    std::deque<observe::LogLine> kept;
    bool more = false;
    std::string text;
    for (std::uint64_t number = 1; (cursor == 0 || number < cursor) && reader.next(text); ++number) {
        auto line = parse_log_line(text, plant_ids_, zone_);
        if (!line || !filter.matches(*line)) continue;
        line->number = number;
        kept.push_back(std::move(*line));
        if (kept.size() <= limit) continue;
        kept.pop_front();
        more = true;
    }
    LogPage page;
    page.next = more ? kept.front().number : 0;
    page.lines.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
    return page;
}

}  // namespace hil::web
