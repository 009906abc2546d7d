#include "plant_sim/control_api.hpp"

#include "base/number.hpp"
#include "base/zone.hpp"
#include "config/time_value.hpp"
#include "net/problem.hpp"
#include "observe/json_text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

namespace hil::plant_sim {
namespace {

namespace json = boost::json;

net::Response reply(unsigned status, std::string body) {
    net::Response out;
    out.status = status;
    if (!body.empty()) out.headers.set("Content-Type", "application/json");
    out.headers.set("Cache-Control", "no-store");
    out.body = std::move(body);
    return out;
}

net::Response not_allowed(std::string_view allowed) {
    auto out = net::problem(405, fmt::format("only {} here", allowed));
    out.headers.set("Allow", std::string(allowed));
    return out;
}

bool is_json(const net::Request& request) {
    const auto type = request.headers.find("Content-Type").value_or("");
    return type.substr(0, type.find(';')) == "application/json";
}

// The JSON object of the body, or the refusal.
std::variant<json::object, net::Response> body_of(const net::Request& request) {
    if (!is_json(request)) return net::problem(415, "Content-Type must be application/json");
    error_code error;
    auto value = json::parse(request.body, error);
    if (error) return net::problem(400, "the body is not JSON: " + error.message());
    if (!value.is_object()) return net::problem(422, "the body must be an object");
    return std::move(value.get_object());
}

// Numbers as people write them; Boost.JSON writes 100.0 as 1E2.
void append(std::string& out, const json::value& value) {
    if (value.is_double()) {
        observe::append_json_number(out, value.get_double());
    } else if (value.is_object()) {
        out += '{';
        for (bool first = true; const auto& [key, member] : value.get_object()) {
            if (!std::exchange(first, false)) out += ',';
            out += json::serialize(json::string(key)) + ':';
            append(out, member);
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        for (bool first = true; const auto& member : value.get_array()) {
            if (!std::exchange(first, false)) out += ',';
            append(out, member);
        }
        out += ']';
    } else {
        out += json::serialize(value);
    }
}

std::string text(const json::value& value) {
    std::string out;
    append(out, value);
    return out;
}

json::object status_json(const Faults::Entry& entry, Instant now) {
    json::object out{{"id", entry.id}};
    for (const auto& [key, value] : to_json(entry.fault))
        out[key] = value;
    out["active"] = entry.from <= now;
    out["hits"] = entry.hits;
    return out;
}

// What no meter answers is not known.
json::value number_or_null(double value) {
    return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

json::object status_json(const PlantServer& plant) {
    const auto& emulator = plant.emulator();
    const auto& output = emulator.output();
    const auto command = emulator.command();
    json::object out{{"running", emulator.running()},
                     {"p_setpoint_kw", command.p_kw},
                     {"q_setpoint_kvar", command.q_kvar},
                     {"p_battery_kw", number_or_null(output.p_battery_kw)},
                     {"q_battery_kvar", number_or_null(output.q_battery_kvar)},
                     {"p_poi_kw", number_or_null(output.p_poi_kw)},
                     {"q_poi_kvar", number_or_null(output.q_poi_kvar)},
                     {"v_poi_kV", number_or_null(output.v_poi_kv)},
                     {"soc_pu", number_or_null(output.soc_pu)},
                     {"energy_kwh", emulator.energy_kwh()},
                     {"discharged_kwh", emulator.totals().discharged_kwh},
                     {"charged_kwh", emulator.totals().charged_kwh},
                     {"endpoint", to_string(plant.local_endpoint())},
                     {"connections", plant.connections()},
                     {"requests", emulator.statistics().requests}};
    if (const auto inside = emulator.model().inside())
        out["battery"] = {{"capacity_kwh", emulator.model().capacity_kwh()},
                          {"temperature_c", inside->temperature_c},
                          {"dc_voltage_v", inside->dc_voltage_v},
                          {"dc_current_a", inside->dc_current_a},
                          {"cells_in_series", inside->cells_in_series},
                          {"strings", inside->strings},
                          {"capacity_loss_pu", inside->capacity_loss_pu},
                          {"resistance_rise_pu", inside->resistance_rise_pu},
                          {"equivalent_cycles", inside->equivalent_cycles},
                          {"losses_kwh", inside->losses_kwh}};
    return out;
}

// An address cannot be bound to another machine; of names there are localhost and the one it is served under.
bool is_own_name(std::string_view asked, std::string_view host) {
    if (asked.starts_with('[')) return true;
    const auto name = asked.substr(0, asked.find(':'));
    const bool address = !name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos;
    return address || name == "localhost" || (!host.empty() && name == host);
}

}  // namespace

ControlApi::ControlApi(Clock& clock, Faults& faults, const std::vector<std::unique_ptr<PlantServer>>& plants,
                       std::string host)
    : clock_(clock), faults_(faults), plants_(plants), host_(std::move(host)) {}

awaitable<std::variant<net::Response, net::Server::Conversation>> ControlApi::upgrade(net::Request) {
    co_return net::problem(404, "there is no WebSocket here");
}

awaitable<net::Response> ControlApi::handle(net::Request request) {
    co_return answer(request);
}

net::Response ControlApi::answer(const net::Request& request) {
    // A page of another origin must not reach it through somebody's browser.
    if (request.headers.find("Origin")) return net::problem(403, "not for web pages");
    const auto asked_of = request.headers.find("Host");
    if (!asked_of || request.headers.count("Host") != 1 || !is_own_name(*asked_of, host_))
        return net::problem(403,
                            "asked under a name that is not this machine's: use its address or localhost");
    const auto target = net::parse_target(request.target);
    if (!target) return net::problem(400, "the path or query cannot be decoded");
    const auto& path = target->segments;
    const auto method = request.method == "HEAD" ? std::string("GET") : request.method;
    if (path.size() == 1 && path[0] == "state")
        return method == "GET" ? reply(200, state()) : not_allowed("GET");
    if (path.size() == 1 && path[0] == "clock")
        return method == "PUT" ? set_clock(request) : not_allowed("PUT");
    if (!path.empty() && path.size() <= 2 && path[0] == "faults") return faults(request, path);
    if (path.size() == 2 && path[0] == "plants")
        return method == "PUT" ? set_plant(request, path[1]) : not_allowed("PUT");
    return net::problem(404, "there is no such path");
}

std::string ControlApi::state() {
    json::object plants;
    for (const auto& plant : plants_)
        plants[plant->id()] = status_json(*plant);
    json::array listed;
    for (const auto& entry : faults_.entries())
        listed.push_back(status_json(entry, clock_.now()));
    return text(json::object{{"time", Zone::utc().format(clock_.wall_now())},
                             {"clock", {{"speed", clock_.speed()}, {"paused", clock_.paused()}}},
                             {"plants", std::move(plants)},
                             {"faults", std::move(listed)}});
}

net::Response ControlApi::set_clock(const net::Request& request) {
    auto body = body_of(request);
    if (auto* refused = std::get_if<net::Response>(&body)) return std::move(*refused);
    const auto& wanted = std::get<json::object>(body);
    // All of it is looked at before any of it is done.
    std::optional<double> speed, step;
    std::optional<bool> paused;
    for (const auto& [key, value] : wanted) {
        const double number = value.is_number() ? value.to_number<double>() : std::nan("");
        if (key == "speed") {
            if (!(number > 0 && number <= 1e6))
                return net::problem(422, "speed: must be a number above 0 and at most 1000000");
            speed = number;
        } else if (key == "step_s") {
            step = config::seconds_in(value);
            if (!step || !(*step > 0 && *step <= 86'400))
                return net::problem(422, "step_s: must be a number above 0 and at most 86400");
        } else if (key == "paused") {
            if (!value.is_bool()) return net::problem(422, "paused: must be true or false");
            paused = value.get_bool();
        } else {
            return net::problem(422,
                                fmt::format("{}: is not speed, paused or step_s", std::string_view(key)));
        }
    }
    if (!speed && !step && !paused) return net::problem(422, "must have speed, paused or step_s");
    if (step && !paused.value_or(clock_.paused()))
        return net::problem(409, "only a paused clock can be stepped");
    if (speed) {
        if (const auto set = clock_.set_speed(*speed); !set)
            return net::problem(409, "this clock keeps real time");
    }
    if (paused) {
        if (const auto set = clock_.set_paused(*paused); !set)
            return net::problem(409, "this clock keeps real time");
    }
    if (step) {
        if (const auto done = clock_.step(seconds(*step)); !done)
            return net::problem(409, done.error().message());
    }
    return reply(200, text(json::object{{"speed", clock_.speed()}, {"paused", clock_.paused()}}));
}

net::Response ControlApi::faults(const net::Request& request, const std::vector<std::string>& path) {
    if (path.size() == 2) {
        std::uint64_t id = 0;
        const auto& word = path[1];
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
        if (error != std::errc{} || end != word.data() + word.size())
            return net::problem(404, "a fault is named by its number");
        if (request.method != "DELETE") return not_allowed("DELETE");
        return faults_.remove(id) ? reply(204, {})
                                  : net::problem(404, fmt::format("there is no fault {}", id));
    }
    if (request.method == "DELETE") {
        faults_.clear();
        return reply(204, {});
    }
    if (request.method == "POST") {
        auto body = body_of(request);
        if (auto* refused = std::get_if<net::Response>(&body)) return std::move(*refused);
        auto fault = parse_fault(std::get<json::object>(body), subjects());
        if (const auto* rule = std::get_if<std::string>(&fault)) return net::problem(422, *rule);
        const auto id = faults_.add(std::get<Fault>(std::move(fault)));
        for (const auto& entry : faults_.entries())
            if (entry.id == id) return reply(201, text(status_json(entry, clock_.now())));
        return reply(201, text(json::object{{"id", id}}));  // it lasts no time at all
    }
    if (request.method != "GET" && request.method != "HEAD") return not_allowed("GET, POST, DELETE");
    json::array listed;
    for (const auto& entry : faults_.entries())
        listed.push_back(status_json(entry, clock_.now()));
    return reply(200, text(listed));
}

net::Response ControlApi::set_plant(const net::Request& request, const std::string& id) {
    PlantServer* found = nullptr;
    for (const auto& plant : plants_)
        if (plant->id() == id) found = plant.get();
    if (found == nullptr) return net::problem(404, fmt::format("there is no plant \"{}\" here", id));
    auto body = body_of(request);
    if (auto* refused = std::get_if<net::Response>(&body)) return std::move(*refused);
    const auto& wanted = std::get<json::object>(body);
    const auto* soc = wanted.if_contains("soc_pu");
    const double value = soc != nullptr && soc->is_number() ? soc->to_number<double>() : std::nan("");
    if (wanted.size() != 1 || !(value >= 0 && value <= 1))
        return net::problem(422, "must be {\"soc_pu\": N} with N from 0 to 1");
    const auto seeded = found->emulator().seed_soc(value, "the control endpoint");
    if (seeded.status != SeedStatus::applied) return net::problem(409, seeded.message);
    return reply(200, text(status_json(*found)));
}

std::vector<FaultSubject> ControlApi::subjects() const {
    std::vector<FaultSubject> out;
    for (const auto& plant : plants_) {
        FaultSubject subject{plant->id(), {}};
        const auto& map = plant->emulator().map();
        for (std::size_t i = 0; i < map.size(); ++i)
            subject.points.push_back(map.point(static_cast<plant::PointId>(i)).name);
        out.push_back(std::move(subject));
    }
    return out;
}

}  // namespace hil::plant_sim
