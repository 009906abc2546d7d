#include "web/measurement_text.hpp"

#include "base/number.hpp"
#include "config/names.hpp"
#include "measure/csv_format.hpp"
#include "measure/parquet_encoder.hpp"
#include "web/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace hil::web {
namespace {

constexpr std::size_t few_rows = 2000, many_rows = 20'000;
constexpr Duration shortest_window = std::chrono::minutes(1), longest_window = std::chrono::hours(7 * 24);

struct CsvCourse {
    explicit CsvCourse(CsvExport w) : what(std::move(w)), next(what.range.from) {}

    CsvExport what;
    WallTime next;
    Duration window = std::chrono::hours(1);
    bool begun = false;
};

net::awaitable<result<std::string>> next_text_piece(std::shared_ptr<CsvCourse> course) {
    auto& what = course->what;
    std::string text;
    if (!std::exchange(course->begun, true)) text = measure::csv_header(*what.format.schema);
    while (text.empty() && course->next < what.range.to) {
        const auto end =
            what.range.to - course->next < course->window ? what.range.to : course->next + course->window;
        auto answer =
            co_await what.history.rows(what.plant, what.transport, {course->next, end}, std::nullopt);
        if (!answer) co_return answer.error();
        course->next = end;
        if (answer->rows.size() < few_rows) course->window = std::min(course->window * 2, longest_window);
        if (answer->rows.size() > many_rows) course->window = std::max(course->window / 2, shortest_window);
        if (answer->rows.empty()) continue;
        text = co_await what.blocking.run(
            [rows = std::move(answer->rows), format = what.format, zone = what.zone] {
                std::string out;
                for (const auto& row : rows)
                    measure::append_row(out, row, format, zone);
                return out;
            });
    }
    co_return text;
}

struct ParquetCourse {
    explicit ParquetCourse(ParquetExport w)

        : what(std::move(w)),
          encoder(what.id, config::to_string(what.transport), *what.schema),
          next(what.range.from) {}

    ParquetExport what;
    measure::ParquetEncoder encoder;
    WallTime next;
    bool begun = false, ended = false;
};

// Only what is recorded is looked through, whatever range was asked for.
net::awaitable<result<std::string>> begin_of_file(ParquetCourse& course) {
    const auto extent = co_await course.what.history.extent(course.what.plant, course.what.transport);
    if (!extent) co_return extent.error();
    auto& range = course.what.range;
    if (*extent) {
        range.to = std::min(range.to, (*extent)->to + Duration{1});
        course.next = std::max(range.from, (*extent)->from);
    } else {
        range.to = course.next;
    }
    co_return course.encoder.begin();
}

net::awaitable<result<std::string>> next_text_piece(std::shared_ptr<ParquetCourse> course) {
    auto& what = course->what;
    if (!std::exchange(course->begun, true)) co_return co_await begin_of_file(*course);
    while (course->next < what.range.to) {
        const auto end = std::min(what.range.to, what.zone.midnight(next_day(what.zone.date(course->next))));
        auto answer =
            co_await what.history.rows(what.plant, what.transport, {course->next, end}, std::nullopt);
        if (!answer) co_return answer.error();
        course->next = end;
        if (answer->rows.empty()) continue;
        co_return co_await what.blocking.run(
            [course, rows = std::move(answer->rows)] { return course->encoder.row_group(rows); });
    }
    if (std::exchange(course->ended, true)) co_return std::string();
    co_return course->encoder.end();
}

void append_value(std::string& out, double value, int decimals) {
    if (std::isfinite(value))
        append_number(out, value, decimals);
    else
        out += "null";
}

}  // namespace

std::string to_json_text(const measure::HistoryAnswer& answer, const measure::ColumnFormat& format) {
    std::vector<std::string_view> names;
    for (const auto& column : format.schema->columns)
        names.push_back(column.name);
    std::string out = fmt::format(
        R"({{"plant":"{}","transport":"{}","grain":"{}","rows_in_range":{},"downsampled":{},"columns":["{}"],"rows":[)",
        answer.plant, answer.transport == config::TransportMode::remote ? "remote" : "local",
        measure::to_string(answer.resolution), answer.rows_in_range, answer.downsampled,
        fmt::join(names, R"(",")"));
    bool first = true;
    for (const auto& row : answer.rows) {
        out += std::exchange(first, false) ? "[\"" : ",[\"";
        append_utc(out, row.at);
        out.push_back('"');
        for (std::size_t i = 0; i < names.size(); ++i) {
            out.push_back(',');
            append_value(out, row.null ? measure::unknown : row.values[i], format.decimals[i]);
        }
        out.push_back(']');
    }
    out += "]}";
    return out;
}

std::function<net::awaitable<result<std::string>>()> csv_pieces(CsvExport what) {
    return [course = std::make_shared<CsvCourse>(std::move(what))] { return next_text_piece(course); };
}

std::function<net::awaitable<result<std::string>>()> parquet_pieces(ParquetExport what) {
    return [course = std::make_shared<ParquetCourse>(std::move(what))] { return next_text_piece(course); };
}

std::string export_name(std::string_view plant, measure::Range range, const Zone& zone,
                        std::string_view ending) {
    const auto token = [&](WallTime at) {
        auto text = zone.format(std::chrono::floor<std::chrono::seconds>(at));
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool separator = text[i] == ':' || (text[i] == '-' && i < 10);
            if (!separator) out.push_back(text[i]);
        }
        return out;
    };
    return fmt::format("measurements_{}_{}_{}.{}", plant, token(range.from), token(range.to), ending);
}

}  // namespace hil::web
