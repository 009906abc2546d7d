#include "site/making.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil::site {
namespace {

double finite(double value) {
    return std::isfinite(value) ? value : 0.0;
}

double magnitude(double value) {
    if (std::isfinite(value)) return std::max(value, 0.0);
    return value > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

Device sane(Device device, Phases connection) {
    for (double* value : {&device.min_kw, &device.max_kw, &device.q_kvar, &device.request_kw})
        *value = finite(*value);
    device.least_kw = std::max(finite(device.least_kw), 0.0);
    if (device.min_kw > device.max_kw) device.min_kw = device.max_kw = 0;
    Phases there;
    for (std::size_t i = 0; i < phase_count; ++i)
        if (device.phases.has(i) && connection.has(i)) there = there.with(i);
    for (std::size_t i = phase_count; there.count() == 0 && i-- > 0;)
        if (connection.has(i)) there = Phases::only(i);
    device.phases = there;
    return device;
}

}  // namespace

Making::Making(const Input& input, const Limits& limits, FewRows& programme)
    : limits_(limits), programme_(programme) {
    if (limits_.phases.count() == 0) limits_.phases = Phases::all();
    for (const auto& device : input.devices)
        devices_.push_back(sane(device, limits_.phases));
    place_loads(input);
    make_rows();
    fixed_.resize(devices_.size());
    paused_.resize(devices_.size());
    rounded_.resize(devices_.size());
    out_.devices.resize(devices_.size());
    out_.would_fit.resize(devices_.size());
}

Allocation Making::run() {
    for (std::size_t i = 0; i < devices_.size(); ++i)
        if (devices_[i].kind == Kind::evse && devices_[i].held) pause(i, Rule::held);
    settle();
    while (const auto next = to_be_paused()) {
        pause(*next, Rule::device_minimum);
        settle();
    }
    round_down();
    look_for_room();
    tell();
    return std::move(out_);
}

void Making::place_loads(const Input& input) {
    std::size_t first = 0;
    while (!limits_.phases.has(first))
        ++first;
    for (std::size_t i = 0; i < phase_count; ++i) {
        const auto at = limits_.phases.has(i) ? i : first;
        load_kw_[at] += finite(input.load_kw[i]);
        kvar_[at] += finite(input.load_kvar[i]);
    }
    for (const auto& device : devices_)
        for (std::size_t i = 0; i < phase_count; ++i)
            kvar_[i] += device.q_kvar * device.phases.share(i);
}

void Making::make_rows() {
    for (std::size_t i = 0; limits_.fuse_a && i < phase_count; ++i) {
        if (!limits_.phases.has(i)) continue;
        const double apparent = magnitude(*limits_.fuse_a) *
                                std::clamp(1 - finite(limits_.margin_pu), 0.0, 1.0) * limits_.voltage_v /
                                1000;
        const double active = std::sqrt(std::max(apparent * apparent - kvar_[i] * kvar_[i], 0.0));
        rows_[row_count_++] = {static_cast<Rule>(static_cast<std::size_t>(Rule::fuse_l1) + i), i, -active,
                               active};
    }
    rows_[row_count_++] = {Rule::import_limit, phase_count, -magnitude(limits_.import_kw),
                           magnitude(limits_.export_kw)};
}

void Making::pause(std::size_t i, Rule why) {
    fixed_[i] = paused_[i] = true;
    out_.devices[i].binding = why;
}

// What the devices would do if the site had no limits.
void Making::ask() {
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        const auto& device = devices_[i];
        auto& value = out_.devices[i];
        switch (device.kind) {
            case Kind::pv:
                value.asked_kw = value.kw = std::max(device.max_kw, 0.0);
                break;
            case Kind::evse:
                ask_station(i);
                break;
            case Kind::battery:
                value.asked_kw = device.mode == Mode::fixed ? device.request_kw : 0.0;
                value.kw = device.mode == Mode::idle
                               ? 0.0
                               : std::clamp(value.asked_kw, device.min_kw, device.max_kw);
                break;
        }
    }
    ask_followers();
}

void Making::ask_station(std::size_t i) {
    const auto& device = devices_[i];
    auto& value = out_.devices[i];
    value.asked_kw = device.request_kw;
    if (rounded_[i] && fixed_[i] && !paused_[i]) return;  // its value stands
    value.kw = paused_[i] ? 0.0 : std::clamp(device.request_kw, device.min_kw, device.max_kw);
    if (value.kw < 0) value.kw = whole(device, value.kw);
    if (value.kw < 0 && -value.kw < device.least_kw - nothing) {
        value.kw = 0;
        pause(i, Rule::device_minimum);
    }
}

// Those that hold the POI at a value share what is left, each by what it can do in that direction.
void Making::ask_followers() {
    double rest = 0, up = 0, down = 0;
    bool any = false;
    for (std::size_t i = 0; i < phase_count; ++i)
        rest -= load_kw_[i];
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (!follows(i)) {
            rest -= out_.devices[i].kw;
            continue;
        }
        if (!std::exchange(any, true)) rest += devices_[i].request_kw;
        up += std::max(devices_[i].max_kw, 0.0);
        down += std::max(-devices_[i].min_kw, 0.0);
    }
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (!follows(i)) continue;
        const auto& device = devices_[i];
        const double own = rest > 0 ? std::max(device.max_kw, 0.0) : std::max(-device.min_kw, 0.0);
        const double all = rest > 0 ? up : down;
        auto& value = out_.devices[i];
        value.asked_kw = all > 0 ? rest * own / all : 0.0;
        value.kw = std::clamp(value.asked_kw, device.min_kw, device.max_kw);
    }
}

bool Making::follows(std::size_t i) const {
    return devices_[i].kind == Kind::battery && devices_[i].mode == Mode::self_consumption;
}

double Making::flow(const Row& row) const {
    double sum = 0;
    for (std::size_t i = 0; i < phase_count; ++i)
        if (row.phase == phase_count || row.phase == i) sum += load_kw_[i];
    for (std::size_t i = 0; i < devices_.size(); ++i)
        sum += out_.devices[i].kw * row.share(devices_[i].phases);
    return sum;
}

// By how much a device may go up or down within a tier, from where it stands.
double Making::room(std::size_t i, Tier tier, bool up) const {
    const auto& device = devices_[i];
    const double at = out_.devices[i].kw;
    if (fixed_[i]) return 0;
    switch (device.kind) {
        case Kind::pv:
            return tier == curtailing && !up ? std::max(at - std::max(device.min_kw, 0.0), 0.0) : 0.0;
        case Kind::evse:
            if (tier == charging && up) return at < 0 ? std::max(-device.least_kw - at, 0.0) : 0.0;
            return tier == less && !up ? std::max(at - std::max(device.min_kw, 0.0), 0.0) : 0.0;
        case Kind::battery:
            break;
    }
    if (device.mode == Mode::idle) return 0;
    const double middle = std::clamp(0.0, device.min_kw, device.max_kw);
    if (tier == less) return up ? std::max(middle - at, 0.0) : std::max(at - middle, 0.0);
    if (tier != reversed) return 0;
    return up ? device.max_kw - std::max(at, middle) : std::min(at, middle) - device.min_kw;
}

// Asks, and changes what is asked by the least that keeps the rows.
void Making::settle() {
    ask();
    FewRows::Rows base{}, lower{}, upper{};
    bool kept = true;
    for (std::size_t r = 0; r < row_count_; ++r) {
        base[r] = flow(rows_[r]);
        if (!asked_once_) asked_[r] = base[r];
        lower[r] = rows_[r].lower;
        upper[r] = rows_[r].upper;
        kept = kept && base[r] >= lower[r] - nothing && base[r] <= upper[r] + nothing;
        short_[r] = excess_[r] = 0;
    }
    asked_once_ = true;
    if (kept) return;
    programme_.begin(row_count_, base, lower, upper);
    struct Column {
        double cap = 0;
        std::size_t number = 0;
    };
    std::array<std::array<std::array<Column, 8>, 2>, tiers> columns{};
    for (std::size_t i = 0; i < devices_.size(); ++i)
        for (std::size_t t = 0; t < tiers; ++t)
            for (const bool up : {false, true})
                columns[t][up][devices_[i].phases.bits()].cap += room(i, static_cast<Tier>(t), up);
    for (std::size_t t = 0; t < tiers; ++t)
        for (const bool up : {false, true})
            for (std::uint8_t bits = 1; bits < 8; ++bits) {
                auto& column = columns[t][up][bits];
                if (column.cap > 0)
                    column.number =
                        programme_.add(tier_cost[t], column.cap, coefficients(bits, up ? 1.0 : -1.0));
            }
    const auto first_elastic = add_elastic();
    (void)programme_.solve();
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        double by = 0;
        for (std::size_t t = 0; t < tiers; ++t)
            for (const bool up : {false, true}) {
                const auto& column = columns[t][up][devices_[i].phases.bits()];
                if (column.cap <= 0) continue;
                const double part =
                    room(i, static_cast<Tier>(t), up) / column.cap * programme_.value(column.number);
                by += up ? part : -part;
            }
        out_.devices[i].kw =
            std::clamp(out_.devices[i].kw + by, std::min(devices_[i].min_kw, out_.devices[i].kw),
                       std::max(devices_[i].max_kw, out_.devices[i].kw));
    }
    for (std::size_t r = 0; r < row_count_; ++r) {
        short_[r] = programme_.value(first_elastic + 2 * r);
        excess_[r] = programme_.value(first_elastic + 2 * r + 1);
    }
}

FewRows::Rows Making::coefficients(std::uint8_t bits, double sign) const {
    FewRows::Rows out{};
    Phases phases;
    for (std::size_t i = 0; i < phase_count; ++i)
        if ((bits >> i & 1U) != 0) phases = phases.with(i);
    for (std::size_t r = 0; r < row_count_; ++r)
        out[r] = sign * rows_[r].share(phases);
    return out;
}

// What is missing in a row, and what is too much, at a price beyond everything else.
std::size_t Making::add_elastic() {
    std::size_t first = 0;
    for (std::size_t r = 0; r < row_count_; ++r) {
        const bool phase = rows_[r].phase != phase_count;
        FewRows::Rows more{}, fewer{};
        more[r] = 1;
        fewer[r] = -1;
        const auto number = programme_.add(phase ? phase_cost : import_cost, infinite, more);
        (void)programme_.add(phase ? phase_cost : export_cost, infinite, fewer);
        if (r == 0) first = number;
    }
    return first;
}

// The station that pauses next, where that helps against too much import.
std::optional<std::size_t> Making::to_be_paused() const {
    std::optional<std::size_t> out;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        if (devices_[i].kind != Kind::evse || fixed_[i] || out_.devices[i].kw >= 0) continue;
        bool helps = false;
        for (std::size_t r = 0; r < row_count_; ++r)
            helps = helps || (short_[r] > nothing && rows_[r].share(devices_[i].phases) > 0);
        if (helps && (!out || devices_[i].order >= devices_[*out].order)) out = i;
    }
    return out;
}

}  // namespace hil::site
