// The rules of a wide plan, whatever format it comes in: fed column by column and row by row, it collects
// the series or every problem.
#pragma once

#include "planfile/plan_file.hpp"

#include <optional>

namespace hil::planfile {

class PlanBuilder {
  public:
    PlanBuilder(std::string file, std::span<const std::string> plant_ids, const Zone& zone);

    void problem(std::size_t row, std::string_view column, std::string text);

    // Every column but `timestamp`, in their order. `row` is where the name stands.
    void add_column(std::size_t row, std::string_view name);
    [[nodiscard]] std::size_t column_count() const { return columns_.size(); }
    [[nodiscard]] const std::string& column_name(std::size_t column) const { return columns_[column].name; }
    [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;

    // Begins a row; `is_text` tells a JSON string or CSV cell from another JSON value, for the message.
    void begin_row(std::size_t row, std::string_view timestamp, bool is_text = true);
    // Begins a row whose time is missing: its values are checked all the same.
    void skip_row(std::size_t row);
    // One value of the row begun; `is_number` is false for what is known not to be one, such as a JSON
    // string, `is_text` as above.
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
        std::vector<schedule::Row> rows;
    };
    [[nodiscard]] std::optional<WallTime> check_time(std::string_view text, bool is_text);
    [[nodiscard]] WallTime end_of_plan() const;

    PlanFile result_;
    std::span<const std::string> plant_ids_;
    const Zone& zone_;
    std::vector<Column> columns_;
    std::size_t row_ = 0;
    std::optional<WallTime> time_;                // of the present row, when it is good
    std::optional<WallTime> latest_, before_it_;  // of the good rows so far
    std::optional<WallTime> end_;                 // where the file says it
};

}  // namespace hil::planfile
