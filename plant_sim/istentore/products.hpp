// The products of the emulated market platform: from a file, or made from the date so that every day is
// complete.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hil::plant_sim {

inline constexpr int mfrr_product = 3;
inline constexpr int day_ahead_product = 4;
inline constexpr Duration delivery_period = std::chrono::minutes(15);

struct ProductPlant {
    std::string id;
    double max_kw = 0;
};

// Delivery periods as the platform sends them, by the id of the market: each one JSON object as text, under
// its begin; what has no readable begin under none and sent with every request.
struct ProductList {
    struct Period {
        std::optional<WallTime> begin;
        std::string json;
    };
    std::map<int, std::vector<Period>> by_market;
};

// An array of {"id": 4, "delivery_periods": [...]}, the platform's own layout, several days allowed; a
// sentence with `source`, place and rule when it is none. What is inside a period is not looked at: a file
// may have broken ones.
std::variant<ProductList, std::string> parse_products(std::string_view json, std::string_view source);

// The reply for the periods that begin in [first, last]. Without an entry for `market` in `list` they are
// made: day-ahead for every plant a charge in the night and a discharge of as much in the evening, mFRR an
// activation in some periods; the same date gives the same values, whoever asks.
std::string products_reply(const ProductList& list, int market, const std::vector<ProductPlant>& plants,
                           WallTime first, WallTime last);

}  // namespace hil::plant_sim
