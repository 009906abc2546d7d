// Prices that somebody gave, kept in the data directory and shown under the plans: what a plan is worth.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"

#include "base/number.hpp"
#include "planfile/value_file.hpp"
#include "report/json_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace hil::web {

namespace json = boost::json;

namespace {

constexpr std::string_view kept_form = "hil-prices 1";
constexpr std::size_t longest_kept = 64u << 20u;

std::filesystem::path kept_file(const Context& context) {
    return context.site.config.general.data_dir / "prices.json";
}

struct Prices {
    std::string unit, made_from;
    std::vector<planfile::IntervalValue> values;
};

// Times in seconds since 1970: files of years stay small.
std::string kept_text(const planfile::ValueFile& file) {
    const auto seconds_of = [](WallTime at) {
        return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    };
    std::string out;
    report::Members to(out);
    to.text("format", kept_form);
    to.text("unit", file.provenance.unit);
    to.text("made_from", file.provenance.text());
    auto& rows = to.name("rows");
    rows += '[';
    for (const auto& value : planfile::joined(file.values)) {
        if (rows.back() != '[') rows += ',';
        rows += fmt::format("[{},{},", seconds_of(value.from), seconds_of(value.to));
        append_number(rows, value.value, 6);
        rows += ']';
    }
    rows += ']';
    to.end();
    return out;
}

// None: there are no prices, or what is kept was written by something else.
std::optional<Prices> read_kept(measure::FileStore& files, const std::filesystem::path& path) {
    const auto text = files.read(path, 0, longest_kept);
    if (!text || text->empty()) return std::nullopt;
    boost::system::error_code error;
    const auto parsed = json::parse(*text, error);
    const auto* object = error ? nullptr : parsed.if_object();
    if (object == nullptr || !object->contains("rows") || !object->at("rows").is_array()) return std::nullopt;
    const auto word = [&](std::string_view key) {
        const auto* value = object->if_contains(json_view(key));
        const auto* found = value != nullptr ? value->if_string() : nullptr;
        return found != nullptr ? std::string(std_view(*found)) : std::string();
    };
    if (word("format") != kept_form) return std::nullopt;
    Prices out{word("unit"), word("made_from"), {}};
    for (const auto& row : object->at("rows").get_array()) {
        const auto* cells = row.if_array();
        if (cells == nullptr || cells->size() != 3) return std::nullopt;
        boost::system::error_code none;
        const std::chrono::seconds from((*cells)[0].to_number<std::int64_t>(none)),
            to((*cells)[1].to_number<std::int64_t>(none));
        const auto price = (*cells)[2].to_number<double>(none);
        if (none) return std::nullopt;
        out.values.push_back({WallTime{from}, WallTime{to}, price});
    }
    return out;
}

json::object prices_document(const Prices& prices, measure::Range range) {
    json::array rows;
    for (const auto& value : prices.values) {
        if (value.to <= range.from || value.from >= range.to) continue;
        rows.push_back(json::object{{"from", utc_text(value.from)},
                                    {"to", utc_text(value.to)},
                                    {"price", number_or_null(value.value)}});
    }
    return {{"unit", text_or_null(prices.unit)},
            {"made_from", text_or_null(prices.made_from)},
            {"rows", std::move(rows)}};
}

planfile::ValueChoice choice_of(const Context& context, Query& query) {
    planfile::ValueChoice out;
    out.quantity = planfile::Quantity::price;
    if (const auto column = query.text("column")) out.column = std::string(*column);
    if (const auto auction = query.text("auction")) out.auction = std::string(*auction);
    if (query.text("day_first")) out.day_first = query.choice("day_first", {"false", "true"}) == 1;
    if (const auto scale = query.text("scale")) {
        const auto number = parse_number(*scale);
        if (number && *number > 0)
            out.scale = *number;
        else
            query.refuse("scale", "must be a number above 0");
    }
    const auto today = context.site.zone.date(context.site.clock.wall_now());
    out.profile_begin = planfile::begin_of_year(today, context.site.zone);
    return out;
}

result<void> keep(measure::FileStore& files, const std::filesystem::path& path, const std::string& text) {
    const auto beside = path.string() + ".pending";
    if (auto written = files.write_at(beside, 0, text); !written) return written;
    if (auto synced = files.sync(beside); !synced) return synced;
    return files.rename(beside, path);
}

}  // namespace

awaitable<net::Response> get_prices(Context& context, Call call) {
    Query query(context, call);
    const auto range = query.range(WallTime::min(), WallTime::max());
    if (!query.ok()) co_return invalid(query.errors());
    auto read = [files = context.site.files, path = kept_file(context), range] {
        return prices_document(read_kept(*files, path).value_or(Prices{}), range);
    };
    co_return json_answer(co_await context.site.blocking.run(std::move(read)));
}

awaitable<net::Response> put_prices(Context& context, Call call) {
    Query query(context, call);
    const auto choice = choice_of(context, query);
    if (!query.ok()) co_return invalid(query.errors());
    struct Kept {
        std::vector<InputError> errors;
        error_code error;
        json::object answer;
    };
    auto take = [files = context.site.files, path = kept_file(context), choice, zone = context.site.zone,
                 body = std::move(call.request.body)] {
        Kept out;
        const auto file = planfile::parse_values(body, "prices", zone, choice);
        for (const auto& problem : file.problems)
            out.errors.push_back({"", problem.message()});
        if (!file.ok()) return out;
        if (const auto kept = keep(*files, path, kept_text(file)); !kept) out.error = kept.error();
        const Prices prices{file.provenance.unit, file.provenance.text(), planfile::joined(file.values)};
        out.answer = prices_document(prices, {WallTime::min(), WallTime::max()});
        return out;
    };
    auto kept = co_await context.site.blocking.run(std::move(take));
    if (!kept.errors.empty()) co_return invalid(kept.errors);
    if (kept.error)
        co_return problem(503, fmt::format("the prices cannot be kept: {}", kept.error.message()));
    context.site.log.info(observe::Channel::web, "prices were given by {}", call.who.actor());
    co_return json_answer(kept.answer);
}

awaitable<net::Response> delete_prices(Context& context, Call /*call*/) {
    auto remove = [files = context.site.files, path = kept_file(context)] { return files->remove(path); };
    const auto removed = co_await context.site.blocking.run(std::move(remove));
    if (!removed)
        co_return problem(503, fmt::format("the prices cannot be removed: {}", removed.error().message()));
    co_return json_answer(prices_document(Prices{}, {}));
}

}  // namespace hil::web
