#include "battery/recording.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <system_error>

namespace hil::battery {
namespace {

constexpr std::uintmax_t most_bytes = 256u << 20u;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct Column {
    std::string_view name;
    double Output::* value;
};
constexpr std::array<Column, 6> columns{{{"battery_active_power_kw", &Output::p_battery_kw},
                                         {"battery_reactive_power_kvar", &Output::q_battery_kvar},
                                         {"soc_pu", &Output::soc_pu},
                                         {"p_poi_kw", &Output::p_poi_kw},
                                         {"q_poi_kvar", &Output::q_poi_kvar},
                                         {"v_poi_kv", &Output::v_poi_kv}}};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

bool known(const RecordedRow& row) {
    return std::ranges::any_of(
        columns, [&row](const Column& column) { return !std::isnan(row.output.*column.value); });
}

class Reader {
  public:
    Reader(std::string_view text, const std::string& file, const Zone& zone)
        : text_(text), file_(file), zone_(zone) {}

    RecordingRead run() {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
        if (const auto header = next_line(); !header || !read_header(*header))
            return fail("",
                        "is no recording: its first line must have the columns timestamp and "
                        "battery_active_power_kw, soc_pu or another measurement");
        while (const auto line = next_line()) {
            if (line->empty()) continue;
            if (!read_row(*line)) return std::move(problem_);
        }
        while (!rows_.empty() && !known(rows_.back()))
            rows_.pop_back();
        const auto first = std::ranges::find_if(rows_, known);
        rows_.erase(rows_.begin(), first);
        if (rows_.empty()) {
            line_ = 0;
            return fail("", "has no row with a measurement");
        }
        return {std::make_shared<const Recording>(std::move(rows_)), {}};
    }

  private:
    // Without its end; none for what has none.
    std::optional<std::string_view> next_line() {
        const auto end = text_.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        auto line = text_.substr(0, end);
        text_.remove_prefix(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++line_;
        return line;
    }

    static std::vector<std::string_view> cells(std::string_view line) {
        std::vector<std::string_view> out;
        for (;;) {
            const auto comma = line.find(',');
            out.push_back(line.substr(0, comma));
            if (comma == std::string_view::npos) return out;
            line.remove_prefix(comma + 1);
        }
    }

    bool read_header(std::string_view line) {
        for (const auto name : cells(line)) {
            const auto found = std::ranges::find(columns, lower(name), &Column::name);
            layout_.push_back(found == columns.end() ? nullptr : &*found);
            if (lower(name) == "timestamp") time_ = layout_.size() - 1;
        }
        return time_ && std::ranges::any_of(layout_, [](const Column* column) { return column != nullptr; });
    }

    bool read_row(std::string_view line) {
        const auto values = cells(line);
        if (values.size() != layout_.size())
            return refuse(
                "", fmt::format("must have {} cells as the header, got {}", layout_.size(), values.size()));
        const auto at = zone_.parse(values[*time_]);
        if (!at) return refuse("timestamp", fmt::format("{}: \"{}\"", at.error().message(), values[*time_]));
        RecordedRow row{.at = *at, .output = {unknown, unknown, unknown, unknown, unknown, unknown}};
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!layout_[i] || values[i].empty()) continue;
            const auto number = parse_number(values[i]);
            if (!number)
                return refuse(layout_[i]->name, fmt::format("must be a finite number or empty, got \"{}\"",
                                                            values[i].substr(0, 40)));
            row.output.*layout_[i]->value = *number;
        }
        if (rows_.empty() || *at > rows_.back().at) {
            rows_.push_back(row);
            return true;
        }
        // Of a null row and a measured one of the same instant the measured one counts.
        if (*at == rows_.back().at && known(row) != known(rows_.back())) {
            if (known(row)) rows_.back() = row;
            return true;
        }
        return refuse("timestamp", fmt::format("must be later than the row before it, {}, got \"{}\"",
                                               zone_.format(rows_.back().at), values[*time_]));
    }

    bool refuse(std::string_view column, const std::string& text) {
        problem_ = fail(column, text);
        return false;
    }
    [[nodiscard]] RecordingRead fail(std::string_view column, const std::string& text) const {
        std::string out = file_;
        if (line_ > 0) out += fmt::format(":{}", line_);
        if (!column.empty()) out += fmt::format(": {}", column);
        return {nullptr, out + ": " + text};
    }

    std::string_view text_;
    const std::string& file_;
    const Zone& zone_;
    std::size_t line_ = 0;
    std::vector<const Column*> layout_;  // of the cells; null: left out
    std::optional<std::size_t> time_;
    std::vector<RecordedRow> rows_;
    RecordingRead problem_;
};

}  // namespace

const RecordedRow& Recording::at(WallTime t, std::size_t& hint) const {
    if (hint >= rows_.size() || rows_[hint].at > t) {
        const auto after = std::ranges::upper_bound(rows_, t, {}, &RecordedRow::at);
        hint = after == rows_.begin() ? 0 : static_cast<std::size_t>(after - rows_.begin()) - 1;
    }
    while (hint + 1 < rows_.size() && rows_[hint + 1].at <= t)
        ++hint;
    return rows_[hint];
}

RecordingRead parse_recording(std::string_view text, const std::string& file, const Zone& zone) {
    return Reader(text, file, zone).run();
}

RecordingRead load_recording(const std::filesystem::path& file, const Zone& zone) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return {nullptr, fmt::format("{}: cannot be read: {}", file.string(), error.message())};
    if (size > most_bytes)
        return {nullptr, fmt::format("{}: has {} MiB, of which at most {} are played back", file.string(),
                                     size >> 20u, most_bytes >> 20u)};
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) return {nullptr, fmt::format("{}: cannot be read", file.string())};
    return parse_recording(text, file.string(), zone);
}

}  // namespace hil::battery
