#include "planfile/workbook.hpp"

#include "planfile/file_text.hpp"
#include "planfile/workbook_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>

namespace hil::planfile {

namespace {

// Feeds a part of the archive to a handler.
class Parse final : public WorkbookArchive::Sink {
  public:
    explicit Parse(XmlHandler& handler) : reader_(handler) {}
    bool take(std::string_view piece, bool last) override { return reader_.take(piece, last); }
    [[nodiscard]] const std::string& problem() const { return reader_.problem(); }

  private:
    XmlReader reader_;
};

bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

class WorkbookReading {
  public:
    WorkbookReading(std::string_view bytes, WorkbookRows& rows, std::span<const std::string_view> names,
                    const WorkbookLimits& limits)
        : limits_(limits), rows_(rows), names_(names), archive_(bytes, limits) {}

    WorkbookProblem run() {
        read();
        if (problem_.text.empty()) problem_.text = archive_.problem();
        return std::move(problem_);
    }

  private:
    void read() {
        if (!archive_.problem().empty()) return;
        if (!archive_.has("[Content_Types].xml") || !archive_.has("_rels/.rels"))
            return refuse(archive_.has("mimetype")
                              ? "is an OpenDocument file: save it as XLSX or CSV"
                              : "is a ZIP archive, but no workbook: save the plan as XLSX or CSV");
        Relationships package("");
        if (!parse("_rels/.rels", package)) return;
        const auto* workbook = package.of_type("officeDocument");
        if (!workbook) return refuse("is a damaged workbook: it does not say where its sheets are");
        if (workbook->part.ends_with(".bin")) return refuse("is a binary workbook: save it as XLSX or CSV");
        SheetList sheets;
        if (!parse(workbook->part, sheets)) return;
        const auto slash = workbook->part.rfind('/') + 1;  // 0 when there is none
        const auto folder = workbook->part.substr(0, slash);
        Relationships relations(folder);
        if (!parse(folder + "_rels/" + workbook->part.substr(slash) + ".rels", relations)) return;
        if (const auto* target = choose(sheets, relations)) read_sheet(target->part, relations, sheets);
    }

    // The only sheet, or the one that is named as what it is.
    const Relationships::Target* choose(const SheetList& sheets, const Relationships& relations) {
        std::vector<std::pair<std::string, const Relationships::Target*>> tables;
        std::string names;
        for (const auto& sheet : sheets.visible()) {
            const auto* target = relations.find(sheet.relation);
            if (!target || target->type != "worksheet") continue;  // a chart
            tables.emplace_back(sheet.name, target);
            if (tables.size() <= 10) names += (names.empty() ? "" : ", ") + quote_value(sheet.name);
        }
        if (tables.empty()) {
            refuse("is a workbook without a visible sheet, or no spreadsheet at all");
            return nullptr;
        }
        if (tables.size() == 1) return tables.front().second;
        for (const auto wanted : names_) {
            const auto found = std::ranges::find_if(
                tables, [&](const auto& table) { return same_but_for_case(table.first, wanted); });
            if (found != tables.end()) return found->second;
        }
        refuse(fmt::format("has {} sheets, {}: name the one to be read \"{}\"", tables.size(), names,
                           names_.empty() ? "plan" : names_.front()));
        return nullptr;
    }

    void read_sheet(const std::string& part, const Relationships& relations, const SheetList& workbook) {
        Styles styles;
        if (const auto* target = relations.of_type("styles"); target && !parse(target->part, styles)) return;
        SharedTexts texts(limits_.text_bytes, limits_.cell_bytes);
        if (const auto* target = relations.of_type("sharedStrings"); target && !parse(target->part, texts))
            return;
        SheetReader sheet(rows_, texts.texts(), styles, workbook, limits_.cell_bytes);
        if (!parse(part, sheet)) problem_.row = sheet.row_number();
        if (sheet.only_zeros() && !workbook.calculates())
            problem_.notes.emplace_back(
                "all its formulas have the value 0, as some programs store that do not calculate: open it in "
                "a "
                "spreadsheet program and save it if they should have others");
        if (const auto& clock = sheet.clock(); !clock.empty())
            problem_.notes.push_back(
                fmt::format("the format of its times says {}: they are read as local times all the same",
                            quote_value(clock)));
    }

    bool parse(const std::string& part, XmlHandler& handler) {
        Parse into(handler);
        if (archive_.read(part, into)) return true;
        if (!into.problem().empty())
            refuse(fmt::format("is a damaged workbook: {} {}", part, into.problem()));
        return false;
    }

    void refuse(std::string text) {
        if (problem_.text.empty()) problem_.text = std::move(text);
    }

    const WorkbookLimits& limits_;
    WorkbookRows& rows_;
    std::span<const std::string_view> names_;
    WorkbookArchive archive_;
    WorkbookProblem problem_;
};

}  // namespace

bool WorkbookCell::blank() const {
    return kind == Kind::empty || (kind == Kind::text && trim_blanks(text).empty());
}

bool WorkbookRow::blank() const {
    return std::ranges::all_of(cells, &WorkbookCell::blank);
}

std::string workbook_time(double serial, bool system_1904) {
    using namespace std::chrono;
    // Day 60 of the 1900 system is a 29 February that never was: days before it count from another day, and
    // no plan has them.
    if (!(serial >= (system_1904 ? 0 : 61)) || serial >= 2'958'466) return {};
    const auto day_zero =
        system_1904 ? sys_days(year{1904} / January / 1) : sys_days(year{1899} / December / 30);
    const auto ms = milliseconds(std::llround(serial * 86'400'000.0));
    // Sums of quarters of an hour drift by some milliseconds over a year.
    const auto nearest = std::chrono::round<std::chrono::seconds>(ms);
    const auto off = ms > nearest ? ms - nearest : nearest - ms;
    const auto at = day_zero + (off <= milliseconds(20) ? milliseconds(nearest) : ms);
    const auto date = floor<days>(at);
    const year_month_day day(date);
    const hh_mm_ss time(at - date);
    auto out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(day.year()),
                           static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                           time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds() != milliseconds::zero()) out += fmt::format(".{:03}", time.subseconds().count());
    return out;
}

bool looks_like_workbook(std::string_view bytes) {
    return bytes.starts_with("PK\x03\x04");
}

WorkbookProblem read_workbook(std::string_view bytes, WorkbookRows& rows, const WorkbookLimits& limits,
                              std::span<const std::string_view> sheet_names) {
    return WorkbookReading(bytes, rows, sheet_names, limits).run();
}

}  // namespace hil::planfile
