// One sheet of a workbook, row by row.
#pragma once

#include "planfile/workbook.hpp"
#include "planfile/workbook_parts.hpp"

namespace hil::planfile {

class SheetReader final : public XmlHandler {
  public:
    // All of it must outlive the reader.
    SheetReader(WorkbookRows& rows, const std::vector<std::string>& texts, const Styles& styles,
                const SheetList& workbook, std::size_t most_of_one)
        : rows_(rows), texts_(texts), styles_(styles), workbook_(workbook), most_of_one_(most_of_one) {}

    // The row that is being read, or was read last.
    [[nodiscard]] std::size_t row_number() const { return row_.number; }

    // Whether there are formulas, and the value of each that is a number is 0.
    [[nodiscard]] bool only_zeros() const { return zeros_ && !calculated_; }
    // Which clock the format of a date names, "CET", without saying how far it is from UTC; empty where none
    // does.
    [[nodiscard]] const std::string& clock() const { return clock_; }

    void begin(std::string_view element, const XmlAttributes& attributes) override;
    void end(std::string_view element) override;
    void text(std::string_view part) override;

  private:
    struct Place {
        std::size_t column = 0, row = 0;  // from 1
    };
    struct Area {
        Place first, last;
    };
    static std::optional<Place> place_of(std::string_view text);

    void begin_row(const XmlAttributes& attributes);
    void begin_cell(const XmlAttributes& attributes);
    void begin_value();
    void begin_formula(const XmlAttributes& attributes);
    [[nodiscard]] bool within_array() const;
    void end_cell();
    [[nodiscard]] WorkbookCell number_cell();

    WorkbookRows& rows_;
    const std::vector<std::string>& texts_;
    const Styles& styles_;
    const SheetList& workbook_;
    std::size_t most_of_one_;

    WorkbookRow row_;
    bool in_data_ = false, in_row_ = false, in_cell_ = false, in_value_ = false;
    int phonetic_ = 0;
    std::size_t column_ = 0;  // of the cell, from 1
    std::string type_, value_;
    std::size_t format_ = 0;
    bool formula_ = false, has_value_ = false;
    std::vector<Area> arrays_;  // that a formula fills, and that reach this row or beyond
    std::string clock_;
    bool zeros_ = false;       // some formula of the sheet has the value 0
    bool calculated_ = false;  // some formula of the sheet has a value that nobody stores without calculating
};

}  // namespace hil::planfile
