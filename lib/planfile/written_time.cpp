#include "planfile/written_time.hpp"

#include "planfile/file_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace hil::planfile {

namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return text_.empty(); }
    [[nodiscard]] char next() const { return text_.empty() ? '\0' : text_.front(); }
    bool skip(char c) {
        if (next() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool skip_word(std::string_view word) {
        if (text_.size() < word.size()) return false;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (std::tolower(static_cast<unsigned char>(text_[i])) !=
                std::tolower(static_cast<unsigned char>(word[i])))
                return false;
        }
        text_.remove_prefix(word.size());
        return true;
    }
    void skip_blanks() {
        while (skip(' ')) {
        }
    }
    // Of two digits, whatever follows.
    std::optional<int> two_digits() {
        if (text_.size() < 2) return std::nullopt;
        Scanner front(text_.substr(0, 2));
        const auto value = front.number(2, 2);
        if (value) text_.remove_prefix(2);
        return value;
    }
    // Of `least` to `most` digits; none when there are fewer or more.
    std::optional<int> number(int least, int most) {
        int value = 0, digits = 0;
        while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
            if (++digits > most) return std::nullopt;
            value = value * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
        }
        if (digits < least) return std::nullopt;
        return value;
    }

  private:
    std::string_view text_;
};

// Three numbers with one sign between them, as they stand.
struct ThreeNumbers {
    int first = 0, second = 0, third = 0;
    char separator = '-';
    bool year_first = false;
};

std::optional<ThreeNumbers> scan_numbers(Scanner& in) {
    ThreeNumbers out;
    Scanner ahead = in;
    if (const auto year = ahead.number(4, 4)) {
        out.year_first = true;
        out.first = *year;
        in = ahead;
    } else if (const auto small = in.number(1, 2)) {
        out.first = *small;
    } else {
        return std::nullopt;
    }
    out.separator = in.next();
    if (out.separator != '-' && out.separator != '/' && out.separator != '.') return std::nullopt;
    in.skip(out.separator);
    const auto second = in.number(out.year_first && out.separator == '-' ? 2 : 1, 2);
    if (!second || !in.skip(out.separator)) return std::nullopt;
    const auto third = out.year_first ? in.number(out.separator == '-' ? 2 : 1, 2) : in.number(4, 4);
    if (!third) return std::nullopt;
    out.second = *second;
    out.third = *third;
    return out;
}

std::optional<LocalDate> date_of(int year_, int month_, int day_) {
    const LocalDate date{year{year_}, month{static_cast<unsigned>(month_)}, day{static_cast<unsigned>(day_)}};
    if (!date.ok()) return std::nullopt;
    return date;
}

std::optional<LocalDate> scan_date(Scanner& in, DateOrder order) {
    for (std::size_t i = 0; i < months.size(); ++i) {
        if (!in.skip_word(months[i])) continue;
        if (!in.skip(' ')) return std::nullopt;
        const auto day = in.number(1, 2);
        if (!day || !in.skip(',') || !in.skip(' ')) return std::nullopt;
        const auto year = in.number(4, 4);
        return year ? date_of(*year, static_cast<int>(i) + 1, *day) : std::nullopt;
    }
    const auto numbers = scan_numbers(in);
    if (!numbers) return std::nullopt;
    if (numbers->year_first) return date_of(numbers->first, numbers->second, numbers->third);
    const bool day_first = numbers->separator == '.' || order == DateOrder::day_first;
    return day_first ? date_of(numbers->third, numbers->second, numbers->first)
                     : date_of(numbers->third, numbers->first, numbers->second);
}

// " AM" or " PM" behind an hour of 1 to 12.
bool apply_half(Scanner& in, int& hour) {
    Scanner ahead = in;
    ahead.skip_blanks();
    const bool am = ahead.skip_word("am") || ahead.skip_word("a.m.") || ahead.skip_word("a. m.");
    const bool pm = !am && (ahead.skip_word("pm") || ahead.skip_word("p.m.") || ahead.skip_word("p. m."));
    if (!am && !pm) return true;
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (pm ? 12 : 0);
    in = ahead;
    return true;
}

std::optional<Duration> scan_clock(Scanner& in) {
    const auto hour_text = in.number(1, 2);
    if (!hour_text || !in.skip(':')) return std::nullopt;
    int hour = *hour_text;
    const auto minute = in.number(2, 2);
    if (!minute || *minute > 59) return std::nullopt;
    int second = 0;
    Duration fraction{};
    if (in.skip(':')) {
        const auto given = in.number(2, 2);
        if (!given || *given > 59) return std::nullopt;
        second = *given;
        if (in.next() == '.' || in.next() == ',') {
            in.skip(in.next());
            Duration unit = seconds(1);
            int digits = 0;
            for (; in.next() >= '0' && in.next() <= '9'; ++digits) {
                unit /= 10;
                fraction += unit * (in.next() - '0');
                in.skip(in.next());
            }
            if (digits == 0) return std::nullopt;
        }
    }
    if (!apply_half(in, hour) || hour > 23) return std::nullopt;
    return Duration(hours(hour) + minutes(*minute) + seconds(second)) + fraction;
}

// False when what stands there is no offset.
bool scan_offset(Scanner& in, std::optional<Duration>& offset) {
    in.skip_blanks();
    if (in.at_end()) return true;
    if (in.skip_word("UTC") || in.skip_word("GMT") || in.skip_word("Z")) {
        offset = Duration{};
        return true;
    }
    const bool minus = in.skip('-');
    if (!minus && !in.skip('+')) return false;
    const auto hour = in.two_digits();
    in.skip(':');
    const auto minute = in.at_end() ? std::optional(0) : in.two_digits();
    if (!hour || *hour > 23 || !minute || *minute > 59) return false;
    const Duration size = hours(*hour) + minutes(*minute);
    offset = minus ? -size : size;
    return true;
}

std::string day_name(int year_, int month_, int day_) {
    return fmt::format("{} {} {}", day_, months[static_cast<std::size_t>(month_ - 1)], year_);
}

}  // namespace

std::optional<WrittenTime> read_written_time(std::string_view text, DateOrder order) {
    Scanner in(text);
    const auto date = scan_date(in, order);
    if (!date) return std::nullopt;
    WrittenTime out{.date = *date};
    if (in.at_end()) return out;
    if (!in.skip('T') && !in.skip('t')) {
        if (!in.skip(' ')) return std::nullopt;
        in.skip_blanks();
    }
    const auto clock = scan_clock(in);
    if (!clock) return std::nullopt;
    out.since_midnight = *clock;
    if (!scan_offset(in, out.offset) || !in.at_end()) return std::nullopt;
    return out;
}

result<WallTime> instant_of(const WrittenTime& time, const Zone& zone) {
    if (time.offset) return WallTime(sys_days{time.date}) + time.since_midnight - *time.offset;
    const auto at = zone.instant(time.date, time.since_midnight);
    if (at || time.since_midnight % seconds(1) == Duration{}) return at;
    // 02:59:59.98 of the day that has no 02:59 is 03:00 a little early.
    const auto next = zone.instant(time.date, time.since_midnight + seconds(1));
    if (!next) return at;
    return *next - seconds(1);
}

std::string time_hint(std::string_view text) {
    if (auto hint = lookalike_hint(text); !hint.empty()) return hint;
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && colon >= 2 && text.substr(colon - 2, 2) == "24")
        return " (24:00 is 00:00 of the next day; write the time at which a value begins)";
    Scanner in(text);
    const auto first = in.number(1, 2);
    const char separator = in.next();
    if (first && (separator == '/' || separator == '.' || separator == '-') && in.skip(separator)) {
        const auto second = in.number(1, 2);
        if (second && in.skip(separator) && in.number(2, 2)) return " (a year must have four digits)";
    }
    return {};
}

void DateOrders::see(std::size_t row, std::string_view text) {
    Scanner in(text);
    const auto numbers = scan_numbers(in);
    if (!numbers || numbers->year_first) return;
    auto& kind = numbers->separator == '.'           ? points_
                 : numbers->first > 12               ? day_
                 : numbers->second > 12              ? month_
                 : numbers->first == numbers->second ? same_
                                                     : either_;
    if (!kind) kind = Example{row, std::string(text), numbers->first, numbers->second, numbers->third};
}

DateOrder DateOrders::order() const {
    if (given_) return *given_;
    return month_ && !day_ ? DateOrder::month_first : DateOrder::day_first;
}

std::size_t DateOrders::row() const {
    return day_ && month_ ? month_->row : either_ ? either_->row : 0;
}

std::string DateOrders::problem() const {
    if (given_) return {};
    if (day_ && month_)
        return fmt::format("{} has its month first, {} in row {} its day: write dates as 2026-06-15",
                           quote_value(month_->text), quote_value(day_->text), day_->row);
    if (day_ || month_ || !either_) return {};
    if (either_->first < 1 || either_->second < 1) return {};
    return fmt::format(
        "{} may be {} or {}: say which by --day-first (day_first=true over HTTP; =false for "
        "the other), or write dates as 2026-06-15",
        quote_value(either_->text), day_name(either_->year, either_->second, either_->first),
        day_name(either_->year, either_->first, either_->second));
}

std::string DateOrders::note() const {
    const auto& shown = given_ ? (day_     ? day_
                                  : month_ ? month_
                                           : either_)
                               : (day_     ? day_
                                  : month_ ? month_
                                           : points_);
    // What is no date either way is refused.
    if (!shown || (shown->first > 12 && shown->second > 12)) return {};
    return fmt::format(
        "dates are read {} first{}: {} is {}", order() == DateOrder::month_first ? "month" : "day",
        given_ ? ", as was said" : "", quote_value(shown->text),
        order() == DateOrder::month_first && shown->first <= 12
            ? day_name(shown->year, shown->first, shown->second)
        : shown->second <= 12 && shown->second >= 1 ? day_name(shown->year, shown->second, shown->first)
                                                    : std::string("no date so"));
}

}  // namespace hil::planfile
