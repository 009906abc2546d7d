// Rules of devices that are reached at one address, behind a gateway: they share its one connection.
#include "config/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace hil::config {

namespace {

struct Reached {
    std::string what, pointer;
    const ModbusEndpoint& at;
};

std::vector<Reached> reached(const Config& config, TransportMode side) {
    const auto* name = side == TransportMode::local ? "local" : "remote";
    std::vector<Reached> all;
    for (const auto& plant : config.plants)
        if (plant.has(side))
            all.push_back({"plant " + plant.id, fmt::format("/plants/{}/modbus/{}", plant.id, name),
                           plant.endpoint(side)});
    for (const auto& device : config.devices)
        if (device.has(side))
            all.push_back({"device " + device.id, fmt::format("/devices/{}/modbus/{}", device.id, name),
                           device.endpoint(side)});
    return all;
}

void differ(const Reached& a, const Reached& b, Problems& problems) {
    problems.add_unless_wrong(b.pointer + "/port",
                              {b.pointer + "/unit_id", b.pointer + "/host", a.pointer + "/port"},
                              fmt::format("must differ from {} in host, port or unit_id, got {}:{} unit {}",
                                          a.what, b.at.address.host, b.at.address.port, b.at.unit_id));
}

// One connection has one time-out and one pause.
void agree(const Reached& a, const Reached& b, Problems& problems) {
    const auto same = [&](const char* key, Duration of_a, Duration of_b) {
        if (of_a == of_b) return;
        problems.add_unless_wrong(fmt::format("{}/{}", b.pointer, key),
                                  {fmt::format("{}/{}", a.pointer, key)},
                                  fmt::format("must be that of {}, whose connection it shares ({}), got {}",
                                              a.what, of_a.count() / 1'000'000, of_b.count() / 1'000'000));
    };
    same("timeout_ms", a.at.timeout, b.at.timeout);
    same("connect_delay_ms", a.at.connect_delay, b.at.connect_delay);
    same("min_pause_ms", a.at.min_pause, b.at.min_pause);
}

}  // namespace

void check_sharing(const Config& config, Problems& problems) {
    for (const auto side : {TransportMode::local, TransportMode::remote}) {
        const auto all = reached(config, side);
        for (auto b = all.begin(); b != all.end(); ++b) {
            if (b->at.address.host.empty() || b->at.address.port == 0) continue;
            const auto same_unit = std::find_if(all.begin(), b, [&](const Reached& other) {
                return other.at.address == b->at.address && other.at.unit_id == b->at.unit_id;
            });
            if (same_unit != b) {
                // Over local transport the listeners say so.
                if (side == TransportMode::remote) differ(*same_unit, *b, problems);
                continue;
            }
            const auto first = std::find_if(
                all.begin(), b, [&](const Reached& other) { return other.at.address == b->at.address; });
            if (first != b) agree(*first, *b, problems);
        }
    }
}

}  // namespace hil::config
