// Small batteries and days drawn at random, each solved another way by another program.
#include "base/random.hpp"
#include "planner/storage_program.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace hil::planner {
namespace {

enum class Goal { profit, peak };

// The rules as rows of a mixed-integer programme: the stored energy is a sum over all intervals before, and
// whether an interval charges or discharges is a decision of its own in every one of them.
std::string as_programme(Goal goal, const StorageModel& model, const std::vector<Interval>& day) {
    std::string out = goal == Goal::profit ? "Maximize\n goal:" : "Minimize\n goal: peak\n";
    for (std::size_t t = 0; goal == Goal::profit && t < day.size(); ++t) {
        const double per_kw = day[t].price * day[t].hours / 1000;
        out += fmt::format(" {:+.17g} d{} {:+.17g} c{}\n", per_kw, t, -per_kw, t);
    }
    out += "Subject To\n";
    const double start = model.soc_start * model.capacity_kwh;
    std::string stored, moved;
    for (std::size_t t = 0; t < day.size(); ++t) {
        stored += fmt::format(" {:+.17g} c{} {:+.17g} d{}\n", model.charge_efficiency * day[t].hours, t,
                              -day[t].hours / model.discharge_efficiency, t);
        moved += fmt::format(" {:+.17g} d{}\n", day[t].hours / model.discharge_efficiency, t);
        out += fmt::format(" low{}:{} >= {:.17g}\n", t, stored, model.soc_min * model.capacity_kwh - start);
        out += fmt::format(" high{}:{} <= {:.17g}\n", t, stored, model.soc_max * model.capacity_kwh - start);
        out += fmt::format(" x{0}: c{0} - {1:.17g} u{0} <= 0\n", t, model.charge_limit_kw);
        out += fmt::format(" y{0}: d{0} + {1:.17g} u{0} <= {1:.17g}\n", t, model.discharge_limit_kw);
        if (goal == Goal::peak) {
            out += fmt::format(" most{0}: c{0} - d{0} - peak <= {1:.17g}\n", t, -day[t].load_kw);
            out += fmt::format(" least{0}: c{0} - d{0} >= {1:.17g}\n", t, -day[t].load_kw);
        }
    }
    out += fmt::format(" end:{} = {:.17g}\n", stored, model.soc_end * model.capacity_kwh - start);
    if (model.max_cycles)
        out += fmt::format(" cycles:{} <= {:.17g}\n", moved, *model.max_cycles * model.capacity_kwh);
    out += "Binary\n";
    for (std::size_t t = 0; t < day.size(); ++t)
        out += fmt::format(" u{}\n", t);
    return out + "End\n";
}

// None when there is no solution.
std::optional<double> by_glpk(const std::string& programme, const test::TemporaryDirectory& dir) {
    const auto in = (dir.path() / "day.lp").string(), out = (dir.path() / "day.out").string();
    std::ofstream(in) << programme;
    std::ofstream(out, std::ios::trunc).close();
    const auto command = fmt::format("glpsol --lp {} --mipgap 1e-9 --write {} > /dev/null", in, out);
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream answer(out);
    // "s mip rows columns o objective", where o says that it is the best
    for (std::string line; std::getline(answer, line);) {
        std::istringstream words(line);
        std::string s, kind, rows, columns, status;
        double objective = 0;
        if (words >> s >> kind >> rows >> columns >> status >> objective && s == "s")
            return status == "o" ? std::optional(objective) : std::nullopt;
    }
    return std::nullopt;
}

class Drawn {
  public:
    explicit Drawn(std::uint64_t seed) : random_(seed) {}

    double between(double least, double most) {
        return least + (most - least) * static_cast<double>(random_.below(1001)) / 1000;
    }
    bool one_in(std::uint64_t many) { return random_.below(many) == 0; }

    StorageModel battery() {
        StorageModel out;
        out.capacity_kwh = between(20, 200);
        // Some so weak that the end may be out of reach.
        out.charge_limit_kw = one_in(3) ? between(1, 8) : between(5, 150);
        out.discharge_limit_kw = one_in(3) ? between(1, 8) : between(5, 150);
        out.charge_efficiency = one_in(4) ? 1 : between(0.7, 1);
        out.discharge_efficiency = one_in(4) ? 1 : between(0.7, 1);
        out.soc_min = between(0, 0.3);
        out.soc_max = between(0.6, 1);
        out.soc_start = between(out.soc_min, out.soc_max);
        out.soc_end = one_in(2) ? out.soc_start : between(out.soc_min, out.soc_max);
        if (one_in(2)) out.max_cycles = between(0, 2);
        return out;
    }

    std::vector<Interval> day() {
        std::vector<Interval> out(4 + random_.below(7));
        const double lowest = one_in(2) ? -80 : 0;
        for (auto& interval : out) {
            interval.hours = one_in(3) ? 0.25 : one_in(2) ? 0.5 : 1;
            // Some equal ones, and round ones.
            interval.price = one_in(4) ? 40 : one_in(5) ? 0 : between(lowest, 150);
            interval.load_kw = one_in(6) ? 0 : between(0, 120);
        }
        return out;
    }

  private:
    Random random_;
};

TEST_CASE("the most profit of small random batteries is what another program finds") {
    const test::TemporaryDirectory dir;
    Drawn drawn(20261130);
    int solved = 0, impossible = 0;
    for (int round = 0; round < 150; ++round) {
        CAPTURE(round);
        const auto model = drawn.battery();
        const auto day = drawn.day();
        const auto other = by_glpk(as_programme(Goal::profit, model, day), dir);
        const auto own = most_profit(model, day);
        REQUIRE(own.has_value() == other.has_value());
        if (!own) {
            CHECK(own.error() == storage_errc::infeasible);
            ++impossible;
            continue;
        }
        CHECK(own->profit == Approx(*other).epsilon(2e-6).margin(1e-5));
        CHECK(own->gap_pu == 0);
        ++solved;
    }
    CHECK(solved > 60);
    CHECK(impossible > 5);
}

TEST_CASE("the lowest peak of small random batteries is what another program finds") {
    const test::TemporaryDirectory dir;
    Drawn drawn(20260630);
    int solved = 0, impossible = 0;
    for (int round = 0; round < 150; ++round) {
        CAPTURE(round);
        const auto model = drawn.battery();
        const auto day = drawn.day();
        const auto other = by_glpk(as_programme(Goal::peak, model, day), dir);
        const auto own = lowest_peak(model, day);
        REQUIRE(own.has_value() == other.has_value());
        if (!own) {
            CHECK(own.error() == storage_errc::infeasible);
            ++impossible;
            continue;
        }
        CHECK(own->peak_kw == Approx(*other).epsilon(2e-6).margin(1e-5));
        ++solved;
    }
    CHECK(solved > 60);
    CHECK(impossible > 5);
}

}  // namespace
}  // namespace hil::planner
