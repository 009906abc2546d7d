// Times as people's programs write them: ISO 8601 with an hour of one digit too, day or month first, on a
// clock of 12 or 24 hours.
#pragma once

#include "base/zone.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::planfile {

// Of dates that do not begin with their year; those that do are read under either.
enum class DateOrder : std::uint8_t { day_first, month_first };

// What a calendar and a clock on the wall show.
struct WrittenTime {
    LocalDate date{};
    Duration since_midnight{};
    std::optional<Duration> offset{};  // where the text says it: local minus UTC

    friend bool operator==(const WrittenTime&, const WrittenTime&) = default;
};

// "2026-06-15T00:15:00+02:00", "2026-06-15 0:15", "2026/06/15", "15.06.2026 00:15:00", "6/15/2026 1:15 PM",
// "Jun 15, 2026 12:00 AM", " UTC" behind any of them. A date alone is its midnight. Years have four digits.
// None for what is no time that exists on a calendar and clock, 24:00 included.
std::optional<WrittenTime> read_written_time(std::string_view text, DateOrder order);

// The instant; without an offset it is local in `zone`, of an ambiguous time the first.
// zone_errc::no_such_local_time when skipped, but for a fraction of a second before the first that exists.
result<WallTime> instant_of(const WrittenTime& time, const Zone& zone);

// Why `text` is no time, where that can be said: " (24:00 is 00:00 of the next day)"; empty otherwise.
std::string time_hint(std::string_view text);

// What the dates of a column say about their order, all of them seen before one is read.
class DateOrders {
  public:
    // `told`: what somebody said who knows, which then decides.
    explicit DateOrders(std::optional<DateOrder> given = std::nullopt) : given_(given) {}

    void see(std::size_t row, std::string_view text);

    // Whether any date did not begin with its year.
    [[nodiscard]] bool seen() const { return points_ || day_ || month_ || either_ || same_; }
    [[nodiscard]] DateOrder order() const;
    // Why the order is not known, as a sentence about row(); empty when it is.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] std::size_t row() const;
    // How dates are read that could be read otherwise by somebody else, for people; empty when there are
    // none.
    [[nodiscard]] std::string note() const;

  private:
    struct Example {
        std::size_t row = 0;
        std::string text;
        int first = 0, second = 0, year = 0;
    };
    std::optional<DateOrder> given_;
    // The first of each kind: with points between, day or month above 12 in front or second, neither.
    std::optional<Example> points_, day_, month_, either_, same_;
};

}  // namespace hil::planfile
