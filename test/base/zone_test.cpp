#include "base/zone.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

namespace {

Zone madrid() {
    return Zone::find("Europe/Madrid").value();
}

constexpr LocalDate long_day = year{2022} / 10 / 30;
constexpr LocalDate short_day = year{2020} / 3 / 29;

}  // namespace

TEST_CASE("an unknown zone is an error and a known one keeps its name") {
    CHECK(Zone::find("Europe/Atlantis").error() == zone_errc::unknown_zone);
    CHECK(Zone::find("").error() == zone_errc::unknown_zone);
    CHECK(Zone::find("../../etc/passwd").error() == zone_errc::unknown_zone);
    CHECK(madrid().name() == "Europe/Madrid");
    CHECK(Zone::utc().name() == "UTC");
}

TEST_CASE("local days are 23, 24 or 25 hours long") {
    const Zone zone = madrid();
    CHECK(zone.day_length(short_day) == 23h);
    CHECK(zone.day_length(year{2025} / 10 / 1) == 24h);
    CHECK(zone.day_length(long_day) == 25h);
    CHECK(Zone::utc().day_length(long_day) == 24h);
    CHECK(zone.midnight(long_day) == sys_days{year{2022} / 10 / 29} + 22h);
    CHECK(zone.midnight(next_day(long_day)) == sys_days{long_day} + 23h);
}

TEST_CASE("of a local time that occurs twice the first is meant") {
    const Zone zone = madrid();
    CHECK(zone.instant(long_day, 2h + 30min).value() == sys_days{long_day} + 30min);
    CHECK(zone.instant(long_day, 1h + 59min).value() == sys_days{long_day} - 1min);
    CHECK(zone.instant(long_day, 3h).value() == sys_days{long_day} + 2h);
    CHECK(zone.parse("2022-10-30T02:30").value() == sys_days{long_day} + 30min);
    CHECK(zone.parse("2022-10-30T02:30+01:00").value() == sys_days{long_day} + 90min);
}

TEST_CASE("a local time that the clocks skip is refused") {
    const Zone zone = madrid();
    CHECK(zone.instant(short_day, 2h).error() == zone_errc::no_such_local_time);
    CHECK(zone.parse("2020-03-29 02:59:59.999999").error() == zone_errc::no_such_local_time);
    CHECK(zone.instant(short_day, 2h - 1ns).value() == sys_days{short_day} + 1h - 1ns);
    CHECK(zone.instant(short_day, 3h).value() == sys_days{short_day} + 1h);
}

TEST_CASE("a day whose midnight is skipped begins with its first instant") {
    const Zone zone = Zone::find("America/Sao_Paulo").value();
    const LocalDate day = year{2018} / 11 / 4;  // clocks went from 00:00 to 01:00
    CHECK(zone.instant(day, 0h).error() == zone_errc::no_such_local_time);
    CHECK(zone.format(zone.midnight(day)) == "2018-11-04T01:00:00-02:00");
    CHECK(zone.day_length(day) == 23h);
}

TEST_CASE("times are written in ISO 8601 with the offset in force, a fraction only when there is one") {
    const Zone zone = madrid();
    const WallTime first = sys_days{long_day} + 30min;
    CHECK(zone.format(first) == "2022-10-30T02:30:00+02:00");
    CHECK(zone.format(first + 1h) == "2022-10-30T02:30:00+01:00");
    CHECK(zone.format(first + 1500us) == "2022-10-30T02:30:00.001500+02:00");
    CHECK(zone.format(first + 999ns) == "2022-10-30T02:30:00+02:00");
    CHECK(Zone::utc().format(sys_days{year{1969} / 12 / 31} + 86399s) == "1969-12-31T23:59:59+00:00");
    CHECK(Zone::find("America/St_Johns").value().format(sys_days{year{2025} / 1 / 1}) ==
          "2024-12-31T20:30:00-03:30");
}

TEST_CASE("the accepted ways to write a time mean the same instant") {
    const Zone zone = madrid();
    const WallTime ten = sys_days{year{2025} / 10 / 1} + 8h;
    for (const auto* text : {"2025-10-01T10:00", "2025-10-01 10:00", "2025-10-01T10:00:00",
                             "2025-10-01T10:00:00.000", "2025-10-01T10:00+02:00", "2025-10-01T10:00:00+0200",
                             "2025-10-01T10:00:00+02", "2025-10-01T08:00:00Z", "2025-10-01T08:00Z",
                             "2025-10-01t08:00z", "2025-10-01T04:30:00-03:30", "2025-10-02T07:59:00+23:59"}) {
        INFO(text);
        CHECK(zone.parse(text).value() == ten);
    }
    CHECK(zone.parse("2025-10-01T10:00:00.5").value() == ten + 500ms);
    CHECK(zone.parse("2025-10-01T10:00:00.123456789").value() == ten + 123456789ns);
}

TEST_CASE("what is not a time that exists is refused") {
    const Zone zone = madrid();
    for (const auto* text : {"",
                             "2025",
                             "2025-10-01",
                             "2025-10-01T",
                             "2025-10-01T10",
                             "2025-10-01T1:00",
                             "2025-10-01T10:60",
                             "2025-10-01T24:00",
                             "2025-10-01T10:00:60",
                             "2025-10-01T10:00:00.",
                             "2025-10-01T10:00:00 ",
                             " 2025-10-01T10:00",
                             "2025-02-29T10:00",
                             "2025-13-01T10:00",
                             "2025-00-01T10:00",
                             "2025-10-32T10:00",
                             "2025-10-00T10:00",
                             "2025-10-01T10:00+",
                             "2025-10-01T10:00+2:00",
                             "2025-10-01T10:00+24:00",
                             "2025-10-01T10:00+02:60",
                             "2025-10-01T10:00ZZ",
                             "2025-10-01T10:00x",
                             "01/10/2025 10:00",
                             "0001-01-01T00:00",
                             "9999-12-31T23:59",
                             "2025-10-01T-1:00",
                             "20251001T1000",
                             "NaT"}) {
        INFO(text);
        CHECK(zone.parse(text).error() == zone_errc::not_a_time);
    }
    CHECK(zone.parse("2024-02-29T10:00").has_value());
}

TEST_CASE("any instant, written and read back, is the same instant in every zone") {
    const auto* name = GENERATE("Europe/Madrid", "UTC", "America/St_Johns", "Australia/Lord_Howe",
                                "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca");
    const Zone zone = Zone::find(name).value();
    Random random(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto microsecond =
            static_cast<std::int64_t>(random.below(4'000'000'000'000'000)) - 2'000'000'000'000'000;
        WallTime at{std::chrono::microseconds(microsecond)};
        if (i % 2 == 0) at = std::chrono::floor<std::chrono::seconds>(at);
        const std::string text = zone.format(at);
        INFO(name << " " << text);
        const auto back = zone.parse(text);
        REQUIRE(back.has_value());
        REQUIRE(*back == at);
        const LocalTime local = zone.local(at);
        REQUIRE(local.since_midnight < 24h);
        const auto first = zone.instant(local.date, local.since_midnight);
        REQUIRE(first.has_value());
        REQUIRE((*first == at || zone.local(*first).offset > local.offset));  // the earlier of two
        REQUIRE(zone.midnight(local.date) <= at);
    }
}

TEST_CASE("the quarters of a local day are as many as it has and all lie in it") {
    const Zone zone = madrid();
    const std::pair<LocalDate, int> days[] = {{short_day, 92}, {year{2025} / 10 / 1, 96}, {long_day, 100}};
    for (const auto& [day, quarters] : days) {
        int count = 0;
        for (WallTime at = zone.midnight(day); zone.date(at) == day; at += 15min)
            ++count;
        CHECK(count == quarters);
    }
}

TEST_CASE("dates are read, written and counted on") {
    CHECK(parse_date("2025-10-01").value() == LocalDate{year{2025} / 10 / 1});
    for (const auto* text : {"", "2025-10-1", "2025-02-30", "2025-10-01 ", "20251001", "2025-10-01T00:00"}) {
        INFO(text);
        CHECK(parse_date(text).error() == zone_errc::not_a_time);
    }
    CHECK(compact(year{2025} / 1 / 9) == "20250109");
    CHECK(to_string(year{2025} / 1 / 9) == "2025-01-09");
    CHECK(next_day(year{2024} / 2 / 28) == LocalDate{year{2024} / 2 / 29});
    CHECK(next_day(year{2025} / 12 / 31) == LocalDate{year{2026} / 1 / 1});
    CHECK(previous_day(year{2025} / 3 / 1) == LocalDate{year{2025} / 2 / 28});
}
