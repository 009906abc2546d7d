#include "battery/packs/packs_file.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <cmath>

namespace hil::battery {
namespace {

struct PackKey {
    const char* name;
    double Pack::* member;
    double least, most, offset;
    const char* rule;
};
constexpr PackKey pack_keys[] = {
    {"capacity_kwh", &Pack::capacity_kwh, 1e-6, 1e9, 0, "a number above 0"},
    {"soc_pu", &Pack::soc_pu, 0, 1, 0, "0 to 1"},
    {"health_pu", &Pack::health_pu, 0, 1.2, 0, "0 to 1.2"},
    {"resistance_factor", &Pack::resistance_factor, 0.1, 100, 0, "0.1 to 100"},
    {"temperature_c", &Pack::temperature_k, -60, 150, 273.15, "-60 to 150"},
    {"discharge_kw", &Pack::discharge_kw, 0, 1e9, 0, "0 or more"},
    {"charge_kw", &Pack::charge_kw, 0, 1e9, 0, "0 or more"},
    {"least_kw", &Pack::least_kw, 0, 1e9, 0, "0 or more"},
};

// The sentence that is wrong with a member; empty: nothing.
std::string take_pack_member(Pack& pack, std::string_view key, const boost::json::value& value) {
    if (key == "available") {
        if (!value.is_bool()) return "must be true or false, got " + boost::json::serialize(value);
        pack.available = value.as_bool();
        return {};
    }
    for (const auto& known : pack_keys) {
        if (key != known.name) continue;
        const double number = value.is_number() ? value.to_number<double>() : NAN;
        if (!(number >= known.least && number <= known.most))
            return fmt::format("must be {}, got {}", known.rule, boost::json::serialize(value));
        pack.*known.member = number + known.offset;
        return {};
    }
    return "is not known";
}

}  // namespace

PacksRead parse_packs(std::string_view text, const std::string& file) {
    PacksRead out;
    const auto fail = [&](const std::string& what) {
        out.packs.clear();
        out.problem = fmt::format("{}: {}", file, what);
        return out;
    };
    boost::system::error_code error;
    const auto document = boost::json::parse(text, error);
    if (error || !document.is_array()) return fail("is not a JSON list of packs");
    for (const auto& one : document.as_array()) {
        const auto place = fmt::format("[{}]", out.packs.size());
        if (!one.is_object()) return fail(place + ": must be an object");
        auto& pack = out.packs.emplace_back();
        for (const char* key : {"capacity_kwh", "discharge_kw", "charge_kw"})
            if (!one.as_object().contains(key)) return fail(fmt::format("{}.{}: is missing", place, key));
        for (const auto& [key, value] : one.as_object()) {
            const auto wrong = take_pack_member(pack, key, value);
            if (!wrong.empty()) return fail(fmt::format("{}.{}: {}", place, std::string_view(key), wrong));
        }
    }
    if (out.packs.empty()) return fail("has no pack");
    return out;
}

}  // namespace hil::battery
