// How long the arbitrage of a day takes, over every day of a year of prices: days without and with negative
// prices apart. Writes JSON to standard output and a table to standard error.
//
//   plan_bench PRICES     a file of lib/planfile/value_file.hpp, unpacked
#include "base/zone.hpp"
#include "planfile/value_file.hpp"
#include "planner/storage_program.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace hil;

void tell(const char* name, std::vector<double> ms, bool last) {
    std::sort(ms.begin(), ms.end());
    const auto at = [&ms](double share) {
        return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
    };
    std::fprintf(stderr, "%-32s %6zu %9.2f %9.2f %9.2f\n", name, ms.size(), at(0.5), at(0.99), ms.back());
    std::printf(
        " {\"name\": \"%s\", \"days\": %zu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"most_ms\": %.3f}%s\n", name,
        ms.size(), at(0.5), at(0.99), ms.back(), last ? "" : ",");
}

}  // namespace

int main(int argc, char* argv[]) {
    const auto zone = Zone::find("Europe/Stockholm");
    if (argc != 2 || !zone) {
        std::fprintf(stderr, "usage: plan_bench PRICES\n");
        return 2;
    }
    const auto prices = planfile::load_values(argv[1], *zone);
    if (!prices.ok() || prices.values.empty()) {
        std::fprintf(stderr, "%s\n", prices.ok() ? "no prices" : prices.problems.front().message().c_str());
        return 2;
    }
    const planner::StorageModel battery{.capacity_kwh = 500,
                                        .charge_limit_kw = 250,
                                        .discharge_limit_kw = 250,
                                        .charge_efficiency = 0.95,
                                        .discharge_efficiency = 0.95,
                                        .max_cycles = std::nullopt};
    std::vector<double> plain, negative;
    for (auto date = zone->date(prices.values.front().from); zone->midnight(date) < prices.values.back().to;
         date = next_day(date)) {
        const auto day = zone->midnight(date), next = zone->midnight(next_day(date));
        std::vector<planner::Interval> intervals;
        bool below = false;
        for (const auto& value : prices.within(day, next)) {
            intervals.push_back({to_seconds(value.to - value.from) / 3600, value.value, 0});
            below = below || value.value < 0;
        }
        const auto began = std::chrono::steady_clock::now();
        const auto solved = planner::most_profit(battery, intervals);
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
        if (!solved) {
            std::fprintf(stderr, "a day was not solved: %s\n", solved.error().message().c_str());
            return 1;
        }
        (below ? negative : plain).push_back(took.count());
    }
    std::fprintf(stderr, "arbitrage of a day, ms %17s %9s %9s %9s\n", "days", "p50", "p99", "most");
    std::printf("[\n");
    tell("without negative prices", plain, negative.empty());
    if (!negative.empty()) tell("with negative prices", negative, true);
    std::printf("]\n");
    return 0;
}
