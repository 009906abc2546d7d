#include "config/rules.hpp"

#include "base/address_range.hpp"
#include "config/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace hil::config {

namespace {

using texts::is_loopback;

double whole_seconds(Duration value) {
    return static_cast<double>(value.count()) / 1e9;
}

bool wildcard(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

// Would the second of two servers find its port taken?
bool same_listener(const Endpoint& a, const Endpoint& b) {
    return a.port == b.port && (a.host == b.host || wildcard(a.host) || wildcard(b.host));
}

std::string plant_pointer(const Plant& plant) {
    return "/plants/" + plant.id;
}

std::string device_pointer(const Device& device) {
    return "/devices/" + device.id;
}

void api(const IstentoreApi& api, Problems& problems) {
    const std::string section = "/istentore_api";
    if (api.base_url.starts_with("http://") && !is_loopback(texts::host_of(api.base_url)))
        problems.add_unless_wrong(
            section + "/base_url", {},
            fmt::format("must be https:// unless the platform is on this machine, got \"{}\"", api.base_url));
    if (api.measurement_post_retry_max < api.measurement_post_retry_initial)
        problems.add_unless_wrong(section + "/measurement_post_retry_max_s",
                                  {section + "/measurement_post_retry_initial_s"},
                                  fmt::format("measurement_post_retry_max_s must not be below "
                                              "measurement_post_retry_initial_s ({}), got {}",
                                              whole_seconds(api.measurement_post_retry_initial),
                                              whole_seconds(api.measurement_post_retry_max)));
}

void private_dashboard(const PrivateDashboard& server, Problems& problems) {
    const std::string section = "/dashboard/private";
    if (server.auth.empty() && !is_loopback(server.address.host))
        problems.add_unless_wrong(
            section + "/host", {section + "/auth"},
            fmt::format("must be a loopback address unless auth has an account, got \"{}\"",
                        server.address.host));
    std::set<std::string> names;
    for (std::size_t i = 0; i < server.auth.size(); ++i) {
        const auto& account = server.auth[i];
        const auto at = fmt::format("{}/auth/{}", section, i);
        if (account.password_hash.empty() && account.token_hash.empty())
            problems.add_unless_wrong(at, {at + "/password_hash", at + "/token_hash"},
                                      "must have a password_hash or a token_hash");
        if (!names.insert(server.auth[i].name).second)
            problems.add_unless_wrong(
                fmt::format("{}/auth/{}/name", section, i), {},
                fmt::format("must differ from every other account's, got \"{}\"", server.auth[i].name));
    }
}

void public_dashboard(const PublicDashboard& server, Problems& problems) {
    if (!server.enabled || server.auth_mode != "basic" || (!server.user.empty() && !server.password.empty()))
        return;
    const std::string section = "/dashboard/public_readonly";
    if (!is_loopback(server.address.host))
        problems.add_unless_wrong(section + "/host", {section + "/auth"},
                                  fmt::format("must be a loopback address unless HIL_PUBLIC_DASH_USER and "
                                              "HIL_PUBLIC_DASH_PASS are set or auth.mode is none, got \"{}\"",
                                              server.address.host));
    else if (problems.size() == 0)
        problems.warn(problems.source(), section +
                                             "/auth/mode: basic without HIL_PUBLIC_DASH_USER and "
                                             "HIL_PUBLIC_DASH_PASS in the environment, nobody can log in");
}

void proxies(const Config& config, Problems& problems) {
    for (std::size_t i = 0; i < config.trusted_proxies.size(); ++i)
        if (!parse_address_range(config.trusted_proxies[i]))
            problems.add_unless_wrong(
                fmt::format("/dashboard/trusted_proxies/{}", i), {},
                fmt::format("must be an address or a range as 10.0.0.0/8 or fd00::/8, got \"{}\"",
                            config.trusted_proxies[i]));
}

void listeners(const Config& config, Problems& problems) {
    struct Listening {
        std::string pointer, what;
        const Endpoint& at;
        const ModbusEndpoint* emulated = nullptr;
    };
    std::vector<Listening> servers{
        {"/dashboard/private/port", "the operator's server", config.private_dashboard.address}};
    if (config.public_dashboard.enabled)
        servers.push_back(
            {"/dashboard/public_readonly/port", "the read-only server", config.public_dashboard.address});
    for (const auto& plant : config.plants)
        if (plant.has_local)
            servers.push_back({plant_pointer(plant) + "/modbus/local/port", fmt::format("plant {}", plant.id),
                               plant.local.address, &plant.local});

    for (const auto& device : config.devices)
        if (device.has_local)
            servers.push_back({device_pointer(device) + "/modbus/local/port",
                               fmt::format("device {}", device.id), device.local.address, &device.local});

    for (auto b = servers.begin(); b != servers.end(); ++b) {
        if (b->at.port == 0) continue;
        const auto a = std::find_if(servers.begin(), b, [&](const Listening& other) {
            if (other.emulated == nullptr || b->emulated == nullptr) return same_listener(other.at, b->at);
            // Behind one address there is a gateway, and the unit ids differ. On different addresses two
            // devices need two ports all the same: a port is how people tell them apart.
            const bool gateway = other.at == b->at && other.emulated->unit_id != b->emulated->unit_id;
            return other.at.port == b->at.port && !gateway;
        });
        if (a != b)
            problems.add_unless_wrong(
                b->pointer, {a->pointer},
                fmt::format("must differ from the port of {}, got {}", a->what, b->at.port));
    }
}

// Limits of one signal: in order, around 0 (the safe setpoint), and within what the register can hold.
struct Limits {
    const char *min_key, *max_key, *point;
    double min, max;
};

void limits(const Plant& plant, const Limits& l, const std::string& pointer, Problems& problems) {
    const auto section = pointer + "/model/power_limits/";
    const auto min_at = section + l.min_key, max_at = section + l.max_key;
    if (l.min > l.max) {
        problems.add_unless_wrong(
            min_at, {max_at},
            fmt::format("{} must not be above {} ({}), got {}", l.min_key, l.max_key, l.max, l.min));
        return;
    }
    if (l.min > 0) problems.add_unless_wrong(min_at, {}, fmt::format("must be at most 0, got {}", l.min));
    if (l.max < 0) problems.add_unless_wrong(max_at, {}, fmt::format("must be at least 0, got {}", l.max));

    for (const auto* side : {"local", "remote"}) {
        const auto mode = std::string_view(side) == "local" ? TransportMode::local : TransportMode::remote;
        if (!plant.has(mode)) continue;
        const auto& endpoint = plant.endpoint(mode);
        const auto* point = endpoint.find(l.point);
        const auto points = fmt::format("{}/modbus/{}/points", pointer, side);
        if (point == nullptr || problems.wrong(points)) continue;
        const auto at = below(points, l.point);
        const auto usable = {at + "/format", at + "/unit", at + "/eng_per_count", at + "/offset"};
        if (std::any_of(usable.begin(), usable.end(), [&](const auto& p) { return problems.wrong(p); }))
            continue;
        const auto range = range_of(*point);
        for (const auto& [where, value] : {std::pair{min_at, l.min}, std::pair{max_at, l.max}})
            if (value < range.lowest || value > range.highest)
                problems.add_unless_wrong(
                    where, {},
                    fmt::format("must be {}..{}, what {} of the {} endpoint can hold, got {}", range.lowest,
                                range.highest, l.point, side, value));
    }
}

}  // namespace

void check_emulation(const Emulation& e, const std::string& section, Problems& problems) {
    if (e.kind == BatteryKind::replay && e.file.empty())
        problems.add_unless_wrong(section + "/file", {section + "/kind"},
                                  "is required when kind is replay: the recording to play back");
    if (e.ageing_factor > 0 && e.kind != BatteryKind::li_ion)
        problems.add_unless_wrong(
            section + "/ageing_factor", {section + "/kind"},
            fmt::format("must be 0 unless kind is li_ion, which alone has a model of ageing, got {}",
                        e.ageing_factor));
    if ((e.capacity_loss_pu > 0 || e.resistance_rise_pu > 0) && e.kind == BatteryKind::ideal)
        problems.add_unless_wrong(
            section + (e.capacity_loss_pu > 0 ? "/capacity_loss_pu" : "/resistance_rise_pu"),
            {section + "/kind"}, "must be 0 while kind is ideal, a battery that has neither");
}

void check_plant(const Plant& plant, const std::string& pointer, Problems& problems) {
    if (problems.wrong(pointer)) return;
    if (!plant.has_local && !plant.has_remote)
        problems.add_unless_wrong(pointer + "/modbus",
                                  {pointer + "/modbus/local", pointer + "/modbus/remote"},
                                  "must have local or remote");
    if (plant.has_local) check_endpoint(plant.local, pointer + "/modbus/local", problems);
    if (plant.has_remote) check_endpoint(plant.remote, pointer + "/modbus/remote", problems);
    check_safety(plant.safety, pointer + "/safety", problems);
    const auto& l = plant.model.power_limits;
    limits(plant, {"p_min_kw", "p_max_kw", "p_setpoint", l.p_min_kw, l.p_max_kw}, pointer, problems);
    limits(plant, {"q_min_kvar", "q_max_kvar", "q_setpoint", l.q_min_kvar, l.q_max_kvar}, pointer, problems);
    check_emulation(plant.model.emulation, pointer + "/model/emulation", problems);
}

void check_rules(const Config& config, Problems& problems) {
    for (const auto& plant : config.plants)
        check_plant(plant, plant_pointer(plant), problems);
    for (const auto& device : config.devices) {
        const auto pointer = device_pointer(device);
        check_device(device, pointer, problems);
        if (config.find_plant(device.id) != nullptr)
            problems.add_unless_wrong(pointer, {}, "must not have the id of a plant");
    }
    api(config.istentore_api, problems);
    private_dashboard(config.private_dashboard, problems);
    public_dashboard(config.public_dashboard, problems);
    proxies(config, problems);
    check_alerting(config.alerting, problems);
    listeners(config, problems);
    check_sharing(config, problems);
}

}  // namespace hil::config
