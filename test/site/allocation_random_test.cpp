// Drawn sites: what must hold for every one of them, and for some the same decision by GLPK, formulated by
// device.
#include "site/allocation.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

namespace hil::site {
namespace {

struct Drawn {
    Input input;
    Limits limits;
};

class Draw {
  public:
    explicit Draw(unsigned seed) : random_(seed) {}

    Drawn site() {
        Drawn out;
        auto& limits = out.limits;
        if (chance(0.2)) limits.phases = Phases::only(0);
        if (chance(0.9)) limits.fuse_a = uniform(10, 63);
        limits.import_kw = chance(0.1) ? 0 : uniform(2, 40);
        limits.export_kw = chance(0.25) ? 0 : uniform(0, 40);
        if (chance(0.3)) limits.margin_pu = uniform(0, 0.2);
        for (std::size_t i = 0; i < phase_count; ++i) {
            out.input.load_kw[i] = -uniform(0, chance(0.1) ? 15 : 4);
            out.input.load_kvar[i] = chance(0.3) ? uniform(-1, 1) : 0;
        }
        const auto count = random_() % 9;
        for (std::size_t i = 0; i < count; ++i)
            out.input.devices.push_back(device());
        return out;
    }

  private:
    double uniform(double a, double b) { return std::uniform_real_distribution<double>(a, b)(random_); }
    bool chance(double p) { return uniform(0, 1) < p; }

    Phases phases() {
        if (chance(0.5)) return Phases::all();
        auto out = Phases::only(random_() % 3);
        return chance(0.2) ? out.with(random_() % 3) : out;
    }

    Device device() {
        Device out;
        out.phases = phases();
        const double kind = uniform(0, 1);
        if (kind < 0.3) {
            out.kind = Kind::pv;
            out.max_kw = uniform(0, 12);
        } else if (kind < 0.65) {
            out.mode = static_cast<Mode>(random_() % 4);
            out.max_kw = chance(0.2) ? 0 : uniform(0, 10);
            out.min_kw = chance(0.2) ? 0 : -uniform(0, 10);
            out.request_kw = uniform(-12, 12);
            if (chance(0.2)) out.q_kvar = uniform(-2, 2);
        } else {
            out.kind = Kind::evse;
            const double ampere = 0.23 * static_cast<double>(out.phases.count());
            out.least_kw = 6 * ampere;
            out.min_kw = -uniform(6, 32) * ampere;
            out.request_kw = -uniform(0, 34) * ampere;
            out.order = static_cast<int>(random_() % 4);
            out.whole_amperes = chance(0.3);
            out.held = chance(0.1);
        }
        return out;
    }

    std::mt19937 random_;
};

double apparent(const Limits& limits) {
    return *limits.fuse_a * (1 - limits.margin_pu) * limits.voltage_v / 1000;
}

bool same(const Allocation& a, const Allocation& b) {
    if (a.poi_kw != b.poi_kw || a.excess_kw != b.excess_kw || a.devices.size() != b.devices.size())
        return false;
    for (std::size_t i = 0; i < a.devices.size(); ++i)
        if (a.devices[i].kw != b.devices[i].kw || a.devices[i].binding != b.devices[i].binding) return false;
    return true;
}

void judge(const Drawn& site, const Allocation& out) {
    const auto& limits = site.limits;
    REQUIRE(std::abs(out.pv_kw + out.load_kw + out.battery_kw + out.evse_kw - out.poi_kw) < 1e-3);
    double sum = 0;
    for (std::size_t i = 0; i < phase_count; ++i)
        sum += out.phase_kw[i];
    REQUIRE(std::abs(sum - out.poi_kw) < 1e-3);
    for (std::size_t i = 0; i < out.devices.size(); ++i) {
        const auto& device = site.input.devices[i];
        const auto& value = out.devices[i];
        REQUIRE(std::isfinite(value.kw));
        if (device.kind == Kind::evse) {
            REQUIRE((value.kw == 0 || -value.kw >= device.least_kw - 1e-6));
            REQUIRE(value.kw >= std::max(device.min_kw, device.request_kw) - 1e-6);
            if (device.held) REQUIRE(value.kw == 0);
        } else if (device.kind == Kind::battery && device.mode == Mode::idle) {
            REQUIRE(value.kw == 0);
        } else {
            REQUIRE(value.kw >= device.min_kw - 1e-6);
            REQUIRE(value.kw <= device.max_kw + 1e-6);
        }
        REQUIRE((value.binding == Rule::none) == (std::abs(value.kw - value.asked_kw) <= 1e-7));
    }
    if (out.overloaded != Rule::none) return;
    REQUIRE(out.poi_kw >= -limits.import_kw - 1e-6);
    REQUIRE(out.poi_kw <= limits.export_kw + 1e-6);
    for (std::size_t i = 0; limits.fuse_a && i < phase_count; ++i) {
        if (!limits.phases.has(i)) continue;
        const double reactive = std::abs(out.phase_kvar[i]);
        // What reactive power takes by itself is no matter of active power.
        const double left = std::sqrt(std::max(std::pow(apparent(limits), 2) - reactive * reactive, 0.0));
        REQUIRE(std::abs(out.phase_kw[i]) <= left + 1e-6);
    }
}

}  // namespace

TEST_CASE(
    "whatever a site looks like: it balances, every device can do what it is told, no limit is broken "
    "unsaid") {
    Draw draw(7);
    Allocator allocator, other;
    int overloaded = 0, changed = 0;
    for (int i = 0; i < 4000; ++i) {
        const auto site = draw.site();
        CAPTURE(i);
        const auto out = allocator.allocate(site.input, site.limits);
        judge(site, out);
        REQUIRE(same(out, other.allocate(site.input, site.limits)));
        overloaded += out.overloaded != Rule::none ? 1 : 0;
        for (const auto& value : out.devices)
            changed += value.binding != Rule::none ? 1 : 0;
    }
    CHECK(overloaded > 400);
    CHECK(changed > 4000);
}

// The decision for the stations that run, with whole amperes apart, by another programme: a variable for each
// device and direction, its cost by the order of allocation.hpp.
TEST_CASE("what is decided costs no more than what GLPK finds for the same stations") {
    const test::TemporaryDirectory dir;
    Draw draw(11);
    Allocator allocator;
    constexpr double step = 64;
    int compared = 0;
    for (int n = 0; compared < 120; ++n) {
        REQUIRE(n < 2000);
        auto site = draw.site();
        for (auto& device : site.input.devices) {
            device.whole_amperes = false;
            // What follows depends on the stations that pause: asked for as a value instead.
            if (device.mode == Mode::self_consumption) device.mode = Mode::fixed;
        }
        const auto out = allocator.allocate(site.input, site.limits);
        const auto& limits = site.limits;
        std::ostringstream objective, bounds;
        std::array<std::ostringstream, 4> rows;
        PhaseValues kvar{};
        std::array<double, 4> base{};
        const auto place = [&limits](std::size_t i) { return limits.phases.has(i) ? i : std::size_t{0}; };
        for (std::size_t i = 0; i < phase_count; ++i) {
            base[place(i)] += site.input.load_kw[i];
            base[3] += site.input.load_kw[i];
            kvar[place(i)] += site.input.load_kvar[i];
        }
        double ours = 0;
        int variables = 0;
        for (std::size_t d = 0; d < out.devices.size(); ++d) {
            const auto& device = site.input.devices[d];
            const auto& value = out.devices[d];
            Phases phases;
            for (std::size_t i = 0; i < phase_count; ++i)
                if (device.phases.has(i) && limits.phases.has(i)) phases = phases.with(i);
            if (phases.count() == 0) phases = Phases::only(0);
            const bool still = (device.kind == Kind::evse && value.kw == 0) ||
                               (device.kind == Kind::battery && device.mode == Mode::idle);
            const double start = still ? 0
                                 : device.kind == Kind::pv
                                     ? device.max_kw
                                     : std::clamp(device.kind == Kind::battery && device.mode == Mode::limit
                                                      ? 0.0
                                                      : device.request_kw,
                                                  device.min_kw, device.max_kw);
            for (std::size_t i = 0; i < phase_count; ++i) {
                base[i] += start * phases.share(i);
                kvar[i] += device.q_kvar * phases.share(i);
            }
            base[3] += start;
            const auto add = [&](double cost, double most, double sign) {
                if (most <= 0) return;
                objective << fmt::format(" {:+.12g} y{}", cost, variables);
                bounds << fmt::format(" 0 <= y{} <= {:.12g}\n", variables, most);
                for (std::size_t i = 0; i < phase_count; ++i)
                    if (phases.has(i))
                        rows[i] << fmt::format(" {:+.15g} y{}", sign * phases.share(i), variables);
                rows[3] << fmt::format(" {:+.12g} y{}", sign, variables);
                ++variables;
            };
            const double up = std::max(value.kw - start, 0.0), down = std::max(start - value.kw, 0.0);
            if (still) continue;
            if (device.kind == Kind::pv) {
                add(step * step * step, start, -1);
                ours += down * step * step * step;
            } else if (device.kind == Kind::evse) {
                add(step * step, -device.least_kw - start, 1);
                ours += up * step * step;
            } else {
                const double charging = std::max(-start, 0.0), giving = std::max(start, 0.0);
                add(1, charging, 1);
                add(step, device.max_kw - giving, 1);
                add(1, giving, -1);
                add(step, -device.min_kw - charging, -1);
                ours += std::min(up, charging) + step * std::max(up - charging, 0.0) +
                        std::min(down, giving) + step * std::max(down - giving, 0.0);
            }
        }
        std::ostringstream subject;
        bool broken = false;
        for (std::size_t r = 0; r < 4; ++r) {
            if (r < 3 && (!limits.fuse_a || !limits.phases.has(r))) continue;
            const double reach =
                r < 3 ? std::sqrt(std::max(std::pow(apparent(limits), 2) - kvar[r] * kvar[r], 0.0)) : 0;
            const double lower = r < 3 ? -reach : -limits.import_kw, upper = r < 3 ? reach : limits.export_kw;
            broken = broken || base[r] < lower || base[r] > upper;
            const double more = r < 3 ? std::pow(step, 6) : std::pow(step, 5);
            const double fewer = r < 3 ? std::pow(step, 6) : std::pow(step, 4);
            objective << fmt::format(" {:+.12g} s{} {:+.12g} t{}", more, r, fewer, r);
            subject << fmt::format(" l{}:{} + s{} - t{} >= {:.15g}\n", r, rows[r].str(), r, r,
                                   lower - base[r]);
            subject << fmt::format(" u{}:{} + s{} - t{} <= {:.15g}\n", r, rows[r].str(), r, r,
                                   upper - base[r]);
            const double at = r < 3 ? out.phase_kw[r] : out.poi_kw;
            ours += more * std::max(lower - at, 0.0) + fewer * std::max(at - upper, 0.0);
        }
        if (!broken) continue;
        ++compared;
        const auto in = (dir.path() / "p.lp").string(), to = (dir.path() / "p.sol").string();
        std::ofstream(in) << "Minimize\n obj:" << objective.str() << "\nSubject To\n"
                          << subject.str() << "Bounds\n"
                          << bounds.str() << "End\n";
        REQUIRE(std::system(fmt::format("glpsol --lp {} --exact --write {} > /dev/null", in, to).c_str()) ==
                0);
        std::ifstream answer(to);
        std::string line;
        double theirs = -1;
        while (std::getline(answer, line)) {
            if (line.rfind("s bas", 0) != 0) continue;
            std::istringstream words(line);
            std::string word;
            for (int i = 0; i < 6; ++i)
                words >> word;
            words >> theirs;
        }
        CAPTURE(n);
        CHECK(ours == Approx(theirs).epsilon(1e-6).margin(1e-3));
    }
}

}  // namespace hil::site
