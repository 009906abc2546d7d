#include "base/zone.hpp"

#include "base/mutation.hpp"

#include <date/tz.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <vector>

namespace hil {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::sys_days;
using Seconds = std::chrono::seconds;

// What a WallTime can hold, with a day to spare for offsets.
constexpr sys_days first_day{std::chrono::year{1677} / 9 / 23};
constexpr sys_days last_day{std::chrono::year{2262} / 4 / 9};

// From `begin` on local time is UTC plus `offset`.
struct Segment {
    std::chrono::sys_seconds begin;
    Seconds offset;
};

class ZoneCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "hil.zone"; }
    std::string message(int value) const override {
        switch (static_cast<zone_errc>(value)) {
            case zone_errc::unknown_zone:
                return "this system knows no time zone of that name";
            case zone_errc::not_a_time:
                return "not an ISO 8601 date or time that exists";
            case zone_errc::no_such_local_time:
                return "local time skipped when the clocks go forward";
        }
        return "unknown time zone error";
    }
};

// Writes `width` digits and returns where they end.
char* put_digits(char* at, unsigned value, int width) {
    for (int i = width; i-- > 0; value /= 10)
        at[i] = static_cast<char>('0' + value % 10);
    return at + width;
}

char* put(char* at, char c) {
    *at = c;
    return at + 1;
}

char* put_date(char* at, LocalDate date, bool dashes) {
    at = put_digits(at, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    if (dashes) at = put(at, '-');
    at = put_digits(at, static_cast<unsigned>(date.month()), 2);
    if (dashes) at = put(at, '-');
    return put_digits(at, static_cast<unsigned>(date.day()), 2);
}

std::string date_text(LocalDate date, bool dashes) {
    char text[16];
    return {text, put_date(text, date, dashes)};
}

// Reads fixed-width fields from the front of a text; remembers whether anything was amiss.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        if (rest_.size() < count) return fail();
        int value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') return fail();
            value = 10 * value + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool skip(char wanted) {
        if (!at(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) {
        if (!skip(wanted)) fail();
    }
    int fail() {
        failed_ = true;
        return 0;
    }
    [[nodiscard]] bool at(char wanted) const { return !rest_.empty() && rest_.front() == wanted; }
    [[nodiscard]] bool at_digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] bool failed() const { return failed_; }

  private:
    std::string_view rest_;
    bool failed_ = false;
};

std::optional<LocalDate> scan_date(Scanner& in) {
    const int year = in.digits(4);
    in.expect('-');
    const int month = in.digits(2);
    in.expect('-');
    const int day = in.digits(2);
    const LocalDate date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                         std::chrono::day{static_cast<unsigned>(day)}};
    if (in.failed() || !date.ok() || sys_days{date} < first_day || sys_days{date} > last_day) return {};
    return date;
}

Duration scan_time_of_day(Scanner& in) {
    const int hour = in.digits(2);
    in.expect(':');
    const int minute = in.digits(2);
    int second = 0;
    std::int64_t nanoseconds = 0;
    if (in.skip(':')) {
        second = in.digits(2);
        if (in.skip('.') || in.skip(',')) {
            if (!in.at_digit()) in.fail();
            for (std::int64_t unit = 100'000'000; in.at_digit(); unit /= 10) {
                nanoseconds += unit * in.digits(1);
            }
        }
    }
    if (hour > 23 || minute > 59 || second > 59) in.fail();
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + Seconds(second) + Duration(nanoseconds);
}

// None when the text ends before an offset.
std::optional<Duration> scan_offset(Scanner& in) {
    if (in.at_end()) return {};
    if (in.skip('Z') || in.skip('z')) return Duration::zero();
    const bool west = in.at('-');
    if (!west && !in.at('+')) in.fail();
    in.skip(west ? '-' : '+');
    const int hour = in.digits(2);
    int minute = 0;
    int second = 0;
    if (in.skip(':')) {
        minute = in.digits(2);
        if (in.skip(':')) second = in.digits(2);
    } else if (in.at_digit()) {
        minute = in.digits(2);
    }
    if (hour > 23 || minute > 59 || second > 59) in.fail();
    const Duration offset = std::chrono::hours(hour) + std::chrono::minutes(minute) + Seconds(second);
    return west ? -offset : offset;
}

}  // namespace

error_code make_error_code(zone_errc e) {
    static const ZoneCategory category;
    return {static_cast<int>(e), category};
}

// The zone's whole history as one immutable table, so that any thread may ask and every answer is quick.
struct Zone::Impl {
    std::string name;
    std::vector<Segment> segments;  // ascending; the first begins before any WallTime

    [[nodiscard]] std::size_t index_at(std::chrono::sys_seconds at) const {
        const auto after = std::upper_bound(segments.begin(), segments.end(), at,
                                            [](auto time, const Segment& s) { return time < s.begin; });
        return static_cast<std::size_t>(after - segments.begin()) - (after == segments.begin() ? 0 : 1);
    }

    // The segment that a local time first falls into, or, when none shows that time, the one after the gap.
    struct Found {
        const Segment* segment;
        bool skipped;
    };
    [[nodiscard]] Found find_local(std::chrono::sys_seconds shown) const {
        for (std::size_t i = index_at(shown - days(2));; ++i) {
            const Segment& here = segments[i];
            if (shown - here.offset < here.begin && i > 0) return {&here, true};
            if (i + 1 == segments.size() || shown - here.offset < segments[i + 1].begin)
                return {&here, false};
        }
    }
};

result<Zone> Zone::find(std::string_view iana_name) {
    if (iana_name == "UTC") return utc();
    const date::time_zone* zone = nullptr;
    try {
        zone = date::locate_zone(iana_name);
    } catch (const std::runtime_error&) {
        return zone_errc::unknown_zone;
    }
    auto impl = std::make_shared<Impl>();
    impl->name = iana_name;
    for (std::chrono::sys_seconds at = first_day - days(1); at <= last_day + days(1);) {
        const auto info = zone->get_info(at);
        if (impl->segments.empty() || impl->segments.back().offset != info.offset) {
            impl->segments.push_back({at, info.offset});
        }
        if (info.end <= at) break;
        at = info.end;
    }
    return Zone(std::move(impl));
}

Zone Zone::utc() {
    auto impl = std::make_shared<Impl>();
    impl->name = "UTC";
    impl->segments.push_back({first_day - days(1), Seconds::zero()});
    return Zone(std::move(impl));
}

const std::string& Zone::name() const {
    return impl_->name;
}

LocalTime Zone::local(WallTime at) const {
    const auto index = impl_->index_at(floor<Seconds>(at));
    Seconds offset = impl_->segments[index].offset;
    const WallTime shown = at + offset;
    const sys_days day = floor<days>(shown);
    if (mutated(Mutation::dst_hour_doubled) && index > 0) {
        const Seconds before = impl_->segments[index - 1].offset;
        if (at - impl_->segments[index].begin < before - offset) offset = before;
    }
    return {LocalDate{day}, shown - day, offset};
}

result<WallTime> Zone::instant(LocalDate date, Duration since_midnight) const {
    const sys_days day{date};
    if (!date.ok() || day < first_day || day > last_day) return zone_errc::not_a_time;
    const WallTime shown = day + since_midnight;
    const auto found = impl_->find_local(floor<Seconds>(shown));
    if (found.skipped) return zone_errc::no_such_local_time;
    return shown - found.segment->offset;
}

WallTime Zone::midnight(LocalDate date) const {
    const sys_days day = std::clamp(sys_days{date}, first_day, last_day);
    const auto found = impl_->find_local(day);
    return found.skipped ? found.segment->begin : day - found.segment->offset;
}

Duration Zone::day_length(LocalDate date) const {
    return midnight(next_day(date)) - midnight(date);
}

void Zone::append(std::string& out, WallTime at) const {
    const LocalTime shown = local(at);
    const auto of_day = static_cast<std::uint64_t>(shown.since_midnight.count());
    const auto second = static_cast<unsigned>(of_day / 1'000'000'000);
    const auto microsecond = static_cast<unsigned>(of_day / 1'000 % 1'000'000);
    char text[48];
    char* end = put_date(text, shown.date, true);
    end = put_digits(put(end, 'T'), second / 3600, 2);
    end = put_digits(put(end, ':'), second / 60 % 60, 2);
    end = put_digits(put(end, ':'), second % 60, 2);
    if (microsecond != 0) end = put_digits(put(end, '.'), microsecond, 6);
    const auto offset = static_cast<int>(shown.offset / Seconds(1));
    const auto size = static_cast<unsigned>(offset < 0 ? -offset : offset);
    end = put_digits(put(end, offset < 0 ? '-' : '+'), size / 3600, 2);
    end = put_digits(put(end, ':'), size / 60 % 60, 2);
    // Local mean times of the nineteenth century have seconds.
    if (size % 60 != 0) end = put_digits(put(end, ':'), size % 60, 2);
    out.append(text, end);
}

std::string Zone::format(WallTime at) const {
    std::string out;
    out.reserve(32);
    append(out, at);
    return out;
}

result<WallTime> Zone::parse(std::string_view text) const {
    Scanner in(text);
    const auto date = scan_date(in);
    if (!date) return zone_errc::not_a_time;
    if (!in.skip('T') && !in.skip('t')) in.expect(' ');
    const Duration of_day = scan_time_of_day(in);
    const auto offset = scan_offset(in);
    if (in.failed() || !in.at_end()) return zone_errc::not_a_time;
    if (offset) return sys_days{*date} + of_day - *offset;
    return instant(*date, of_day);
}

LocalDate next_day(LocalDate date) {
    return LocalDate{sys_days{date} + days(1)};
}

LocalDate previous_day(LocalDate date) {
    return LocalDate{sys_days{date} - days(1)};
}

std::string compact(LocalDate date) {
    return date_text(date, false);
}

result<LocalDate> parse_date(std::string_view text) {
    Scanner in(text);
    const auto date = scan_date(in);
    if (!date || !in.at_end()) return zone_errc::not_a_time;
    return *date;
}

std::string to_string(LocalDate date) {
    return date_text(date, true);
}

}  // namespace hil
