#include "app/options.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::app;

namespace {

template <class T>
T parsed(const std::vector<std::string>& arguments) {
    const auto command = parse_command_line(arguments);
    if (const auto* error = std::get_if<UsageError>(&command)) FAIL(error->sentence);
    REQUIRE(std::holds_alternative<T>(command));
    return std::get<T>(command);
}

std::string refused(const std::vector<std::string>& arguments) {
    const auto command = parse_command_line(arguments);
    REQUIRE(std::holds_alternative<UsageError>(command));
    return std::get<UsageError>(command).sentence;
}

}  // namespace

TEST_CASE("export is read from the command line, its format from the file's ending unless given") {
    const auto all = parsed<ExportOptions>({"export"});
    CHECK_FALSE(all.plant);
    CHECK_FALSE(all.from);
    CHECK(all.format == measure::ExportFormat::csv);
    CHECK(all.output.empty());
    const auto some = parsed<ExportOptions>({"export", "--plant", "lib", "--from", "2025-10-01", "--to",
                                             "2025-10-02T12:00", "--points", "2000", "--output", "a.xlsx",
                                             "--transport", "remote", "--data-dir", "d"});
    CHECK(some.plant == "lib");
    CHECK(some.from == "2025-10-01");
    CHECK(some.points == 2000u);
    CHECK(some.format == measure::ExportFormat::xlsx);
    CHECK(some.transport == config::TransportMode::remote);
    CHECK(some.data.data_dir == "d");
    CHECK(parsed<ExportOptions>({"export", "--output", "a.json"}).format == measure::ExportFormat::json);
    CHECK(parsed<ExportOptions>({"export", "--output", "a.txt", "--format", "json"}).format ==
          measure::ExportFormat::json);
    CHECK(refused({"export", "--format", "xlsx"}) ==
          "hil_scheduler export: --output: a workbook needs a file to be written to");
    CHECK(refused({"export", "--format", "ods"}) ==
          "hil_scheduler export: --format: must be csv or json or xlsx or parquet, got \"ods\"");
    for (const auto* points : {"1", "10001", "many", "-5", ""})
        CHECK_THAT(refused({"export", "--points", points}), Catch::Matchers::Contains("--points"));
    CHECK(refused({"export", "lib"}) == "hil_scheduler export: unexpected argument \"lib\"");
}

TEST_CASE(
    "report is read from the command line, all plants and all that was recorded unless told otherwise") {
    const auto all = parsed<ReportOptions>({"report"});
    CHECK(all.plants.empty());
    CHECK_FALSE(all.from);
    CHECK(all.output.empty());
    CHECK_FALSE(all.to_standard_output);
    const auto some = parsed<ReportOptions>({"report", "--plant", "lib,vrfb", "--from", "2025-10-01", "--to",
                                             "2025-10-02T12:00", "--transport", "remote", "--output",
                                             "a.html", "--data-dir", "d"});
    CHECK(some.plants == std::vector<std::string>{"lib", "vrfb"});
    CHECK(some.to == "2025-10-02T12:00");
    CHECK(some.transport == config::TransportMode::remote);
    CHECK(some.output == "a.html");
    CHECK(some.data.data_dir == "d");
    CHECK(parsed<ReportOptions>({"report", "--output", "-"}).to_standard_output);
    CHECK(refused({"report", "--transport", "air"}) ==
          "hil_scheduler report: --transport: must be local or remote, got \"air\"");
    CHECK(refused({"report", "lib"}) == "hil_scheduler report: unexpected argument \"lib\"");
    CHECK(parsed<RunOptions>({"run", "--report", "run.html"}).report == "run.html");
    CHECK(refused({"run", "--report", ""}) == "hil_scheduler run: --report: must not be empty");
}

TEST_CASE("import takes one directory, compress any number of files, why an instant") {
    CHECK(parsed<ImportOptions>({"import", "data"}).directory == "data");
    CHECK(parsed<ImportOptions>({"import", "data", "--all"}).everything);
    CHECK_THAT(refused({"import"}), Catch::Matchers::Contains("one directory"));
    CHECK_THAT(refused({"import", "a", "b"}), Catch::Matchers::Contains("got 2"));
    CHECK(parsed<CompressOptions>({"compress"}).files.empty());
    CHECK(parsed<CompressOptions>({"compress", "a.csv", "b.csv"}).files.size() == 2);
    CHECK(parsed<WhyOptions>({"why", "--plant", "lib", "--at", "2025-10-01T12:00"}).at == "2025-10-01T12:00");
    CHECK(parsed<WhyOptions>({"why", "--at", "x", "--format", "json"}).json);
    CHECK(refused({"why"}) == "hil_scheduler why: --at: must be given, as 2025-10-01T12:00:00");
    CHECK_THAT(refused({"why", "--when", "x"}), Catch::Matchers::Contains("--when"));
    for (const auto* name : {"export", "import", "compress", "why"})
        CHECK_THAT(parsed<HelpRequest>({name, "--help"}).text,
                   Catch::Matchers::Contains(std::string("Usage: hil_scheduler ") + name));
}
