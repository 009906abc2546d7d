// The parts of a workbook beside its sheets: what refers to what, the sheets' names, formats and texts.
#pragma once

#include "planfile/xml_events.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

// Where one part refers to others.
class Relationships final : public XmlHandler {
  public:
    struct Target {
        std::string type;  // the last word of its URI: "worksheet", "styles" …
        std::string part;  // in the archive
    };
    // `folder`: of the part that refers, "xl/" for "xl/workbook.xml".
    explicit Relationships(std::string folder) : folder_(std::move(folder)) {}

    [[nodiscard]] const Target* find(std::string_view id) const;
    // The first of the type; null when there is none.
    [[nodiscard]] const Target* of_type(std::string_view type) const;

    void begin(std::string_view element, const XmlAttributes& attributes) override;
    void end(std::string_view) override {}
    void text(std::string_view) override {}

  private:
    std::string folder_;
    std::map<std::string, Target, std::less<>> targets_;
};

class SheetList final : public XmlHandler {
  public:
    struct Sheet {
        std::string name, relation;
    };
    [[nodiscard]] const std::vector<Sheet>& visible() const { return visible_; }
    [[nodiscard]] bool system_1904() const { return system_1904_; }
    // Whether the values of formulas are still to be calculated by the program that opens the workbook.
    [[nodiscard]] bool calculate_on_load() const { return calculate_on_load_; }
    // Whether it says how it is calculated, as all programs write that do it.
    [[nodiscard]] bool calculates() const { return calculates_; }

    void begin(std::string_view element, const XmlAttributes& attributes) override;
    void end(std::string_view) override {}
    void text(std::string_view) override {}

  private:
    std::vector<Sheet> visible_;
    bool system_1904_ = false, calculate_on_load_ = false, calculates_ = false;
};

// What a number format makes of a number.
struct CellFormat {
    enum class Kind : std::uint8_t { number, date, percent };
    Kind kind = Kind::number;
    std::string offset{};  // of a date, where the format itself says it: "Z", "+02:00"
    std::string words{};   // of a number, what stands beside it: "MW"; of a date, the clock it names: "CET"
    int thousands = 0;     // of a number, by how many thousands it is shown divided

    friend bool operator==(const CellFormat&, const CellFormat&) = default;
};
// Of a format as "dd/mm/yyyy hh:mm", "0.00%" or "yyyy-mm-dd hh:mm:ss UTC".
CellFormat format_of(std::string_view code);

// Which cell formats show a date, a time or a percentage.
class Styles final : public XmlHandler {
  public:
    [[nodiscard]] const CellFormat& format(std::size_t number) const;

    void begin(std::string_view element, const XmlAttributes& attributes) override;
    void end(std::string_view element) override;
    void text(std::string_view) override {}

  private:
    std::map<std::string, CellFormat, std::less<>> own_;  // by number
    bool in_own_formats_ = false, in_cell_formats_ = false;
    std::vector<CellFormat> formats_;
};

// The texts that cells refer to by their position.
class SharedTexts final : public XmlHandler {
  public:
    SharedTexts(std::size_t most_bytes, std::size_t most_of_one)
        : most_bytes_(most_bytes), most_of_one_(most_of_one) {}
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

    void begin(std::string_view element, const XmlAttributes& attributes) override;
    void end(std::string_view element) override;
    void text(std::string_view part) override;

  private:
    std::size_t most_bytes_, most_of_one_, bytes_ = 0;
    bool in_text_ = false;
    int phonetic_ = 0;  // how a text is read aloud is no part of it
    std::vector<std::string> texts_;
};

}  // namespace hil::planfile
