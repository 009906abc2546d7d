// Recordings of devices that are no battery: columns of their own, everything else as of a plant.
#include "measure/export.hpp"
#include "measure/history_import.hpp"
#include "measure/pending_file.hpp"
#include "measure/recompress.hpp"
#include "measure/repair.hpp"
#include "site.hpp"

using namespace hil;
using namespace hil::measure;
using config::DeviceKind;

namespace {

ColumnFormat format_of(DeviceKind kind) {
    ColumnFormat format{.schema = &device::schema_of(kind)};
    format.decimals.fill(2);
    format.count.fill(0.01);
    for (std::size_t i = format.schema->size(); i < column_count; ++i)
        format.present[i] = false;
    return format;
}

Row device_row(WallTime when, std::initializer_list<double> values) {
    Row out{.at = when, .values = {}, .null = false};
    out.values.fill(unknown);
    std::ranges::copy(values, out.values.begin());
    return out;
}

const WallTime noon = at("2025-10-01T12:00:00");

}  // namespace

TEST_CASE("A row of a load has seven columns, null rows as many empty fields") {
    const auto format = format_of(DeviceKind::load);
    std::string text(csv_header(*format.schema));
    append_row(text, device_row(noon, {-4.25, 0.5, 6, 6, 6, 230.1, 17.2}), format, madrid());
    append_row(text, null_row(noon + 2s), format, madrid());
    CHECK(text ==
          "timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_import_kwh\n"
          "2025-10-01T12:00:00+02:00,-4.25,0.5,6.0,6.0,6.0,230.1,17.2\n"
          "2025-10-01T12:00:02+02:00,,,,,,,\n");

    const auto parsed = parse_file(text, madrid());
    REQUIRE(parsed);
    REQUIRE(parsed->bad_lines == 0);
    REQUIRE(parsed->rows.size() == 2);
    CHECK(parsed->rows[0].values[0] == -4.25);
    CHECK(parsed->rows[0].values[6] == 17.2);
    CHECK(std::isnan(parsed->rows[0].values[7]));
    CHECK(parsed->rows[1].null);
}

TEST_CASE("Rows of a device are the same where every column is within the tolerance of its schema") {
    const auto format = format_of(DeviceKind::meter);
    Compression compression(shipped_rule(), format);
    const auto push = [&](Duration after, double p, double exported) {
        return compression.push(device_row(noon + after, {p, 0, 0, 0, 0, 230, 0, exported})).verdict;
    };
    CHECK(push(0s, 10, 1) == Verdict::kept);
    CHECK(push(2s, 10.01, 1.01) == Verdict::kept);  // similar: pending
    CHECK(push(4s, 10.005, 1.005) == Verdict::merged);
    CHECK(push(6s, 10.005, 1.2) == Verdict::kept);  // the energy went on
    CHECK(push(8s, 10.5, 1.2) == Verdict::kept);
}

TEST_CASE("A meter and a plant are recorded side by side, each file with its own header") {
    Site site(noon);
    const auto format = format_of(DeviceKind::meter);
    Recorder recorder(site.clock, *site.blocking, site.store, madrid(), site.settings, {"lib", "grid"});
    CHECK(site.await([&] { return recorder.start(0, TransportMode::local, shipped_format()); }));
    CHECK(site.await([&] { return recorder.start(1, TransportMode::local, format); }));
    recorder.sample(0, row(noon, 100));
    recorder.sample(1, device_row(noon, {1, 2, 3, 4, 5, 230, 7, 8}));
    CHECK(site.await([&] { return recorder.stop_all(); }));
    CHECK(std::string_view(site.file("20251001_lib.csv")).starts_with(csv_header()));
    const auto& meter = site.file("20251001_grid.csv");
    CHECK(std::string_view(meter).starts_with(csv_header(*format.schema)));
    CHECK(meter.find("12:00:00+02:00,1.0,2.0,3.0,4.0,5.0,230.0,7.0,8.0\n") != std::string::npos);
}

TEST_CASE("What a kill tore of a device's file is repaired by the columns of its kind") {
    MemoryStore store;
    const std::string path = "data/20251001_house.csv";
    const auto format = format_of(DeviceKind::load);
    std::string text(csv_header(*format.schema)), line;
    append_row(text, device_row(noon, {-1, 0, 0, 0, 0, 230, 5}), format, madrid());
    append_row(line, device_row(noon + 2s, {-2, 0, 0, 0, 0, 230, 6}), format, madrid());
    store[path] = text + "2025-10-01T12:00:0";
    store[path + ".pending"] = pending_slot(line);
    const auto load = [](std::string_view) -> const device::Schema& {
        return device::schema_of(DeviceKind::load);
    };

    SECTION("of a kind that is known") {
        const auto report = repair(store, "data", madrid(), load);
        CHECK(report.problems.empty());
        CHECK(store[path] == text + line);
    }
    SECTION("taken for a battery's it is left alone") {
        const auto report = repair(store, "data", madrid());
        CHECK(store[path] == text + "2025-10-01T12:00:0");
    }
}

TEST_CASE("A recording of a device is compressed by its own columns") {
    MemoryStore store;
    const std::string path = "data/20251001_grid.csv";
    const auto format = format_of(DeviceKind::meter);
    std::string text(csv_header(*format.schema));
    for (int i = 0; i < 5; ++i)
        append_row(text, device_row(noon + i * 2s, {1, 2, 3, 4, 5, 230, 7, 8}), format, madrid());
    store[path] = text;
    const auto done = recompress(store, path, shipped_rule(), format, madrid());
    REQUIRE(done);
    CHECK(done->rows_before == 5);
    CHECK(done->rows_after == 2);
    CHECK(store[path].starts_with(csv_header(*format.schema)));
    CHECK(recompress(store, path, shipped_rule(), shipped_format(), madrid()).error() == errc::not_a_header);
}

TEST_CASE("A device is exported with its own columns") {
    auto database = std::make_shared<store::Database>("", history_migrations());
    HistoryTables history(database);
    const std::vector<Row> rows{device_row(noon, {-1, 0, 1, 1, 1, 230, 5})};
    history.store("house", TransportMode::local, rows);
    ExportRequest request{.plant = "house",
                          .transport = TransportMode::local,
                          .range = {noon, noon + 1h},
                          .points = {},
                          .schema = &device::schema_of(DeviceKind::load)};
    std::string text;
    const auto sink = [&text](std::string_view piece) {
        text += piece;
        return true;
    };
    CHECK(export_csv(history, request, madrid(), sink) == 1u);
    CHECK(text == std::string(csv_header(*request.schema)) +
                      "2025-10-01T12:00:00+02:00,-1.0,0.0,1.0,1.0,1.0,230.0,5.0\n");
    text.clear();
    CHECK(export_json(history, request, madrid(), sink) == 1u);
    CHECK(text.find(R"("columns":["timestamp","p_kw","q_kvar","i_l1_a","i_l2_a","i_l3_a","voltage_v",)"
                    R"("energy_import_kwh"])") != std::string::npos);
    CHECK(text.find(R"(",-1.0,0.0,1.0,1.0,1.0,230.0,5.0])") != std::string::npos);
}
