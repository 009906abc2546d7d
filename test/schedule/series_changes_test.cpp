#include "schedule/series_changes.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::schedule;
using namespace std::chrono_literals;

namespace {

WallTime at(int hour) {
    return WallTime{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}.time_since_epoch()} +
           std::chrono::hours(hour);
}

Series series(std::vector<std::pair<int, double>> rows, int end) {
    std::vector<Row> out;
    for (const auto& [hour, value] : rows)
        out.push_back({.at = at(hour), .value = value});
    return Series(std::move(out), at(end));
}

std::string text(const Series& before, const Series& after, int from = 0, std::size_t at_most = 5) {
    return changes_text(series_changes(before, after, at(from)), "kW", Zone::utc(), at(0), at_most);
}

}  // namespace

TEST_CASE("a step that was changed is told with what it was and what it is") {
    const auto before = series({{8, 100}, {9, 200}, {10, 0}}, 11);
    CHECK(text(before, series({{8, 100}, {9, 250}, {10, 0}}, 11)) ==
          "09:00:00 to 10:00:00 from 200 to 250 kW");
    CHECK(text(before, before) == "nothing changes");
}

TEST_CASE("what is planned anew or no more is told as such, and spans of the same two values are one") {
    const auto plan = series({{8, 100}, {9, 100}}, 10);
    CHECK(text({}, plan) == "08:00:00 to 10:00:00 from no plan to 100 kW");
    CHECK(text(plan, {}) == "08:00:00 to 10:00:00 from 100 to no plan kW");
    CHECK(text(plan, series({{8, 100}}, 12)) == "10:00:00 to 12:00:00 from no plan to 100 kW");
}

TEST_CASE("what is over is not told of, and a long list is cut") {
    const auto before = series({{8, 1}, {9, 2}, {10, 3}, {11, 4}}, 12);
    const auto after = series({{8, 5}, {9, 6}, {10, 7}, {11, 8}}, 12);
    CHECK(series_changes(before, after, at(10)).size() == 2);
    CHECK(text(before, after, 9, 2) ==
          "09:00:00 to 10:00:00 from 2 to 6 kW; 10:00:00 to 11:00:00 from 3 to 7 kW; and 1 more");
}

TEST_CASE("times of another day have their date") {
    CHECK(text({}, series({{26, 1}}, 27)) ==
          "2025-10-02 02:00:00 to 2025-10-02 03:00:00 from no plan to 1 kW");
}
