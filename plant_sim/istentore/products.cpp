#include "plant_sim/istentore/products.hpp"

#include "base/number.hpp"
#include "base/random.hpp"
#include "base/zone.hpp"
#include "config/document.hpp"
#include "observe/json_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <cmath>

namespace hil::plant_sim {
namespace {

namespace json = boost::json;

std::string time_text(WallTime at) {
    static const Zone utc = Zone::utc();
    return utc.format(at);
}

std::optional<WallTime> begin_of(const json::value& period) {
    static const Zone utc = Zone::utc();
    const auto* object = period.if_object();
    const auto* at = object ? object->if_contains("delivery_period") : nullptr;
    if (at == nullptr || !at->is_string()) return std::nullopt;
    const auto& text = at->get_string();
    const auto time = utc.parse({text.data(), text.size()});
    if (!time) return std::nullopt;
    return *time;
}

// What a whole day has in common. Days are those of UTC: an emulator knows no zone.
Random of_day(WallTime at) {
    return Random(
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count()));
}

// kW, positive = discharge: four hours of charge from 01:00, four of discharge from 18:00, at a share of the
// greatest power that is drawn for the day and shaped so that neighbouring periods differ.
double day_ahead_kw(WallTime at, std::size_t plant, double max_kw) {
    constexpr double least_share = 0.1, greatest_share = 0.5;
    constexpr double charge_from_h = 1, discharge_from_h = 18, length_h = 4;
    auto random = of_day(at);
    double share = 0;
    for (std::size_t i = 0; i <= plant; ++i)
        share = random.uniform(least_share, greatest_share);
    const auto hour = to_seconds(at - std::chrono::floor<std::chrono::days>(at)) / 3600;
    const auto part = [&](double from) {
        if (hour < from || hour >= from + length_h) return 0.0;
        return std::sin((hour + 0.125 - from) / length_h * 3.14159265358979);
    };
    const double kw = max_kw * share * (part(discharge_from_h) - part(charge_from_h));
    return std::round(kw * 10) / 10;
}

std::string day_ahead_period(WallTime at, const std::vector<ProductPlant>& plants) {
    std::string out = fmt::format(R"({{"delivery_period":"{}","activation":[{{)", time_text(at));
    for (std::size_t i = 0; i < plants.size(); ++i) {
        const double kw = day_ahead_kw(at, i, plants[i].max_kw);
        if (i > 0) out += ',';
        observe::append_json_string(out, plants[i].id + "_to_vpp_kw");
        out += ':' + format_number(std::max(kw, 0.0), 1) + ',';
        observe::append_json_string(out, "vpp_to_" + plants[i].id + "_kw");
        out += ':' + format_number(std::max(-kw, 0.0), 1);
    }
    return out += "}]}";
}

std::string mfrr_period(WallTime at) {
    constexpr double activated = 0.25;
    Random random(static_cast<std::uint64_t>(at.time_since_epoch() / delivery_period));
    std::string out = fmt::format(R"({{"delivery_period":"{}","activation":[)", time_text(at));
    if (random.chance(activated)) {
        const bool upward = random.chance(0.5);
        const double kw = std::round(random.uniform(5, 50));
        out += fmt::format(R"({{"total_upward_kw":{},"total_downward_kw":{}}})",
                           format_number(upward ? kw : 0.0, 1), format_number(upward ? 0.0 : kw, 1));
    }
    return out += "]}";
}

}  // namespace

std::variant<ProductList, std::string> parse_products(std::string_view text, std::string_view source) {
    config::Problems problems{std::string(source)};
    const auto document = config::read_document(text, problems);
    const auto* products = document ? document->if_array() : nullptr;
    if (document && products == nullptr) problems.add("", "must be an array of products");
    ProductList out;
    for (std::size_t i = 0; products != nullptr && i < products->size(); ++i) {
        const auto here = fmt::format("/{}", i);
        const auto* product = (*products)[i].if_object();
        const auto* id = product ? product->if_contains("id") : nullptr;
        const auto* periods = product ? product->if_contains("delivery_periods") : nullptr;
        if (id == nullptr || !id->is_int64()) {
            problems.add(here + "/id", "must be a whole number");
        } else if (periods == nullptr || !periods->is_array()) {
            problems.add(here + "/delivery_periods", "must be an array");
        } else {
            auto& list = out.by_market[static_cast<int>(id->get_int64())];
            for (const auto& period : periods->get_array())
                list.push_back({begin_of(period), json::serialize(period)});
        }
    }
    if (const auto found = problems.take_problems(); !found.empty()) return found.front().message();
    return out;
}

std::string products_reply(const ProductList& list, int market, const std::vector<ProductPlant>& plants,
                           WallTime first, WallTime last) {
    std::string periods;
    const auto add = [&periods](const std::string& text) {
        if (!periods.empty()) periods += ',';
        periods += text;
    };
    if (const auto known = list.by_market.find(market); known != list.by_market.end()) {
        for (const auto& period : known->second) {
            if (!period.begin || (*period.begin >= first && *period.begin <= last)) add(period.json);
        }
    } else if (market == day_ahead_product || market == mfrr_product) {
        const auto begin = std::chrono::ceil<std::chrono::duration<std::int64_t, std::ratio<900>>>(first);
        for (WallTime at = begin; at <= last; at += delivery_period)
            add(market == day_ahead_product ? day_ahead_period(at, plants) : mfrr_period(at));
    } else {
        return "[]";
    }
    return fmt::format(R"([{{"id":{},"delivery_periods":[{}]}}])", market, periods);
}

}  // namespace hil::plant_sim
