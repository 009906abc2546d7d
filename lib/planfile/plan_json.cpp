#include "planfile/file_text.hpp"
#include "planfile/plan_formats.hpp"

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::planfile {

namespace {

// Events instead of a document tree: equal keys would be lost in a tree, and the text of numbers too, which
// is read again because Boost.JSON's own conversion may be off by a bit.
class Handler {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    using error_code = hil::error_code;
    using string_view = boost::json::string_view;

    Handler(PlanBuilder& plan, std::optional<DateOrder> given) : plan_(plan), orders_(given) {}

    // What the times say, once all rows were there.
    [[nodiscard]] const DateOrders& orders() const { return orders_; }

    [[nodiscard]] bool refused() const { return refused_; }
    [[nodiscard]] std::size_t rows() const { return row_; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }

    bool on_array_begin(error_code&) {
        if (depth_ == 1) {
            ++row_;
            plan_.problem(row_, "", "must be an object, got an array");
        }
        if (depth_ == 2) scalar("an array", false, false);
        ++depth_;
        return true;
    }
    bool on_array_end(std::size_t, error_code&) {
        --depth_;
        return true;
    }
    bool on_object_begin(error_code& error) {
        if (depth_ == 0) {
            plan_.problem(0, "", "must be an array of objects, got an object");
            refused_ = true;
            error = boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
            return false;
        }
        if (depth_ == 1) {
            ++row_;
            in_row_ = true;
            members_.clear();
        } else if (depth_ == 2) {
            scalar("an object", false, false);
        }
        ++depth_;
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        --depth_;
        if (depth_ == 1) {
            in_row_ = false;
            end_row();
        }
        return true;
    }

    bool on_key_part(string_view part, std::size_t, error_code&) { return keep(part); }
    bool on_key(string_view part, std::size_t, error_code&) {
        keep(part);
        if (depth_ == 2) key_ = text_;
        text_.clear();
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return keep(part); }
    bool on_string(string_view part, std::size_t, error_code&) {
        keep(part);
        return scalar(std::exchange(text_, {}), true, false);
    }
    bool on_number_part(string_view part, error_code&) { return keep(part); }
    bool on_int64(std::int64_t, string_view part, error_code&) { return number(part); }
    bool on_uint64(std::uint64_t, string_view part, error_code&) { return number(part); }
    bool on_double(double, string_view part, error_code&) { return number(part); }
    bool on_bool(bool value, error_code&) { return scalar(value ? "true" : "false", false, false); }
    bool on_null(error_code&) { return scalar("null", false, false); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

  private:
    struct Member {
        std::string key, text;
        bool is_text = false, is_number = false;
    };

    bool keep(string_view part) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool number(string_view part) {
        keep(part);
        return scalar(std::exchange(text_, {}), false, true);
    }

    bool scalar(std::string text, bool is_text, bool is_number) {
        if (depth_ == 1) {
            ++row_;
            plan_.problem(row_, "", "must be an object, got " + (is_text ? quote_value(text) : text));
        } else if (depth_ == 2 && in_row_) {
            members_.push_back({std::exchange(key_, {}), std::move(text), is_text, is_number});
        }
        return true;
    }

    void end_row() {
        const auto is_time = [](const Member& member) { return member.key == "timestamp"; };
        if (!header_) {
            header_ = true;
            std::vector<std::string_view> added;
            for (const Member& member : members_) {
                if (is_time(member) || std::find(added.begin(), added.end(), member.key) != added.end())
                    continue;
                added.push_back(member.key);
                plan_.add_column(row_, member.key);
            }
            if (plan_.column_count() == 0) {
                plan_.problem(row_, "", "must have a key <plant>_p_kw or <plant>_q_kvar beside timestamp");
            }
        }
        const auto time = std::find_if(members_.begin(), members_.end(), is_time);
        if (time == members_.end()) {
            plan_.problem(row_, "timestamp", "is missing");
            plan_.skip_row(row_);
        } else {
            if (time->is_text) orders_.see(row_, time->text);
            plan_.begin_row(row_, time->text, time->is_text);
        }
        seen_.assign(plan_.column_count(), false);
        bool time_seen = false;
        for (std::size_t i = 0; i < members_.size(); ++i)
            take(members_[i], i, time_seen);
        for (std::size_t c = 0; c < seen_.size(); ++c) {
            if (!seen_[c]) plan_.problem(row_, plan_.column_name(c), "is missing");
        }
    }

    void take(const Member& member, std::size_t position, bool& time_seen) {
        if (member.key == "timestamp") {
            if (std::exchange(time_seen, true))
                plan_.problem(row_, member.key, "must be given once, got it again");
            return;
        }
        // Keys come in the same order in nearly every row.
        const std::size_t guess = position - (time_seen ? 1 : 0);
        const auto column = guess < plan_.column_count() && plan_.column_name(guess) == member.key
                                ? guess
                                : plan_.find_column(member.key);
        if (!column) {
            plan_.problem(row_, shown_label(member.key),
                          "must be a key of the first object too, got it here first");
        } else if (seen_[*column]) {
            plan_.problem(row_, member.key, "must be given once, got it again");
        } else {
            seen_[*column] = true;
            plan_.value(*column, member.text, member.is_number, member.is_text);
        }
    }

    PlanBuilder& plan_;
    DateOrders orders_;
    std::size_t depth_ = 0, row_ = 0;
    bool header_ = false, in_row_ = false, refused_ = false;
    std::string text_, key_;
    std::vector<Member> members_;
    std::vector<bool> seen_;
};

// What the dates say of their order.
DateOrders read_rows(std::string_view text, std::optional<DateOrder> given, PlanBuilder& plan) {
    boost::json::basic_parser<Handler> parser(boost::json::parse_options{}, plan, given);
    error_code error;
    std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) {
        const bool only_blanks = text.find_first_not_of(" \t\r\n", used) == std::string_view::npos;
        if (!only_blanks) error = make_error_code(boost::json::error::extra_data);
    }
    if (parser.handler().refused()) return parser.handler().orders();
    if (error) {
        const auto line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(used), '\n');
        plan.problem(0, "", fmt::format("is not valid JSON at line {}: {}", line, error.message()));
    } else if (parser.handler().rows() == 0) {
        plan.problem(0, "", "must have an object in its array");
    }
    return parser.handler().orders();
}

}  // namespace

void read_plan_json(std::string_view text, const PlanReading& reading, PlanBuilder& plan) {
    text = without_bom(text);
    std::optional<DateOrder> given;
    if (reading.day_first) given = *reading.day_first ? DateOrder::day_first : DateOrder::month_first;
    // Only all rows together tell the order of the dates; those of most files are in ISO 8601.
    auto as_they_are = plan;
    if (given) as_they_are.write_of(*given, '.');
    const auto orders = read_rows(text, given, as_they_are);
    if (!orders.seen()) {
        plan = std::move(as_they_are);
        return;
    }
    if (const auto problem = orders.problem(); !problem.empty())
        return plan.problem(orders.row(), "timestamp", problem);
    plan.note(orders.note());
    plan.write_of(orders.order(), '.');
    (void)read_rows(text, given, plan);
}

}  // namespace hil::planfile
