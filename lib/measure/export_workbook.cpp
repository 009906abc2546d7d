#include "measure/export.hpp"
#include "measure/export_pieces.hpp"

#include <stdlib.h>
#include <xlsxwriter.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

namespace hil::measure {
namespace {

constexpr std::uint32_t rows_a_sheet = 1'000'000;  // a sheet has room for 1 048 576

// Days since 1899-12-30 of the local time, as workbooks count.
double serial_date(WallTime at, const Zone& zone) {
    constexpr double epoch = 25569;  // 1970-01-01
    return epoch + to_seconds(at.time_since_epoch() + zone.local(at).offset) / 86400;
}

class Book {
  public:
    Book(const std::filesystem::path& file, const device::Schema& schema) : schema_(schema) {
        lxw_workbook_options options{};
        options.constant_memory = LXW_TRUE;
        book_ = workbook_new_opt(file.c_str(), &options);
        if (!book_) return;
        bold_ = workbook_add_format(book_);
        format_set_bold(bold_);
        time_ = workbook_add_format(book_);
        format_set_num_format(time_, "yyyy-mm-dd hh:mm:ss");
        add_sheet();
    }
    Book(const Book&) = delete;
    Book& operator=(const Book&) = delete;
    ~Book() {
        if (book_) workbook_close(book_);
    }

    [[nodiscard]] bool open() const { return book_ && sheet_; }

    bool add(const Row& row, const Zone& zone) {
        if (next_ > rows_a_sheet) add_sheet();
        if (!open()) return false;
        bool good =
            worksheet_write_string(sheet_, next_, 0, zone.format(row.at).c_str(), nullptr) == LXW_NO_ERROR;
        good = worksheet_write_number(sheet_, next_, 1, serial_date(row.at, zone), time_) == LXW_NO_ERROR &&
               good;
        for (std::size_t i = 0; i < schema_.size() && !row.null; ++i) {
            if (!std::isfinite(row.values[i])) continue;
            const auto column = static_cast<lxw_col_t>(i + 2);
            good =
                worksheet_write_number(sheet_, next_, column, row.values[i], nullptr) == LXW_NO_ERROR && good;
        }
        ++next_;
        return good;
    }

    bool close() { return workbook_close(std::exchange(book_, nullptr)) == LXW_NO_ERROR; }

  private:
    void add_sheet() {
        sheet_ = workbook_add_worksheet(book_, nullptr);
        if (!sheet_) return;
        worksheet_set_column(sheet_, 0, 0, 26, nullptr);
        worksheet_set_column(sheet_, 1, 1, 20, nullptr);
        worksheet_set_column(sheet_, 2, static_cast<lxw_col_t>(schema_.size() + 1), 16, nullptr);
        worksheet_freeze_panes(sheet_, 1, 2);
        worksheet_write_string(sheet_, 0, 0, "timestamp", bold_);
        worksheet_write_string(sheet_, 0, 1, "local time", bold_);
        for (std::size_t i = 0; i < schema_.size(); ++i) {
            worksheet_write_string(sheet_, 0, static_cast<lxw_col_t>(i + 2),
                                   std::string(schema_.columns[i].name).c_str(), bold_);
        }
        next_ = 1;
    }

    const device::Schema& schema_;
    lxw_workbook* book_ = nullptr;
    lxw_worksheet* sheet_ = nullptr;
    lxw_format *bold_ = nullptr, *time_ = nullptr;
    std::uint32_t next_ = 1;
};

}  // namespace

std::optional<std::uint64_t> export_workbook(HistoryTables& history, const ExportRequest& request,
                                             const Zone& zone, const std::filesystem::path& file) {
    std::uint64_t count = 0;
    bool good = false;
    {
        Book book(file, *request.schema);
        if (!book.open()) return std::nullopt;
        good = export_pieces(history, request, [&](const std::vector<Row>& rows) {
            for (const auto& row : rows)
                if (!book.add(row, zone)) return false;
            count += rows.size();
            return true;
        });
        good = book.close() && good;
    }
    if (good) return count;
    // Half a workbook is none; a device or a link somebody wrote it to is not ours to remove.
    std::error_code none;
    if (std::filesystem::is_regular_file(std::filesystem::symlink_status(file, none)))
        std::filesystem::remove(file, none);
    return std::nullopt;
}

std::optional<std::string> workbook_bytes(HistoryTables& history, const ExportRequest& request,
                                          const Zone& zone) {
    std::string directory = (std::filesystem::temp_directory_path() / "hil-workbook-XXXXXX").string();
    if (!::mkdtemp(directory.data())) return std::nullopt;
    const auto file = std::filesystem::path(directory) / "measurements.xlsx";
    std::optional<std::string> bytes;
    if (export_workbook(history, request, zone, file)) {
        std::ifstream stream(file, std::ios::binary);
        bytes.emplace(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
        if (!stream) bytes.reset();
    }
    std::error_code none;
    std::filesystem::remove_all(directory, none);
    return bytes;
}

}  // namespace hil::measure
