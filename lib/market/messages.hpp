// The platform's messages: requests as they are sent, replies as far as they can be trusted.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "net/message.hpp"
#include "schedule/plan_store.hpp"
#include "schedule/window.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::market {

// The markets of interest on the platform.
inline constexpr int mfrr_market = 3;
inline constexpr int day_ahead_market = 4;

// "2025-10-01T00:00:00+00:00": UTC, a fraction of a second is cut off.
std::string utc_text(WallTime at);

net::Request login_request(std::string_view email, std::string_view password);
// Delivery periods that begin in [first, last].
net::Request products_request(int market, WallTime first, WallTime last);

struct Measurement {
    WallTime at;
    double value = 0;

    friend bool operator==(const Measurement&, const Measurement&) = default;
};
// Several values of one series in one request.
net::Request measurements_request(int series, std::span<const Measurement> values);

// fault::no_token when the body is no JSON or has no token.
result<std::string> read_token(std::string_view body);

struct DayAhead {
    // By plant; times increase strictly. A period without an activation, or one that says nothing of the
    // plant, has no row: 0 kW would be an order nobody gave.
    std::vector<std::vector<schedule::MarketRow>> rows;
    std::vector<std::string> warnings;  // one for each period that had to be left out
};
// Only periods that begin in `day` are taken. fault::bad_reply when the body as a whole is not of that kind.
result<DayAhead> read_day_ahead(std::string_view body, std::span<const std::string> plant_ids,
                                const schedule::Window& day);

// The first delivery period of the mFRR market at or after `now` that has an activation.
struct NextActivation {
    std::optional<Measurement> next;  // kW, upward minus downward
    std::vector<std::string> warnings;
};
result<NextActivation> read_activation(std::string_view body, WallTime now);

}  // namespace hil::market
