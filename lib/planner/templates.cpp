#include "planner/templates.hpp"

#include "base/number.hpp"
#include "planner/storage_program.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include <fmt/format.h>

namespace hil::planner {
namespace {

using Parameters = std::map<std::string, double, std::less<>>;

// One template at work: parameters asked for, problems collected, rows made.
class Maker {
  public:
    Maker(const TemplateRequest& request, const config::PlantModel& model, const TemplateInfo& info,
          const SolverWatch& watch)
        : request_(request), model_(model), info_(info), watch_(watch) {}

    // The parameter, its fallback, or what follows from the plant.
    double number(std::string_view name, std::optional<double> from_plant = {}) {
        if (const auto found = request_.parameters.find(name); found != request_.parameters.end())
            return found->second;
        if (from_plant) return *from_plant;
        for (const auto& parameter : info_.parameters) {
            if (parameter.name == name && parameter.fallback) return *parameter.fallback;
        }
        problem(fmt::format("{}: must be given ({})", name, info_.name));
        return 0;
    }
    double between(std::string_view name, double low, double high, std::optional<double> from_plant = {}) {
        const double value = number(name, from_plant);
        if (!(value >= low && value <= high)) {
            problem(fmt::format("{}: must be {} to {}, got {}", name, format_number(low), format_number(high),
                                std::isfinite(value) ? format_number(value) : "no number"));
        }
        return value;
    }
    // A span of time in seconds, not so short that a day has more than 86 400 steps.
    Duration seconds(std::string_view name) {
        const double value = between(name, 1, 7 * 86'400);
        return ok() ? hil::seconds(value) : Duration(std::chrono::seconds(1));
    }
    [[nodiscard]] bool has(std::string_view name) const { return request_.parameters.contains(name); }

    void problem(std::string text) { plan_.problems.push_back(std::move(text)); }
    [[nodiscard]] bool ok() const { return plan_.ok(); }
    void fact(std::string name, double value) { plan_.facts[std::move(name)] = value; }

    // A row of the series; equal neighbours are one.
    void row(WallTime at, double value) {
        if (at >= request_.to) return;
        if (!rows_.empty() && rows_.back().value == value) return;
        rows_.push_back({at, value, 0});
    }
    // Adds constant power for a while and moves on; false when the range is over.
    bool hold(double power, Duration length) {
        row(at_, power);
        at_ += length;
        return at_ < request_.to;
    }
    void begin() { at_ = request_.from; }
    [[nodiscard]] WallTime at() const { return at_; }

    TemplatePlan finish() {
        if (ok() && rows_.empty()) problem("the range has no room for a single step");
        if (ok()) plan_.series = schedule::Series(std::move(rows_), request_.to);
        return std::move(plan_);
    }

    [[nodiscard]] const TemplateRequest& request() const { return request_; }
    [[nodiscard]] const config::PlantModel& model() const { return model_; }
    [[nodiscard]] const SolverWatch& watch() const { return watch_; }
    [[nodiscard]] double highest() const {
        const auto& limits = model_.power_limits;
        return request_.signal == schedule::Signal::p ? limits.p_max_kw : limits.q_max_kvar;
    }

    StorageModel storage() {
        StorageModel out;
        out.capacity_kwh = model_.capacity_kwh;
        out.discharge_limit_kw = std::max(0.0, model_.power_limits.p_max_kw);
        out.charge_limit_kw = std::max(0.0, -model_.power_limits.p_min_kw);
        out.charge_efficiency = between("charge_efficiency", 0.01, 1);
        out.discharge_efficiency = between("discharge_efficiency", 0.01, 1);
        out.soc_min = between("soc_min_pu", 0, 1);
        out.soc_max = between("soc_max_pu", 0, 1);
        out.soc_start = request_.soc_start;
        out.soc_end = between("soc_end_pu", 0, 1, request_.soc_start);
        if (has("max_cycles")) out.max_cycles = between("max_cycles", 0, 100'000);
        if (!ok()) return out;
        if (out.soc_min >= out.soc_max) problem("soc_min_pu: must be below soc_max_pu");
        if (out.soc_start < out.soc_min || out.soc_start > out.soc_max) {
            problem(fmt::format(
                "the state of charge at the begin is {}, outside of soc_min_pu {} to soc_max_pu {}",
                format_number(out.soc_start, 4), format_number(out.soc_min, 4),
                format_number(out.soc_max, 4)));
        }
        if (out.soc_end < out.soc_min || out.soc_end > out.soc_max)
            problem("soc_end_pu: must lie between soc_min_pu and soc_max_pu");
        return out;
    }

    // The values cut to the range, without a hole.
    std::vector<planfile::IntervalValue> values() {
        std::vector<planfile::IntervalValue> out;
        auto reached = request_.from;
        for (auto value : request_.values) {
            value.from = std::max(value.from, request_.from);
            value.to = std::min(value.to, request_.to);
            if (value.from >= value.to) continue;
            if (value.from > reached) break;
            reached = value.to;
            out.push_back(value);
        }
        if (reached < request_.to) {
            problem(fmt::format("the file's values end at {} seconds of a range of {}",
                                to_seconds(reached - request_.from),
                                to_seconds(request_.to - request_.from)));
        }
        return out;
    }

  private:
    const TemplateRequest& request_;
    const config::PlantModel& model_;
    const TemplateInfo& info_;
    const SolverWatch& watch_;
    TemplatePlan plan_;
    std::vector<schedule::Row> rows_;
    WallTime at_{};
};

void constant(Maker& make) {
    const double level = make.number("level_kw");
    if (make.ok()) make.row(make.request().from, level);
}

void square(Maker& make) {
    const double level = make.number("level_kw");
    const double low = make.number("low_kw", -level);
    const auto period = make.seconds("period_s");
    const double duty = make.between("duty", 0.01, 0.99);
    if (!make.ok()) return;
    const auto high_for = hil::seconds(to_seconds(period) * duty);
    make.begin();
    while (make.hold(level, high_for) && make.hold(low, period - high_for)) {
    }
}

// Samples a shape in steps; each step holds the value at its middle, so that the energy is the shape's.
void sampled(Maker& make, Duration step, const std::function<double(double seconds)>& value) {
    make.begin();
    for (;;) {
        const double middle = to_seconds(make.at() - make.request().from) + to_seconds(step) / 2;
        if (!make.hold(std::round(value(middle) * 1000) / 1000, step)) return;
    }
}

void ramp(Maker& make) {
    const double from = make.number("from_kw"), to = make.number("to_kw");
    const auto step = make.seconds("step_s");
    if (!make.ok()) return;
    const double length = to_seconds(make.request().to - make.request().from);
    sampled(make, step, [=](double t) { return from + (to - from) * std::min(t / length, 1.0); });
}

void sine(Maker& make) {
    const double offset = make.number("offset_kw"), amplitude = make.number("amplitude_kw");
    const double period = to_seconds(make.seconds("period_s"));
    const auto step = make.seconds("step_s");
    if (!make.ok()) return;
    sampled(make, step,
            [=](double t) { return offset + amplitude * std::sin(2 * std::numbers::pi * t / period); });
}

void apply(Maker& make, const std::vector<planfile::IntervalValue>& values, const StorageSolution& solution) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        // A watt is less than any register resolves.
        make.row(values[i].from, std::round(solution.power_kw[i] * 1000) / 1000 + 0.0);
    }
    make.fact("cycles", solution.cycles);
    make.fact("gap_pu", solution.gap_pu);
}

std::vector<Interval> intervals_of(const std::vector<planfile::IntervalValue>& values,
                                   double Interval::* what) {
    std::vector<Interval> out;
    for (const auto& value : values) {
        Interval interval;
        interval.hours = to_seconds(value.to - value.from) / 3600;
        interval.*what = value.value;
        out.push_back(interval);
    }
    return out;
}

void arbitrage(Maker& make) {
    const auto model = make.storage();
    const auto values = make.values();
    if (!make.ok()) return;
    const auto solution = most_profit(model, intervals_of(values, &Interval::price), make.watch());
    if (!solution) return make.problem(solution.error().message());
    apply(make, values, *solution);
    make.fact("profit", solution->profit);
    make.fact("profit_bound", solution->bound);
}

void peak_shaving(Maker& make) {
    const auto model = make.storage();
    const auto values = make.values();
    if (!make.ok()) return;
    const auto solution = lowest_peak(model, intervals_of(values, &Interval::load_kw), make.watch());
    if (!solution) return make.problem(solution.error().message());
    apply(make, values, *solution);
    double without = values.front().value;
    for (const auto& value : values)
        without = std::max(without, value.value);
    make.fact("peak_kw", solution->peak_kw);
    make.fact("peak_bound_kw", solution->bound);
    make.fact("peak_without_kw", without);
}

// What both tests need: powers and the energy between two states of charge, on the grid's side.
struct TestRig {
    Maker& make;
    StorageModel model = make.storage();
    double power =
        make.between("power_kw", 0.001, 1e6, std::min(model.charge_limit_kw, model.discharge_limit_kw));
    Duration rest = make.seconds("rest_s");
    double soc = model.soc_start;

    // Charges or discharges to a state of charge, then rests; false when the range is over.
    bool go_to(double target, double at_power) {
        const double energy = (target - soc) * model.capacity_kwh;
        const double hours = energy > 0 ? energy / (at_power * model.charge_efficiency)
                                        : -energy * model.discharge_efficiency / at_power;
        soc = target;
        if (hours * 3600 < 1) return true;
        return make.hold(energy > 0 ? -at_power : at_power, hil::seconds(std::round(hours * 3600))) &&
               make.hold(0, rest);
    }
};

void capacity_test(Maker& make) {
    TestRig rig{make};
    if (!make.ok()) return;
    const double home = rig.soc;
    make.begin();
    if (rig.go_to(rig.model.soc_min, rig.power) && rig.go_to(rig.model.soc_max, rig.power) &&
        rig.go_to(rig.model.soc_min, rig.power) && rig.go_to(home, rig.power)) {
        make.hold(0, rig.rest);
    }
    make.fact("hours", to_seconds(make.at() - make.request().from) / 3600);
}

void efficiency_test(Maker& make) {
    TestRig rig{make};
    const double depth = make.between("depth_pu", 0.01, 0.5);
    if (!make.ok()) return;
    const double middle = (rig.model.soc_min + rig.model.soc_max) / 2;
    if (middle - depth < rig.model.soc_min)
        return make.problem("depth_pu: must fit between soc_min_pu and the middle of the window");
    make.begin();
    bool room = rig.go_to(middle, rig.power);
    for (const double share : {0.25, 0.5, 0.75, 1.0}) {
        room = room && rig.go_to(middle - depth, rig.power * share) && rig.go_to(middle, rig.power * share);
    }
    if (room) make.hold(0, rig.rest);
    make.fact("hours", to_seconds(make.at() - make.request().from) / 3600);
}

struct Template {
    TemplateInfo info;
    void (*make)(Maker&);
};

const std::vector<Template>& table() {
    static const std::vector<TemplateParameter> storage{
        {"charge_efficiency", "1", 0.95, "of charging, grid to store"},
        {"discharge_efficiency", "1", 0.95, "of discharging, store to grid"},
        {"soc_min_pu", "pu", 0.0, "lowest state of charge"},
        {"soc_max_pu", "pu", 1.0, "highest state of charge"},
        {"soc_end_pu", "pu", std::nullopt, "state of charge at the end; as at the begin by default"},
        {"max_cycles", "1", std::nullopt, "at most so many full cycles; no limit by default"}};
    const auto with = [](std::vector<TemplateParameter> own) {
        own.insert(own.end(), storage.begin(), storage.end());
        return own;
    };
    static const std::vector<Template> all{
        {{"constant", "one level", false, {{"level_kw", "kW", std::nullopt, "the level", true}}, true},
         constant},
        {{"square",
          "two levels in turn",
          false,
          {{"level_kw", "kW", std::nullopt, "the first level", true},
           {"low_kw", "kW", std::nullopt, "the second level; the first with the other sign by default"},
           {"period_s", "s", 3600, "both levels together"},
           {"duty", "1", 0.5, "share of the first level"}},
          true},
         square},
        {{"ramp",
          "from one level to another in equal steps",
          false,
          {{"from_kw", "kW", 0.0, "at the begin"},
           {"to_kw", "kW", std::nullopt, "at the end", true},
           {"step_s", "s", 60, "length of a step"}},
          true},
         ramp},
        {{"sine",
          "a sine in steps",
          false,
          {{"offset_kw", "kW", 0.0, "its middle"},
           {"amplitude_kw", "kW", std::nullopt, "its height over the middle", true},
           {"period_s", "s", 3600, "of one wave"},
           {"step_s", "s", 10, "length of a step"}},
          true},
         sine},
        {{"peak_shaving", "the lowest peak of a load", true, with({})}, peak_shaving},
        {{"arbitrage", "the most profit from prices", true, with({})}, arbitrage},
        {{"capacity_test", "empty, full, empty, and back", false,
          with({{"power_kw", "kW", std::nullopt, "by default what charging and discharging both allow"},
                {"rest_s", "s", 1800, "between two moves"}})},
         capacity_test},
        {{"efficiency_test", "down and up again at four powers", false,
          with({{"power_kw", "kW", std::nullopt, "the highest of the four"},
                {"rest_s", "s", 900, "between two moves"},
                {"depth_pu", "pu", 0.2, "how far down from the middle"}})},
         efficiency_test}};
    return all;
}

}  // namespace

std::span<const TemplateInfo> templates() {
    static const std::vector<TemplateInfo> infos = [] {
        std::vector<TemplateInfo> out;
        for (const auto& entry : table())
            out.push_back(entry.info);
        return out;
    }();
    return infos;
}

std::optional<planfile::Quantity> quantity_of(std::string_view template_name) {
    if (template_name == "arbitrage") return planfile::Quantity::price;
    if (template_name == "peak_shaving") return planfile::Quantity::power;
    return std::nullopt;
}

TemplatePlan make_plan(const TemplateRequest& request, const config::PlantModel& model,
                       const SolverWatch& watch) {
    const auto found = std::ranges::find(table(), std::string_view(request.name),
                                         [](const Template& entry) { return entry.info.name; });
    TemplatePlan refused;
    if (found == table().end()) {
        refused.problems.push_back(fmt::format("there is no template \"{}\"", request.name));
        return refused;
    }
    if (request.from >= request.to) {
        refused.problems.emplace_back("the range is empty");
        return refused;
    }
    Maker make(request, model, found->info, watch);
    for (const auto& [name, value] : request.parameters) {
        if (std::ranges::find(found->info.parameters, std::string_view(name), &TemplateParameter::name) ==
            found->info.parameters.end()) {
            make.problem(fmt::format("{}: {} has no such parameter", name, request.name));
        } else if (!std::isfinite(value)) {
            make.problem(fmt::format("{}: must be a finite number", name));
        }
    }
    if (make.ok()) found->make(make);
    return make.finish();
}

}  // namespace hil::planner
