// Events, alerts and logs, newest first, a page at a time.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/log_archive.hpp"
#include "web/records.hpp"
#include "web/routes.hpp"

#include "observe/alert_causes.hpp"
#include "observe/json_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace hil::web {

namespace json = boost::json;

namespace {

constexpr std::int64_t usual_page = 100, longest_page = 1000;
// How many stored events are looked through for one page, so that a filter nothing matches ends, too.
constexpr std::size_t stored_batch = 500, stored_batches = 20;

std::string next_text(std::uint64_t cursor) {
    return cursor == 0 ? "null" : fmt::format("\"{}\"", cursor);
}

template <class Record>
std::string list_text(const std::vector<Record>& records) {
    std::string out = "[";
    for (const auto& record : records) {
        out += out.size() == 1 ? "{" : ",{";
        append_members(out, record);
        out.push_back('}');
    }
    out.push_back(']');
    return out;
}

struct EventFilter {
    std::optional<observe::Severity> least;
    std::string plant, kind, correlation;

    [[nodiscard]] bool matches(const observe::Event& event) const {
        return (!least || event.severity >= *least) && (plant.empty() || event.plant == plant) &&
               (kind.empty() || event.kind.starts_with(kind)) &&
               (correlation.empty() || event.correlation == correlation);
    }
};

// One page, filled from memory and then from what is stored.
struct EventPage {
    std::vector<observe::Event> events;
    std::uint64_t cursor = 0;  // everything from here on has been looked at; 0: nothing yet
    bool over = false;

    // Takes events in their order, newest first, until the page is full.
    void take(const std::vector<observe::Event>& batch, const EventFilter& filter, std::size_t limit) {
        for (const auto& event : batch) {
            if (events.size() == limit) return;
            cursor = event.id;
            if (filter.matches(event)) events.push_back(event);
        }
    }
};

}  // namespace

awaitable<net::Response> get_events(Context& context, Call call) {
    Query query(context, call);
    const auto limit = static_cast<std::size_t>(query.whole("limit", usual_page, 1, longest_page));
    EventPage page;
    page.cursor = static_cast<std::uint64_t>(query.whole("cursor", 0, 1, INT64_MAX));
    EventFilter filter;
    if (query.text("severity"))
        filter.least = static_cast<observe::Severity>(query.choice("severity", {"info", "warning", "alarm"}));
    if (const auto plant = query.optional_plant()) filter.plant = context.plant_ids[*plant];
    filter.kind = query.text("kind").value_or("");
    filter.correlation = query.text("correlation").value_or("");
    if (!query.ok()) co_return invalid(query.errors());

    const auto& log = context.site.events;
    page.take(log.before(page.cursor, log.events().size()), filter, limit);
    for (std::size_t i = 0; page.events.size() < limit && i < stored_batches; ++i) {
        if (!context.site.stored_events) {
            page.over = true;
            break;
        }
        auto batch = co_await context.site.stored_events(page.cursor, stored_batch);
        if (!batch) co_return problem(503, "older events cannot be read: " + batch.error().message());
        page.take(*batch, filter, limit);
        page.over = batch->empty();
        if (page.over) break;
    }
    co_return json_text_answer(fmt::format(R"({{"events":{},"next":{}}})", list_text(page.events),
                                           next_text(page.over ? 0 : page.cursor)));
}

awaitable<net::Response> get_alerts(Context& context, Call call) {
    Query query(context, call);
    const auto limit = static_cast<std::size_t>(query.whole("limit", usual_page, 1, longest_page));
    const auto cursor = static_cast<std::uint64_t>(query.whole("cursor", 0, 1, INT64_MAX));
    if (!query.ok()) co_return invalid(query.errors());
    json::array active, history;
    const auto& now = context.site.alerts.active();
    const auto causes = observe::alert_causes(now);
    for (std::size_t i = 0; i < now.size(); ++i)
        active.push_back(to_json(now[i], causes[i]));
    // By the order in which they were cleared; the cursor counts those that are older.
    const auto& cleared = context.site.alerts.history();
    auto at = cleared.rbegin();
    if (cursor != 0) {
        at = std::find_if(at, cleared.rend(), [&](const auto& alert) { return alert.id == cursor; });
        if (at != cleared.rend()) ++at;
    }
    std::uint64_t last = 0;
    for (; at != cleared.rend() && history.size() < limit; ++at) {
        history.push_back(to_json(*at));
        last = at->id;
    }
    if (at == cleared.rend()) last = 0;
    co_return json_answer(
        json::object{{"active", std::move(active)},
                     {"history", std::move(history)},
                     {"next", last == 0 ? json::value() : json::value(std::to_string(last))}});
}

awaitable<net::Response> get_logs(Context& context, Call call) {
    Query query(context, call);
    const auto limit = static_cast<std::size_t>(query.whole("limit", usual_page, 1, longest_page));
    const auto cursor = static_cast<std::uint64_t>(query.whole("cursor", 0, 1, INT64_MAX));
    LogFilter filter;
    if (const auto channel = query.text("channel")) {
        filter.channel = observe::parse_channel(*channel);
        if (!filter.channel)
            query.refuse("channel", "must be control, dispatch, measure, market, web or sim");
    }
    if (const auto level = query.text("level")) {
        const auto parsed = observe::parse_level(*level);
        if (!parsed) query.refuse("level", "must be debug, info, warning or error");
        filter.level = parsed.value_or(observe::Level::debug);
    }
    if (const auto plant = query.optional_plant()) filter.plant = context.plant_ids[*plant];
    filter.correlation = query.text("correlation").value_or("");
    filter.text = query.text("text").value_or("").substr(0, 200);
    if (!query.ok()) co_return invalid(query.errors());

    // Lines of today come from memory, those of a file from the file.
    const auto file = query.text("file");
    LogPage page;
    if (!file) {
        const auto& tail = context.site.log.tail();
        for (auto at = tail.rbegin(); at != tail.rend(); ++at) {
            if (cursor != 0 && at->number >= cursor) continue;
            if (!filter.matches(*at)) continue;
            if (page.lines.size() == limit) {
                page.next = page.lines.back().number;
                break;
            }
            page.lines.push_back(*at);
        }
    }
    struct FromDisk {
        std::vector<std::string> files;
        std::optional<LogPage> page;
    };
    auto read = co_await context.site.blocking.run(
        [archive = LogArchive(context.site.config.general.log_dir, context.plant_ids, context.site.zone),
         filter, cursor, limit, name = file ? std::optional<std::string>(*file) : std::nullopt] {
            FromDisk out;
            out.files = archive.files();
            if (name) out.page = archive.read(*name, filter, cursor, limit);
            return out;
        });
    if (file && !read.page) co_return problem(404, "there is no log file of that name");
    if (file) page = std::move(*read.page);
    json::array files(read.files.begin(), read.files.end());
    co_return json_text_answer(fmt::format(R"({{"lines":{},"next":{},"files":{}}})", list_text(page.lines),
                                           next_text(page.next), to_text(files)));
}

}  // namespace hil::web
