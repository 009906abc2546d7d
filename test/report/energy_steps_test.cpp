#include "report/energy_steps.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::report;

namespace {

std::vector<std::string> bounds(const char* from, const char* to, EnergyStep step,
                                std::size_t at_most = 1000) {
    const auto zone = Zone::find("Europe/Madrid").value();
    std::vector<std::string> out;
    for (const auto at :
         energy_bounds({zone.parse(from).value(), zone.parse(to).value()}, step, zone, at_most))
        out.push_back(zone.format(at));
    return out;
}

}  // namespace

TEST_CASE("a range is cut at local days and months, its own ends first and last") {
    CHECK(bounds("2025-10-01T12:00:00", "2025-10-03T06:00:00", EnergyStep::day) ==
          std::vector<std::string>{"2025-10-01T12:00:00+02:00", "2025-10-02T00:00:00+02:00",
                                   "2025-10-03T00:00:00+02:00", "2025-10-03T06:00:00+02:00"});
    CHECK(bounds("2025-12-15T00:00:00", "2026-02-01T00:00:00", EnergyStep::month) ==
          std::vector<std::string>{"2025-12-15T00:00:00+01:00", "2026-01-01T00:00:00+01:00",
                                   "2026-02-01T00:00:00+01:00"});
}

TEST_CASE("days of the change of clocks have as many hours as pass") {
    CHECK(bounds("2025-10-26T00:00:00", "2025-10-27T00:00:00", EnergyStep::hour).size() == 26);
    CHECK(bounds("2025-03-30T00:00:00", "2025-03-31T00:00:00", EnergyStep::hour).size() == 24);
    CHECK(bounds("2025-10-01T00:30:00", "2025-10-01T02:00:00", EnergyStep::hour) ==
          std::vector<std::string>{"2025-10-01T00:30:00+02:00", "2025-10-01T01:00:00+02:00",
                                   "2025-10-01T02:00:00+02:00"});
}

TEST_CASE("no more pieces than were allowed") {
    const auto cut = bounds("2025-10-01T00:00:00", "2025-10-10T00:00:00", EnergyStep::day, 3);
    CHECK(cut.size() == 4);
    CHECK(cut.back() == "2025-10-04T00:00:00+02:00");
}
