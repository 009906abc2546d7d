// What was measured: history for charts and downloads, and the daily files.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/measurement_text.hpp"
#include "web/routes.hpp"

#include "measure/file_index.hpp"
#include "measure/parquet_encoder.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>

namespace hil::web {

namespace json = boost::json;
using config::TransportMode;

namespace {

constexpr std::int64_t most_points = 10'000, usual_points = 2000;
constexpr std::size_t piece_bytes = 256u << 10u;
constexpr std::size_t most_counted = 100'000;

net::Response unreadable(error_code error) {
    return problem(503, "what was recorded cannot be read: " + error.message());
}

std::string_view name_of(TransportMode mode) {
    return mode == TransportMode::remote ? "remote" : "local";
}

}  // namespace

awaitable<net::Response> get_measurements(Context& context, Call call) {
    Query query(context, call);
    const auto plant = query.recorded();
    const auto now = context.site.clock.wall_now();
    const auto range = query.range(std::nullopt, now);
    const auto points = query.optional_whole("points", 10, most_points);
    const auto format = query.choice("format", {"json", "csv", "xlsx", "parquet"});
    const auto transport = query.transport();
    if (format == 2 && !context.site.workbook) query.refuse("format", "xlsx is not offered by this build");
    if (!query.ok()) co_return invalid(query.errors());

    const auto& columns = context.columns(plant, transport);
    const auto& id = context.recorded_ids[plant];
    if (format == 1) {
        net::Response response;
        response.headers.set("Content-Type", "text/csv; charset=utf-8");
        response.headers.set("Cache-Control", "no-store");
        offer_as_file(response, export_name(id, range, context.site.zone, "csv"));
        response.pieces = csv_pieces({context.site.history, context.site.blocking, context.site.zone, plant,
                                      transport, range, columns});
        co_return response;
    }
    if (format == 2) {
        auto workbook = co_await context.site.workbook(plant, transport, range);
        if (!workbook) co_return unreadable(workbook.error());
        auto response = text_answer(std::move(*workbook), std::string(xlsx_type));
        offer_as_file(response, export_name(id, range, context.site.zone, "xlsx"));
        co_return response;
    }
    if (format == 3) {
        net::Response response;
        response.headers.set("Content-Type", std::string(measure::parquet_type));
        response.headers.set("Cache-Control", "no-store");
        offer_as_file(response, export_name(id, range, context.site.zone, "parquet"));
        response.pieces = parquet_pieces({context.site.history, context.site.blocking, context.site.zone,
                                          plant, transport, range, id, columns.schema});
        co_return response;
    }
    auto answer = co_await context.site.history.rows(plant, transport, range,
                                                     static_cast<std::size_t>(points.value_or(usual_points)));
    if (!answer) co_return unreadable(answer.error());
    co_return json_text_answer(co_await context.site.blocking.run(
        [answer = std::move(*answer), columns] { return to_json_text(answer, columns); }));
}

awaitable<net::Response> get_availability(Context& context, Call call) {
    Query query(context, call);
    const auto plant = query.recorded();
    const auto transport = query.transport();
    const auto& config = context.site.config;
    const auto usual = to_seconds(config.compression.max_kept_gap + 2 * config.timing.measurement_period);
    const auto gap = query.seconds("gap_s", static_cast<std::int64_t>(usual), 1, 366 * 86'400);
    if (!query.ok()) co_return invalid(query.errors());
    const auto extent = co_await context.site.history.extent(plant, transport);
    if (!extent) co_return unreadable(extent.error());
    json::array intervals;
    if (*extent) {
        const auto range = query.range((*extent)->from, (*extent)->to + std::chrono::nanoseconds(1));
        if (!query.ok()) co_return invalid(query.errors());
        const auto found =
            co_await context.site.history.availability(plant, transport, range, std::chrono::seconds(gap));
        if (!found) co_return unreadable(found.error());
        for (const auto& interval : *found)
            intervals.push_back(
                json::object{{"from", utc_text(interval.from)}, {"to", utc_text(interval.to)}});
    }
    co_return json_answer(json::object{{"plant", context.recorded_ids[plant]},
                                       {"transport", json_view(name_of(transport))},
                                       {"stretches", std::move(intervals)}});
}

namespace {

using CountedRows = std::map<std::string, Context::CountedRows>;

// Counted again only when the file has another size.
std::optional<std::uint64_t> rows_of(measure::FileStore& files, const measure::RecordingFile& file,
                                     std::uint64_t bytes, CountedRows& counted) {
    auto& known = counted[measure::file_name(file.name)];
    if (bytes > 0 && known.bytes == bytes) return known.rows;
    const auto rows = measure::count_rows(files, file.path);
    if (!rows) return std::nullopt;
    known = {bytes, *rows};
    return *rows;
}

json::object recording_json(measure::FileStore& files, const measure::RecordingFile& file, const Zone& zone,
                            CountedRows& counted) {
    json::object out;
    out["name"] = measure::file_name(file.name);
    out["plant"] = file.name.plant;
    out["transport"] = json_view(name_of(file.name.transport));
    out["day"] = hil::to_string(file.name.date);
    out["first"] = nullptr;
    out["last"] = nullptr;
    out["rows"] = nullptr;
    out["bytes"] = nullptr;
    // A file that cannot be read is shown all the same: it is there.
    if (const auto ends = measure::read_ends(files, file.path, zone)) {
        if (ends->first) out["first"] = utc_text(ends->first->at);
        if (ends->last) out["last"] = utc_text(ends->last->at);
        if (const auto rows = rows_of(files, file, ends->size, counted)) out["rows"] = *rows;
        out["bytes"] = ends->size;
    }
    return out;
}

struct RecordingsPage {
    error_code error;
    std::string text;
    CountedRows counted = {};
};

RecordingsPage read_recordings(measure::FileStore& files, const std::filesystem::path& directory,
                               const measure::RecordingFilter& filter, const std::string& cursor,
                               std::size_t limit, const Zone& zone, CountedRows counted) {
    auto listed = measure::list_recordings(files, directory, filter);
    if (!listed) return {listed.error(), {}};
    std::reverse(listed->begin(), listed->end());  // newest first
    auto at = listed->begin();
    if (!cursor.empty()) {
        at = std::find_if(at, listed->end(),
                          [&](const auto& file) { return measure::file_name(file.name) == cursor; });
        if (at != listed->end()) ++at;
    }
    json::array list;
    std::string last;
    for (; at != listed->end() && list.size() < limit; ++at) {
        list.push_back(recording_json(files, *at, zone, counted));
        last = measure::file_name(at->name);
    }
    json::object out;
    out["recordings"] = std::move(list);
    out["next"] = at == listed->end() ? json::value() : json::value(last);
    return {{}, to_text(out), std::move(counted)};
}

// The file of that name, found in the directory; a name is never made into a path.
std::optional<measure::RecordingFile> find_recording(measure::FileStore& files,
                                                     const std::filesystem::path& directory,
                                                     const std::string& name) {
    auto listed = measure::list_recordings(files, directory);
    if (!listed) return std::nullopt;
    const auto found = std::find_if(listed->begin(), listed->end(),
                                    [&](const auto& file) { return file.path.filename().string() == name; });
    if (found == listed->end()) return std::nullopt;
    return std::move(*found);
}

struct FileCourse {
    std::shared_ptr<measure::FileStore> files;
    BlockingExecutor& blocking;
    std::filesystem::path path;
    std::uint64_t offset = 0;
};

awaitable<result<std::string>> next_bytes(std::shared_ptr<FileCourse> course) {
    auto bytes =
        co_await course->blocking.run([files = course->files, path = course->path, offset = course->offset] {
            return files->read(path, offset, piece_bytes);
        });
    if (bytes) course->offset += bytes->size();
    co_return bytes;
}

}  // namespace

awaitable<net::Response> get_recordings(Context& context, Call call) {
    Query query(context, call);
    measure::RecordingFilter filter;
    if (const auto plant = query.optional_recorded()) filter.plant = context.recorded_ids[*plant];
    if (query.text("transport")) filter.transport = query.transport();
    const auto limit = static_cast<std::size_t>(query.whole("limit", 200, 1, 1000));
    if (!query.ok()) co_return invalid(query.errors());
    auto page = co_await context.site.blocking.run(
        [files = context.site.files, directory = context.site.config.general.data_dir, filter,
         cursor = std::string(query.text("cursor").value_or("")), limit, zone = context.site.zone,
         counted = context.counted_rows]() mutable {
            return read_recordings(*files, directory, filter, cursor, limit, zone, std::move(counted));
        });
    // What another request counted meanwhile is counted again: no harm.
    if (page.counted.size() <= most_counted) context.counted_rows = std::move(page.counted);
    if (page.error) co_return unreadable(page.error);
    co_return json_text_answer(std::move(page.text));
}

awaitable<net::Response> get_recording(Context& context, Call call) {
    auto found = co_await context.site.blocking.run(
        [files = context.site.files, directory = context.site.config.general.data_dir,
         name = call.at("name")] { return find_recording(*files, directory, name); });
    if (!found) co_return problem(404, "there is no recording of that name");
    net::Response response;
    response.headers.set("Content-Type", "text/csv; charset=utf-8");
    response.headers.set("Cache-Control", "no-store");
    offer_as_file(response, measure::file_name(found->name));
    response.pieces = [course = std::make_shared<FileCourse>(
                           FileCourse{context.site.files, context.site.blocking, std::move(found->path)})] {
        return next_bytes(course);
    };
    co_return response;
}

}  // namespace hil::web
