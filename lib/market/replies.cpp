#include "base/zone.hpp"
#include "market/errors.hpp"
#include "market/messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace hil::market {
namespace {

namespace json = boost::json;

std::optional<json::value> parsed(std::string_view body) {
    boost::system::error_code error;
    auto value = json::parse(json::string_view(body.data(), body.size()), error);
    if (error) return std::nullopt;
    return value;
}

const json::value* member(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    return object ? object->if_contains(json::string_view(name.data(), name.size())) : nullptr;
}

// What is said of a field: a number, nothing (absent or null), or something else.
enum class Said { number, nothing, nonsense };
Said read_number(const json::value& object, std::string_view name, double& out) {
    const auto* value = member(object, name);
    if (value == nullptr || value->is_null()) return Said::nothing;
    if (!value->is_number()) return Said::nonsense;
    out = value->to_number<double>();
    return std::isfinite(out) ? Said::number : Said::nonsense;
}

// `plus` - `minus`, each 0 when only the other is given; none when neither is.
Said read_difference(const json::value& object, std::string_view plus, std::string_view minus, double& out) {
    double a = 0, b = 0;
    const auto said_a = read_number(object, plus, a);
    const auto said_b = read_number(object, minus, b);
    if (said_a == Said::nonsense || said_b == Said::nonsense) return Said::nonsense;
    if (said_a == Said::nothing && said_b == Said::nothing) return Said::nothing;
    out = a - b;
    return Said::number;
}

result<WallTime> read_time(const json::value& period) {
    static const Zone utc = Zone::utc();
    const auto* at = member(period, "delivery_period");
    if (at == nullptr || !at->is_string()) return zone_errc::not_a_time;
    const auto& text = at->get_string();
    return utc.parse({text.data(), text.size()});
}

// Element 0 of the reply, its delivery periods. None when the reply is of another kind; an empty list when
// nothing is published.
const json::array* periods_of(const json::value& reply, const json::array& none) {
    const auto* products = reply.if_array();
    if (products == nullptr) return nullptr;
    if (products->empty()) return &none;
    const auto* periods = member(products->front(), "delivery_periods");
    if (periods == nullptr || periods->is_null()) return products->front().is_object() ? &none : nullptr;
    return periods->if_array();
}

// Activation 0; null when there is none. Nonsense when it is not an object.
Said read_activation_of(const json::value& period, const json::value*& out) {
    const auto* all = member(period, "activation");
    if (all == nullptr || all->is_null()) return Said::nothing;
    const auto* list = all->if_array();
    if (list == nullptr) return Said::nonsense;
    if (list->empty() || list->front().is_null()) return Said::nothing;
    if (!list->front().is_object()) return Said::nonsense;
    out = &list->front();
    return Said::number;
}

// What stands where a time should be, short enough for a log line.
std::string quoted_time(const json::value& period) {
    const auto* at = member(period, "delivery_period");
    if (at == nullptr) return "nothing";
    auto text = json::serialize(*at);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    return text;
}

// Calls `take(time, activation)` for each usable period; what it says is wrong becomes a warning.
template <class Take>
void each_period(const json::array& periods, std::vector<std::string>& warnings, Take take) {
    for (std::size_t i = 0; i < periods.size(); ++i) {
        const auto& period = periods[i];
        const auto at = read_time(period);
        if (!at) {
            warnings.push_back(
                fmt::format("period {} is left out: delivery_period must be an ISO 8601 time, got {}", i + 1,
                            quoted_time(period)));
            continue;
        }
        const json::value* activation = nullptr;
        const auto said = read_activation_of(period, activation);
        if (said == Said::nothing) continue;
        std::string wrong =
            said == Said::nonsense ? "activation must be an array of objects" : take(*at, *activation);
        if (!wrong.empty())
            warnings.push_back(fmt::format("period {} ({}) is left out: {}", i + 1, utc_text(*at), wrong));
    }
}

}  // namespace

result<std::string> read_token(std::string_view body) {
    const auto reply = parsed(body);
    const auto* token = reply ? member(*reply, "token") : nullptr;
    if (token == nullptr || !token->is_string() || token->get_string().empty()) return fault::no_token;
    const auto& text = token->get_string();
    // It goes into a header line.
    const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
    if (!std::all_of(text.begin(), text.end(), printable)) return fault::no_token;
    return std::string(text.data(), text.size());
}

result<DayAhead> read_day_ahead(std::string_view body, std::span<const std::string> plant_ids,
                                const schedule::Window& day) {
    const auto reply = parsed(body);
    const json::array none;
    const auto* periods = reply ? periods_of(*reply, none) : nullptr;
    if (periods == nullptr) return fault::bad_reply;

    struct Fields {
        std::string plus, minus;
    };
    std::vector<Fields> fields;
    for (const auto& id : plant_ids)
        fields.push_back({id + "_to_vpp_kw", "vpp_to_" + id + "_kw"});

    DayAhead out;
    std::vector<std::map<WallTime, double>> values(plant_ids.size());
    each_period(*periods, out.warnings, [&](WallTime at, const json::value& activation) -> std::string {
        if (!day.contains(at)) return {};  // more than was asked for
        std::vector<std::optional<double>> said(plant_ids.size());
        for (std::size_t i = 0; i < plant_ids.size(); ++i) {
            double value = 0;
            const auto kind = read_difference(activation, fields[i].plus, fields[i].minus, value);
            if (kind == Said::nonsense)
                return fmt::format("{} and {} must be numbers", fields[i].plus, fields[i].minus);
            if (kind == Said::number) said[i] = value;
        }
        for (std::size_t i = 0; i < plant_ids.size(); ++i) {
            if (said[i] && !values[i].emplace(at, *said[i]).second) return "it appears twice";
        }
        return {};
    });
    for (const auto& plant : values) {
        auto& rows = out.rows.emplace_back();
        for (const auto& [at, value] : plant)
            rows.push_back({.at = at, .p_kw = value, .q_kvar = 0});
    }
    return out;
}

result<NextActivation> read_activation(std::string_view body, WallTime now) {
    const auto reply = parsed(body);
    const json::array none;
    const auto* periods = reply ? periods_of(*reply, none) : nullptr;
    if (periods == nullptr) return fault::bad_reply;
    NextActivation out;
    each_period(*periods, out.warnings, [&](WallTime at, const json::value& activation) -> std::string {
        double value = 0;
        const auto kind = read_difference(activation, "total_upward_kw", "total_downward_kw", value);
        if (kind == Said::nonsense) return "total_upward_kw and total_downward_kw must be numbers";
        if (kind == Said::number && at >= now && (!out.next || at < out.next->at)) out.next = {at, value};
        return {};
    });
    return out;
}

}  // namespace hil::market
