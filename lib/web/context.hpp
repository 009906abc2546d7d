// What the routes of one server work with.
#pragma once

#include "base/address_range.hpp"
#include "control/command.hpp"
#include "measure/row.hpp"
#include "web/authenticator.hpp"
#include "web/rate_limit.hpp"
#include "web/server.hpp"
#include "web/site.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hil::web {

struct Context {
    Context(Site given, ServerSettings with);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    [[nodiscard]] std::optional<std::size_t> find_plant(std::string_view id) const;
    // Of all that is recorded: plants, then watched devices.
    [[nodiscard]] std::optional<std::size_t> find_recorded(std::string_view id) const;
    [[nodiscard]] const config::Plant& plant(std::size_t index) const { return site.config.plants[index]; }
    [[nodiscard]] bool read_only() const { return settings.kind == ServerKind::read_only; }
    // How the columns of what is recorded are printed; plants come first.
    [[nodiscard]] const measure::ColumnFormat& columns(std::size_t recorded,
                                                       config::TransportMode mode) const {
        return columns_[recorded][mode == config::TransportMode::remote ? 1 : 0];
    }
    // Makes the command, for a request or a WebSocket message; logs who asked.
    const control::Command& submit(std::string kind, std::string plant, boost::json::object payload,
                                   const Identity& who);

    Site site;
    ServerSettings settings;
    Authenticator auth;
    std::vector<AddressRange> trusted_proxies;
    RateLimit command_rate;
    std::vector<std::string> plant_ids;
    std::vector<std::string> recorded_ids;  // beside them the watched devices
    std::string effective_config;           // JSON, secrets masked
    std::size_t reports_under_way = 0, heavy_under_way = 0, solvers_under_way = 0;
    // Rows of recordings, counted while they had that size; by file name.
    struct CountedRows {
        std::uint64_t bytes = 0, rows = 0;
    };
    std::map<std::string, CountedRows> counted_rows;

  private:
    std::vector<std::array<measure::ColumnFormat, 2>> columns_;
};

}  // namespace hil::web
