// Workbooks for tests: by the library that the export uses, and part by part for what no program writes.
#pragma once

#include "support/temporary_directory.hpp"

#include <xlsxwriter.h>
#include <zip.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hil::planfile::test {

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// What `fill` makes of an empty workbook.
inline std::string written_workbook(const std::function<void(lxw_workbook*)>& fill) {
    const hil::test::TemporaryDirectory directory;
    const auto file = directory / "plan.xlsx";
    auto* workbook = workbook_new(file.c_str());
    fill(workbook);
    if (workbook_close(workbook) != LXW_NO_ERROR) throw std::runtime_error("no workbook was written");
    return bytes_of(file);
}

using Parts = std::map<std::string, std::string>;

inline std::string archive_of(const Parts& parts) {
    const hil::test::TemporaryDirectory directory;
    const auto file = directory / "made.zip";
    int error = 0;
    auto* zip = zip_open(file.c_str(), ZIP_CREATE, &error);
    if (!zip) throw std::runtime_error("no archive was made");
    for (const auto& [name, text] : parts) {
        auto* source = zip_source_buffer(zip, text.data(), text.size(), 0);
        const auto index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
        // The time of the archive is no part of what is tested.
        (void)zip_file_set_mtime(zip, static_cast<zip_uint64_t>(index), 1'600'000'000, 0);
    }
    if (zip_close(zip) != 0) throw std::runtime_error("no archive was written");
    return bytes_of(file);
}

// The least that a spreadsheet program opens, with this between <sheetData> and </sheetData>.
inline Parts minimal_parts(const std::string& rows) {
    const std::string head = R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)";
    const std::string main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const std::string refs = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const std::string rels = "http://schemas.openxmlformats.org/package/2006/relationships";
    return {
        {"[Content_Types].xml",
         head + R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>)"},
        {"_rels/.rels", head + "<Relationships xmlns=\"" + rels + "\"><Relationship Id=\"rId1\" Type=\"" +
                            refs + "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
        {"xl/workbook.xml", head + "<workbook xmlns=\"" + main + "\" xmlns:r=\"" + refs +
                                "\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"
                                "</workbook>"},
        {"xl/_rels/workbook.xml.rels",
         head + "<Relationships xmlns=\"" + rels + "\"><Relationship Id=\"rId1\" Type=\"" + refs +
             "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"" + refs +
             "/styles\" Target=\"styles.xml\"/></Relationships>"},
        {"xl/styles.xml", head + "<styleSheet xmlns=\"" + main +
                              "\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"},
        {"xl/worksheets/sheet1.xml",
         head + "<worksheet xmlns=\"" + main + "\"><sheetData>" + rows + "</sheetData></worksheet>"}};
}

inline std::string minimal_workbook(const std::string& rows) {
    return archive_of(minimal_parts(rows));
}

// A row of inline texts and numbers: a cell that parses as a number is one.
inline std::string xml_row(std::initializer_list<std::string_view> cells) {
    std::string out = "<row>";
    for (const auto cell : cells) {
        const bool number = !cell.empty() && cell.find_first_not_of("0123456789.-") == std::string_view::npos;
        const std::string text(cell);
        if (cell.empty())
            out += "<c/>";
        else
            out +=
                number ? "<c><v>" + text + "</v></c>" : "<c t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
    }
    return out + "</row>";
}

}  // namespace hil::planfile::test
