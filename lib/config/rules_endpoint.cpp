#include "config/describe.hpp"
#include "config/names.hpp"
#include "config/raw_value.hpp"
#include "config/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::config {

namespace {

bool readable(const Point& point) {
    return point.access != Access::write;
}
bool writable(const Point& point) {
    return point.access != Access::read;
}

double last_register(const Point& point) {
    return static_cast<double>(point.address) + point.word_count() - 1;
}

bool overlap(const Point& a, const Point& b) {
    return a.register_type == b.register_type && a.address <= last_register(b) &&
           b.address <= last_register(a);
}

// The point whose registers these are: itself, or what it is an alias of.
const std::string& owner(const Point& point) {
    return point.alias_of.empty() ? point.name : point.alias_of;
}

class Check {
  public:
    Check(const ModbusEndpoint& endpoint, const std::string& pointer, Problems& problems)
        : endpoint_(endpoint), pointer_(pointer), points_(pointer + "/points"), problems_(problems) {}

    void all() {
        registers();
        sequence(endpoint_.start_sequence, "start_sequence", 1);
        sequence(endpoint_.stop_sequence, "stop_sequence", 0);
        heartbeat();
        expect();
    }

    void watched() {
        registers();
        for (const auto& point : endpoint_.points)
            if (writable(point))
                problems_.add_unless_wrong(
                    at(point) + "/access", {},
                    fmt::format("must be r: a device of this section is never written to, got \"{}\"",
                                to_string(point.access)));
        expect();
    }

  private:
    void registers() {
        if (endpoint_.address.port == 0)
            problems_.add_unless_wrong(pointer_ + "/port", {}, "is required, it must be 1..65535");
        for (const auto& point : endpoint_.points) {
            fits(point);
            in_one_request(point);
            access(point);
            alias(point);
            handling(point);
            scale(point);
            sentinels(point);
            zero(point);
        }
        for (auto a = endpoint_.points.begin(); a != endpoint_.points.end(); ++a)
            for (auto b = std::next(a); b != endpoint_.points.end(); ++b)
                apart(*a, *b);
    }

    [[nodiscard]] std::string at(const Point& point) const { return below(points_, point.name); }

    void fits(const Point& point) {
        if (last_register(point) > 65'535)
            problems_.add_unless_wrong(
                at(point) + "/address", {at(point) + "/format"},
                fmt::format("a {} takes {} registers, the last one would be {}, got {}",
                            to_string(point.format), point.word_count() == 2 ? "two" : "four",
                            last_register(point), point.address));
    }

    // Half of a value may be older than the other half when they come in two requests.
    void in_one_request(const Point& point) {
        if (point.word_count() > endpoint_.max_registers)
            problems_.add_unless_wrong(
                pointer_ + "/max_registers", {at(point) + "/format"},
                fmt::format("must be at least {}, so that {} is read and written in one request, got {}",
                            point.word_count(), point.name, endpoint_.max_registers));
    }

    // Only holding registers can be written.
    void access(const Point& point) {
        if (point.register_type == RegisterType::input && writable(point)) {
            problems_.add_unless_wrong(
                at(point) + "/register_type", {at(point) + "/access"},
                fmt::format("must be holding because {} has access {}: input registers cannot be written",
                            point.name, to_string(point.access)));
            return;
        }
        const bool standard =
            std::find(standard_points.begin(), standard_points.end(), point.name) != standard_points.end();
        if (!standard || point.quantity || point.access == Access::read_write) return;
        const bool commanded =
            point.name == "p_setpoint" || point.name == "q_setpoint" || point.name == "enable";
        if (commanded)
            problems_.add_unless_wrong(
                at(point) + "/access", {},
                fmt::format("must be rw because {} is written and read back, got \"{}\"", point.name,
                            to_string(point.access)));
        else if (!readable(point))
            problems_.add_unless_wrong(
                at(point) + "/access", {},
                fmt::format("must be r or rw because {} is measured, got \"w\"", point.name));
    }

    void alias(const Point& point) {
        if (point.alias_of.empty()) return;
        const auto where = at(point) + "/alias_of";
        const auto* other = endpoint_.find(point.alias_of);
        if (other == nullptr) {
            if (!problems_.wrong(below(points_, point.alias_of)))
                problems_.add_unless_wrong(
                    where, {points_},
                    fmt::format("must name a point of this endpoint, got \"{}\"", point.alias_of));
            return;
        }
        if (other == &point || !other->alias_of.empty()) {
            problems_.add_unless_wrong(
                where, {},
                fmt::format("must name a point that is no alias itself, got \"{}\"", point.alias_of));
            return;
        }
        const auto order = [&](const Point& p) { return p.word_order.value_or(endpoint_.word_order); };
        const bool same = point.address == other->address && point.format == other->format &&
                          point.register_type == other->register_type &&
                          (point.word_count() == 1 || order(point) == order(*other));
        if (!same)
            problems_.add_unless_wrong(
                where, {at(point), at(*other)},
                fmt::format("must have the address and format of {} ({}, {}), got {}, {}", other->name,
                            other->address, to_string(other->format), point.address,
                            to_string(point.format)));
    }

    // How a device treats what is written is asked of its setpoints alone.
    void handling(const Point& point) {
        if (point.name != "p_setpoint" && point.name != "q_setpoint") {
            const auto only = [&](bool given, const char* key) {
                if (given)
                    problems_.add_unless_wrong(at(point) + key, {},
                                               "may only be given at p_setpoint and q_setpoint");
            };
            only(point.step != 0, "/step");
            only(point.tolerance != 0, "/tolerance");
            only(point.confirm.has_value(), "/confirm");
            only(point.refresh.has_value(), "/refresh_s");
            only(point.max_writes_per_day.has_value(), "/max_writes_per_day");
            only(!point.limit_points.empty(), "/limit_points");
            return;
        }
        if (point.confirm == Confirm::within && point.step == 0 && point.tolerance == 0)
            problems_.add_unless_wrong(at(point) + "/confirm",
                                       {at(point) + "/step", at(point) + "/tolerance"},
                                       "\"within\" needs step or tolerance");
        limits(point);
    }

    void limits(const Point& point) {
        const auto where = at(point) + "/limit_points";
        if (point.limit_points.size() > 2) {
            problems_.add_unless_wrong(
                where, {},
                fmt::format("must name one point for both directions or two, of discharging and of charging, "
                            "got {}",
                            point.limit_points.size()));
            return;
        }
        for (std::size_t i = 0; i < point.limit_points.size(); ++i) {
            const auto here = fmt::format("{}/{}", where, i);
            const auto* limit = named(point.limit_points[i], here);
            if (limit != nullptr && !readable(*limit))
                problems_.add_unless_wrong(
                    here, {at(*limit) + "/access"},
                    fmt::format("must be a point that can be read, got \"{}\" of access w", limit->name));
        }
    }

    // What it is multiplied by is a whole power of ten from a point of its own, which can be read.
    void scale(const Point& point) {
        if (point.scale_point.empty()) return;
        const auto where = at(point) + "/scale_point";
        const auto* other = named(point.scale_point, where);
        if (other == nullptr) return;
        const auto known = {at(*other) + "/access", at(*other) + "/format", at(point) + "/access"};
        if (other == &point || !other->scale_point.empty() || other->unit != Unit::raw || other->is_float() ||
            other->word_count() != 1 || other->eng_per_count != 1 || other->offset != 0)
            problems_.add_unless_wrong(
                where, known,
                fmt::format("must name a point of format int16 or uint16, unit raw and eng_per_count 1 that "
                            "has no scale_point itself, got \"{}\"",
                            point.scale_point));
        else if (!readable(*other))
            problems_.add_unless_wrong(
                where, known, fmt::format("must name a point that can be read, got \"{}\"", other->name));
        else if (writable(point))
            problems_.add_unless_wrong(
                where, known,
                fmt::format("must not stand at a point of access {}: what is written has a fixed scale",
                            to_string(point.access)));
    }

    void sentinels(const Point& point) {
        for (const auto& value : point.not_available) {
            if (raw_bits(value, point.format)) continue;
            problems_.add_unless_wrong(
                at(point) + "/not_available", {at(point) + "/format"},
                fmt::format("must be values that the registers of a {} can hold, got {}",
                            to_string(point.format), to_string(value)));
        }
    }

    // A setpoint of 0 is what a stop writes.
    void zero(const Point& point) {
        const bool setpoint = point.name == "p_setpoint" || point.name == "q_setpoint";
        if (!setpoint || point.offset == 0 || point.is_float()) return;
        const double counts = point.offset / point.eng_per_count;
        if (std::abs(counts - std::round(counts)) > 1e-6)
            problems_.add_unless_wrong(
                at(point) + "/offset", {at(point) + "/eng_per_count"},
                fmt::format("must be a multiple of eng_per_count ({}) so that 0 can be written, got {}",
                            point.eng_per_count, point.offset));
    }

    void apart(const Point& a, const Point& b) {
        if (!overlap(a, b) || owner(a) == owner(b)) return;
        const auto members = {at(a) + "/address", at(a) + "/format", at(a) + "/alias_of",
                              at(b) + "/address", at(b) + "/format", at(b) + "/alias_of"};
        problems_.add_unless_wrong(
            at(b) + "/address", members,
            fmt::format("must not share registers with {} ({}..{}) unless alias_of says so, got {}..{}",
                        a.name, a.address, last_register(a), b.address, last_register(b)));
    }

    void sequence(const std::vector<SequenceStep>& steps, const char* name, int enabled) {
        const auto where = fmt::format("{}/{}", pointer_, name);
        const SequenceStep* enable = nullptr;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            step(steps[i], fmt::format("{}/{}", where, i));
            if (steps[i].point == "enable") enable = &steps[i];
        }
        if (enable == nullptr)
            problems_.add_unless_wrong(
                where, {},
                fmt::format("must write enable {}, it is what the sequence is confirmed by", enabled));
        else if (enable->value != enabled)
            problems_.add_unless_wrong(
                where, {}, fmt::format("must leave enable at {}, got {}", enabled, enable->value));
    }

    void step(const SequenceStep& step, const std::string& where) {
        const auto* point = named(step.point, where + "/point");
        if (point == nullptr) return;
        const auto access_wrong = at(*point) + "/access";
        if (!writable(*point))
            problems_.add_unless_wrong(
                where + "/point", {access_wrong},
                fmt::format("must be a point that can be written, got \"{}\" of access r", point->name));
        else if (step.verify && !readable(*point))
            problems_.add_unless_wrong(
                where + "/verify", {access_wrong},
                fmt::format("must be false because {} cannot be read, got true", point->name));
        const auto range = range_of(*point);
        if (step.value < range.lowest || step.value > range.highest)
            problems_.add_unless_wrong(where + "/value", {at(*point)},
                                       fmt::format("must be {}..{}, what {} can hold, got {}", range.lowest,
                                                   range.highest, point->name, step.value));
        else if (point->unit == Unit::raw && !point->is_float()) {
            const auto counts = (step.value - point->offset) / point->eng_per_count;
            if (std::abs(counts - std::round(counts)) > 1e-6)
                problems_.add_unless_wrong(
                    where + "/value", {at(*point)},
                    point->offset == 0 ? fmt::format("must be a multiple of {}, got {}",
                                                     std::abs(point->eng_per_count), step.value)
                                       : fmt::format("must be {} and a multiple of {}, got {}", point->offset,
                                                     std::abs(point->eng_per_count), step.value));
        }
    }

    void heartbeat() {
        if (!endpoint_.heartbeat) return;
        const auto where = pointer_ + "/heartbeat/point";
        const auto* point = named(endpoint_.heartbeat->point, where);
        if (point == nullptr) return;
        if (!writable(*point))
            problems_.add_unless_wrong(
                where, {at(*point) + "/access"},
                fmt::format("must be a point that can be written, got \"{}\" of access r", point->name));
        else if (std::find(standard_points.begin(), standard_points.end(), owner(*point)) !=
                 standard_points.end())
            problems_.add_unless_wrong(where, {},
                                       fmt::format("must be a register of its own, got \"{}\"", point->name));
    }

    void expect() {
        if (!endpoint_.expect) return;
        const auto& expected = *endpoint_.expect;
        const auto where = pointer_ + "/expect";
        if (const auto* point = named(expected.point, where + "/point");
            point != nullptr && !readable(*point))
            problems_.add_unless_wrong(
                where + "/point", {at(*point) + "/access"},
                fmt::format("must be a point that can be read, got \"{}\" of access w", point->name));
        const bool range = expected.min || expected.max;
        if (expected.value && range)
            problems_.add_unless_wrong(where, {}, "must have a value or a range (min, max), not both");
        else if (!expected.value && !range)
            problems_.add_unless_wrong(where, {}, "must have a value, or a range (min, max)");
        else if (expected.min && expected.max && *expected.min > *expected.max)
            problems_.add_unless_wrong(
                where + "/max", {where + "/min"},
                fmt::format("must not be below min ({}), got {}", *expected.min, *expected.max));
    }

    const Point* named(const std::string& name, const std::string& where) {
        const auto* point = endpoint_.find(name);
        if (point == nullptr && !problems_.wrong(below(points_, name)))
            problems_.add_unless_wrong(where, {points_},
                                       fmt::format("must name a point of this endpoint, got \"{}\"", name));
        return point;
    }

    const ModbusEndpoint& endpoint_;
    const std::string& pointer_;
    const std::string points_;
    Problems& problems_;
};

}  // namespace

void check_endpoint(const ModbusEndpoint& endpoint, const std::string& pointer, Problems& problems) {
    if (!problems.wrong(pointer)) Check(endpoint, pointer, problems).all();
}

void check_watched_endpoint(const ModbusEndpoint& endpoint, const std::string& pointer, Problems& problems) {
    if (!problems.wrong(pointer)) Check(endpoint, pointer, problems).watched();
}

}  // namespace hil::config
