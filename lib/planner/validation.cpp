#include "planner/validation.hpp"

#include "schedule/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::planner {

namespace {

// Numbers in sentences: enough digits to recognise the value, none that come from arithmetic.
std::string number(double value) {
    return fmt::format("{:.7g}", value);
}

class Validator {
  public:
    Validator(const ValidationInput& input, const Zone& zone, std::size_t at_most)
        : in_(input), zone_(zone), at_most_(at_most) {}

    Violations run() {
        for (const schedule::Signal signal : schedule::all_signals)
            power_limits(signal);
        state_of_charge();
        if (in_.model.ramp_kw_per_s) ramp(*in_.model.ramp_kw_per_s);
        return std::move(found_);
    }

  private:
    void power_limits(schedule::Signal signal) {
        const auto& segments = in_.schedule;
        for (std::size_t i = 0; i < segments.size();) {
            const schedule::ActiveEntry& active = segments[i].active(signal);
            const schedule::Limited limited =
                schedule::apply_limits(active.value, signal, in_.model.power_limits);
            std::size_t last = i + 1;
            if (limited.changed()) {
                while (last < segments.size() && segments[last].active(signal).value == active.value)
                    ++last;
                add(ViolationKind::power_limit, signal, segments[i].from, segments[last - 1].to,
                    limited.asked, limited.value, active, schedule::describe(limited, signal));
            }
            i = last;
        }
    }

    void state_of_charge() {
        const auto& pieces = in_.projection.pieces;
        for (std::size_t i = 0; i < pieces.size();) {
            const int bound = pieces[i].bound;
            std::size_t last = i;
            double missing_kwh = 0;
            while (last < pieces.size() && pieces[last].bound == bound && bound != 0) {
                missing_kwh += (pieces[last].asked_kw - pieces[last].delivered_kw) *
                               to_seconds(pieces[last].to - pieces[last].from) / 3600;
                ++last;
            }
            if (bound != 0) bound_reached(pieces[i], pieces[last - 1], missing_kwh);
            i = std::max(last, i + 1);
        }
    }

    void bound_reached(const ProjectedPiece& first, const ProjectedPiece& last, double missing_kwh) {
        const double capacity = in_.model.capacity_kwh;
        const double bound = first.bound < 0 ? 0.0 : 1.0;
        const double reached = capacity > 0 ? last.soc_to - missing_kwh / capacity : bound;
        const std::string_view what = first.bound < 0 ? "a discharge" : "a charge";
        std::string text = "the plant has no capacity";
        if (capacity > 0 && std::abs(first.soc_from - bound) < 1e-3) {
            text = fmt::format(
                "the battery is {} and {} of {} kWh more is planned, to a state of charge of {}",
                first.bound < 0 ? "empty" : "full", what, number(std::abs(missing_kwh)), number(reached));
        } else if (capacity > 0) {
            text = fmt::format(
                "at a state of charge of {:.3f} and {} the battery does less than is planned: {:.3g} kWh of "
                "{} "
                "are "
                "missing",
                first.soc_from, first.bound < 0 ? "below" : "above", std::abs(missing_kwh), what);
        }
        add(ViolationKind::state_of_charge, schedule::Signal::p, first.from, last.to, reached, bound,
            in_.schedule[first.segment].p, text);
        if (found_.omitted == 0) found_.list.back().missing_kwh = std::abs(missing_kwh);
    }

    void ramp(double kw_per_s) {
        const double reachable = kw_per_s * to_seconds(in_.dispatch_period);
        for (std::size_t i = 1; i < in_.schedule.size(); ++i) {
            const auto& limits = in_.model.power_limits;
            const double before =
                schedule::apply_limits(in_.schedule[i - 1].p.value, schedule::Signal::p, limits).value;
            const double after =
                schedule::apply_limits(in_.schedule[i].p.value, schedule::Signal::p, limits).value;
            const double step = std::abs(after - before);
            if (step <= reachable * (1 + 1e-12)) continue;
            const WallTime from = in_.schedule[i].from;
            const std::string takes = kw_per_s > 0 ? fmt::format("takes {} s", number(step / kw_per_s))
                                                   : std::string("is never reached");
            const WallTime to = kw_per_s > 0 ? std::min(from + hil::seconds(std::min(step / kw_per_s, 1e9)),
                                                        in_.schedule.back().to)
                                             : in_.schedule.back().to;
            add(ViolationKind::ramp, schedule::Signal::p, from, to, step, reachable, in_.schedule[i].p,
                fmt::format("the step from {} to {} kW {} at ramp_kw_per_s {}", number(before), number(after),
                            takes, number(kw_per_s)));
        }
    }

    void add(ViolationKind kind, schedule::Signal signal, WallTime from, WallTime to, double value,
             double limit, const schedule::ActiveEntry& active, const std::string& what) {
        if (found_.list.size() >= at_most_) {
            ++found_.omitted;
            return;
        }
        Violation v;
        v.kind = kind;
        v.plant = in_.store.plant_ids().at(in_.plant);
        v.signal = signal;
        v.from = from;
        v.to = to;
        v.value = value;
        v.limit = limit;
        v.line = active.line;
        v.origin = origin(signal, active);
        const auto shown = [this](WallTime at) {  // to the second, which is enough for people
            return zone_.format(std::chrono::floor<std::chrono::seconds>(at));
        };
        v.text = fmt::format("{}{}: {} from {} to {}", place(v), schedule::column_name({v.plant, signal}),
                             what, shown(from), shown(to));
        found_.list.push_back(std::move(v));
    }

    // The version tells whether the plan that decided is still the one in the store.
    [[nodiscard]] std::string origin(schedule::Signal signal, const schedule::ActiveEntry& active) const {
        const auto layer = in_.store.find_layer(active.source);
        if (!layer) return {};
        const schedule::LayerPlan& plan = in_.store.plan(*layer, in_.plant, signal);
        return plan.version == active.version ? plan.origin : std::string();
    }

    static std::string place(const Violation& v) {
        if (v.origin.empty()) return {};
        return v.line ? fmt::format("{}:{}: ", v.origin, v.line) : v.origin + ": ";
    }

    const ValidationInput& in_;
    const Zone& zone_;
    std::size_t at_most_;
    Violations found_;
};

}  // namespace

std::string_view to_string(ViolationKind kind) {
    switch (kind) {
        case ViolationKind::power_limit:
            return "power_limit";
        case ViolationKind::state_of_charge:
            return "state_of_charge";
        case ViolationKind::ramp:
            return "ramp";
    }
    return "power_limit";
}

Violations validate(const ValidationInput& input, const Zone& zone, std::size_t at_most) {
    return Validator(input, zone, at_most).run();
}

}  // namespace hil::planner
