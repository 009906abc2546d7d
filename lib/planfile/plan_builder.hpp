// The rules of a wide plan, whatever format it comes in: fed column by column and row by row, it collects
// the series or every problem.
#pragma once

#include "planfile/plan_file.hpp"
#include "planfile/written_time.hpp"

#include <optional>

namespace hil::planfile {

class PlanBuilder {
  public:
    PlanBuilder(std::string file, std::span<const std::string> plant_ids, const Zone& zone);

    void problem(std::size_t row, std::string_view column, std::string text);
    // How the file is read where it could be read otherwise.
    void note(std::string sentence);

    // What is known of the texts before the first row: of dates that do not begin with their year, and of
    // numbers.
    void write_of(DateOrder order, char decimal_sign);
    // The times are numbers of a workbook, and may lie a little beside what was meant.
    void computed_times() { computed_ = true; }

    // Every column but `timestamp`, in their order. `row` is where the name stands.
    void add_column(std::size_t row, std::string_view name);
    [[nodiscard]] std::size_t column_count() const { return columns_.size(); }
    [[nodiscard]] const std::string& column_name(std::size_t column) const { return columns_[column].name; }
    [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;

    // Begins a row; `is_text` tells a JSON string or CSV cell from another JSON value, for the message.
    void begin_row(std::size_t row, std::string_view timestamp, bool is_text = true);
    // Begins a row whose time is missing: its values are checked all the same.
    void skip_row(std::size_t row);
    // One value of the row begun, a number or `end`: nothing is planned for this column until its next
    // number. `is_number` is false for what is known not to be one, such as a JSON string, `is_text` as
    // above.
    void value(std::size_t column, std::string_view text, bool is_number = true, bool is_text = true);

    // The instant at which the last values end, in place of the rule for files that do not say it. Comes
    // last.
    void end_at(std::size_t row, std::string_view timestamp);

    PlanFile finish();

  private:
    struct Column {
        std::string name;
        bool known = false;
        schedule::PlantIndex plant = 0;
        schedule::Signal signal = schedule::Signal::p;
        std::vector<double> values;  // one for each time; NaN: nothing is planned
        double last = 0;             // value, whether or not it was kept
    };
    struct Time {
        WallTime at;
        std::uint32_t row = 0;
        bool has_offset = false;
    };
    [[nodiscard]] std::optional<Time> check_time(std::string_view text, bool is_text);
    [[nodiscard]] std::string not_later(std::string_view text, bool is_text) const;
    void keep(Column& into, double value);
    void put_on_grid();
    [[nodiscard]] WallTime end_of_plan() const;
    [[nodiscard]] schedule::Series series_of(const Column& column, WallTime end) const;
    void mention_autumn();

    PlanFile result_;
    std::span<const std::string> plant_ids_;
    const Zone* zone_;
    DateOrder order_ = DateOrder::day_first;
    char decimal_sign_ = '.';
    bool computed_ = false;
    std::vector<Column> columns_;
    std::size_t row_ = 0;
    std::optional<Time> time_;        // of the present row, when it is good
    std::string repeated_time_;       // its text, when it is the time of the row before
    bool repeats_ = false;            // the same
    bool repeats_otherwise_ = false;  // with another value: told already
    std::size_t repeated_rows_ = 0;
    std::vector<Time> times_;  // of the good rows
    std::optional<Time> end_;  // where the file says it
};

}  // namespace hil::planfile
