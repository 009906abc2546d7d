#include "measure/export.hpp"
#include "measure/history_story.hpp"
#include "measure/site.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>

using namespace hil;
using namespace hil::measure;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
constexpr Range ever{WallTime{}, WallTime{Duration(200 * 8766h)}};

struct Exporting {
    explicit Exporting(const std::vector<Row>& rows) {
        tables.store("lib", config::TransportMode::local, rows);
    }
    TextSink sink() {
        return [this](std::string_view piece) {
            text += piece;
            longest = std::max(longest, piece.size());
            return true;
        };
    }
    HistoryTables tables{std::make_shared<store::Database>("", history_migrations())};
    ExportRequest request{
        .plant = "lib", .transport = config::TransportMode::local, .range = ever, .points = {}};
    std::string text;
    std::size_t longest = 0;
};

}  // namespace

TEST_CASE("an export as CSV is a recording: the same text, the same rows") {
    std::vector<Row> rows{null_row(ten), row(ten + 2s, 100, 0.4988), row(ten + 4s, -0.3, 0.5)};
    rows[2].values[7] = unknown;
    Exporting exporting(rows);
    CHECK(export_csv(exporting.tables, exporting.request, madrid(), exporting.sink()) == 3u);
    CHECK(exporting.text == std::string(csv_header()) +
                                "2025-10-01T10:00:00+02:00,,,,,,,,\n"
                                "2025-10-01T10:00:02+02:00,100.0,100.0,0.0,0.0,0.4988,100.0,0.0,20.0\n"
                                "2025-10-01T10:00:04+02:00,-0.3,-0.3,0.0,0.0,0.5,-0.3,0.0,\n");
}

TEST_CASE("a long range goes out in pieces, and a range cuts at its ends") {
    std::vector<Row> rows;
    for (int i = 0; i < 10 * 1440; ++i)
        rows.push_back(row(ten + i * 1min, i % 50));
    Exporting exporting(rows);
    CHECK(export_csv(exporting.tables, exporting.request, madrid(), exporting.sink()) == rows.size());
    CHECK(same(rows_of(exporting.text), rows));
    CHECK(exporting.longest < exporting.text.size() / 5);

    exporting.text.clear();
    exporting.request.range = {ten + 3h, ten + 3h + 5min};
    CHECK(export_csv(exporting.tables, exporting.request, madrid(), exporting.sink()) == 5u);
    CHECK(rows_of(exporting.text).front().at == ten + 3h);
    exporting.text.clear();
    exporting.request = {
        .plant = "lib", .transport = config::TransportMode::local, .range = ever, .points = 100};
    CHECK(export_csv(exporting.tables, exporting.request, madrid(), exporting.sink()).value() <= 100);
    exporting.request.plant = "vrfb";
    CHECK(export_csv(exporting.tables, exporting.request, madrid(), exporting.sink()) == 0u);
}

TEST_CASE("an export as JSON has null for what is not known and says whether rows were left out") {
    Exporting exporting({row(ten, 100, 0.4988), null_row(ten + 2s)});
    exporting.request.range = {ten, ten + 1h};
    CHECK(export_json(exporting.tables, exporting.request, madrid(), exporting.sink()) == 2u);
    CHECK(exporting.text ==
          "{\"plant\":\"lib\",\"transport\":\"local\",\"from\":\"2025-10-01T10:00:00+02:00\","
          "\"to\":\"2025-10-01T11:00:00+02:00\",\"downsampled\":false,\"columns\":[\"timestamp\",\"p_"
          "setpoint_kw\","
          "\"battery_active_power_kw\",\"q_setpoint_kvar\",\"battery_reactive_power_kvar\",\"soc_pu\",\"p_"
          "poi_kw\","
          "\"q_poi_kvar\",\"v_poi_kV\"],\"rows\":[\n"
          "[\"2025-10-01T10:00:00+02:00\",100.0,100.0,0.0,0.0,0.4988,100.0,0.0,20.0],\n"
          "[\"2025-10-01T10:00:02+02:00\",null,null,null,null,null,null,null,null]\n]}\n");
}

TEST_CASE("what refuses the text ends the export") {
    Exporting exporting(history_story(1, 100, ten));
    const TextSink refuse = [](std::string_view) { return false; };
    CHECK_FALSE(export_csv(exporting.tables, exporting.request, madrid(), refuse));
    CHECK_FALSE(export_json(exporting.tables, exporting.request, madrid(), refuse));
}

TEST_CASE("a workbook is written, and none is left behind where it cannot be") {
    const test::TemporaryDirectory directory;
    Exporting exporting(history_story(2, 300, ten));
    const auto file = directory / "out.xlsx";
    CHECK(export_workbook(exporting.tables, exporting.request, madrid(), file) == 300u);
    std::ifstream stream(file, std::ios::binary);
    std::string head(4, '\0');
    stream.read(head.data(), 4);
    CHECK(head == std::string("PK\3\4", 4));
    CHECK(std::filesystem::file_size(file) > 5000);
    const auto bytes = workbook_bytes(exporting.tables, exporting.request, madrid());
    REQUIRE(bytes);
    CHECK(bytes->starts_with(head));
    CHECK(bytes->size() > 5000);
    CHECK_FALSE(
        export_workbook(exporting.tables, exporting.request, madrid(), directory / "missing/out.xlsx"));
    CHECK_FALSE(std::filesystem::exists(directory / "missing"));
}
