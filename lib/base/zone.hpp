// The configured time zone: local days of 23, 24 and 25 hours, ISO 8601 with offset, and what a local time
// means.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace hil {

using LocalDate = std::chrono::year_month_day;

struct LocalTime {
    LocalDate date;
    Duration since_midnight{};  // as a wall clock shows it
    Duration offset{};          // local minus UTC
};

enum class zone_errc {
    unknown_zone = 1,
    not_a_time,          // the text is not ISO 8601
    no_such_local_time,  // skipped when the clocks went forward
};
error_code make_error_code(zone_errc e);

class Zone {
  public:
    // zone_errc::unknown_zone for a name the system's database does not have.
    static result<Zone> find(std::string_view iana_name);
    static Zone utc();

    [[nodiscard]] const std::string& name() const;
    [[nodiscard]] LocalTime local(WallTime at) const;
    [[nodiscard]] LocalDate date(WallTime at) const { return local(at).date; }
    // The instant a local time names; of an ambiguous one the first. zone_errc::no_such_local_time if
    // skipped.
    [[nodiscard]] result<WallTime> instant(LocalDate date, Duration since_midnight) const;
    // The first instant of a local day (later than 00:00 where the clocks skip midnight).
    [[nodiscard]] WallTime midnight(LocalDate date) const;
    // Length of the local day: 23, 24 or 25 h in most zones.
    [[nodiscard]] Duration day_length(LocalDate date) const;

    // "2025-10-01T00:00:00+02:00"; a fraction of six digits only when it is not zero.
    [[nodiscard]] std::string format(WallTime at) const;
    void append(std::string& out, WallTime at) const;
    // "2025-10-01T00:00[:00[.ffffff]][+02:00|+0200|Z]", a space for T allowed; without an offset it is local
    // here.
    [[nodiscard]] result<WallTime> parse(std::string_view text) const;

  private:
    struct Impl;
    explicit Zone(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
    std::shared_ptr<const Impl> impl_;
};

LocalDate next_day(LocalDate date);
LocalDate previous_day(LocalDate date);
// "20251001"
std::string compact(LocalDate date);
// "2025-10-01"; none when the text is not a date that exists.
result<LocalDate> parse_date(std::string_view text);
std::string to_string(LocalDate date);

}  // namespace hil

template <>
struct boost::system::is_error_code_enum<hil::zone_errc> : std::true_type {};
