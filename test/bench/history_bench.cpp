// History at size: a year of one plant at 2 s, taken in, thinned and rolled up; and recordings imported.
// Writes JSON to standard output and a table to standard error.
//
//   history_bench [--days D] [--import-days D] [--directory DIR]     defaults 365, 20, a directory of its own
#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task_group.hpp"
#include "measure/csv_format.hpp"
#include "measure/history_import.hpp"
#include "measure/history_tables.hpp"

#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto local = config::TransportMode::local;

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A plant that follows steps of its plan with some noise, every sample kept: the worst case.
class Plant {
  public:
    std::vector<Row> rows(WallTime begin, int count) {
        std::vector<Row> out;
        out.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            if (random_.chance(0.002)) p_ = std::round(random_.uniform(-1000, 1000));
            if (random_.chance(0.002)) q_ = std::round(random_.uniform(-600, 600));
            soc_ = std::clamp(soc_ - p_ * 2 / 3600 / 500, 0.0, 1.0);
            const auto noisy = [&](double value) { return std::round((value + random_.normal()) * 10) / 10; };
            const double p = noisy(p_), q = noisy(q_);
            Row row{.at = begin + i * 2s, .values = {}, .null = false};
            row.values = {p_,
                          p,
                          q_,
                          q,
                          std::round(soc_ * 10000) / 10000,
                          noisy(p),
                          noisy(q),
                          std::round((20 + random_.normal() / 50) * 1000) / 1000};
            out.push_back(row);
        }
        return out;
    }

  private:
    Random random_{1};
    double p_ = 0, q_ = 0, soc_ = 0.5;
};

struct Figure {
    std::string name;
    double value;
    const char* unit;
};

class Bench {
  public:
    void add(std::string name, double value, const char* unit) {
        std::fprintf(stderr, "  %-58s %12.3f %s\n", name.c_str(), value, unit);
        figures_.push_back({std::move(name), value, unit});
    }
    // The median of several runs, in milliseconds, after one that fills the caches.
    template <class Work>
    void time(std::string name, Work work) {
        work();
        std::vector<double> times;
        for (int i = 0; i < 11; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            work();
            times.push_back(seconds_since(begin) * 1000);
        }
        std::sort(times.begin(), times.end());
        add(std::move(name), times[times.size() / 2], "ms");
    }
    void print() const {
        std::printf("[\n");
        for (const auto& figure : figures_) {
            std::printf("%s{\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"}",
                        &figure == figures_.data() ? " " : ",\n ", figure.name.c_str(), figure.value,
                        figure.unit);
        }
        std::printf("\n]\n");
    }

  private:
    std::vector<Figure> figures_;
};

constexpr int rows_a_day = 43200;
const WallTime begin_of_year = std::chrono::sys_days{std::chrono::year(2025) / 1 / 1};

void year(Bench& bench, const fs::path& directory, int days) {
    const auto file = directory / "year.sqlite";
    HistoryTables tables(std::make_shared<store::Database>(file, history_migrations()));
    Plant plant;
    double storing = 0;
    for (int day = 0; day < days; ++day) {
        const auto rows = plant.rows(begin_of_year + day * 24h, rows_a_day);
        const auto begin = std::chrono::steady_clock::now();
        tables.store("lib", local, rows);
        storing += seconds_since(begin);
    }
    const double count = static_cast<double>(days) * rows_a_day;
    bench.add("rows of one plant at 2 s", count, "rows");
    bench.add("stored", count / storing, "rows/s");
    bench.add("bytes a row in the database", static_cast<double>(fs::file_size(file)) / count, "bytes");

    HistoryTables reader(std::make_shared<store::Database>(file, store::Database::ReadOnly{}));
    const Range all{begin_of_year, begin_of_year + days * 24h};
    const WallTime noon = begin_of_year + (days / 2) * 24h + 12h;
    bench.time("all of it at 2000 points", [&] { (void)reader.rows("lib", local, all, 2000); });
    bench.time("all of it at 10000 points", [&] { (void)reader.rows("lib", local, all, 10000); });
    bench.time("30 days at 2000 points",
               [&] { (void)reader.rows("lib", local, {noon, noon + 30 * 24h}, 2000); });
    bench.time("a raw day at 2000 points",
               [&] { (void)reader.rows("lib", local, {noon, noon + 24h}, 2000); });
    bench.time("a raw day, every row", [&] { (void)reader.rows("lib", local, {noon, noon + 24h}, {}); });
    bench.time("all of it by quarters",
               [&] { (void)reader.buckets("lib", local, all, Resolution::quarter); });
    bench.time("a day by minutes",
               [&] { (void)reader.buckets("lib", local, {noon, noon + 24h}, Resolution::minute); });
    bench.time("availability of all of it", [&] { (void)reader.availability("lib", local, all, 10min); });
    bench.add("points of all of it", static_cast<double>(reader.rows("lib", local, all, 2000).rows.size()),
              "rows");
}

void import(Bench& bench, const fs::path& directory, int days) {
    const auto zone = Zone::find("Europe/Madrid").value();
    const ColumnFormat format{.decimals = {1, 1, 1, 1, 4, 1, 1, 3},
                              .count = {0.1, 0.1, 0.1, 0.1, 0.0001, 0.1, 0.1, 0.001}};
    const auto recordings = directory / "recordings";
    fs::create_directories(recordings);
    Plant plant;
    double bytes = 0;
    for (int day = 0; day < days; ++day) {
        std::string text(csv_header());
        for (const auto& row : plant.rows(begin_of_year + day * 24h, rows_a_day))
            append_row(text, row, format, zone);
        bytes += static_cast<double>(text.size());
        const auto date = zone.date(begin_of_year + day * 24h);
        std::ofstream(recordings / file_name({.date = date, .plant = "lib", .transport = local})) << text;
    }
    asio::io_context context(1);
    RealClock clock(context);
    const auto reading = make_pool(clock, 2), writing = make_pool(clock, 1);
    auto tables = std::make_shared<HistoryTables>(
        std::make_shared<store::Database>(directory / "import.sqlite", history_migrations()));
    HistoryImport import(clock, *reading, make_disk_store(), *writing, tables, zone, {});
    ImportReport report;
    TaskGroup tasks(clock);
    const auto begin = std::chrono::steady_clock::now();
    tasks.spawn("import", [&]() -> awaitable<void> {
        report = co_await import.run(recordings);
        clock.stop();
    });
    clock.run();
    const double taken = seconds_since(begin);
    const double count = static_cast<double>(days) * rows_a_day;
    if (report.new_rows != static_cast<std::uint64_t>(days) * rows_a_day || !report.problems.empty()) {
        std::fprintf(stderr, "the import did not take all rows\n");
        std::exit(1);
    }
    bench.add("import of recordings", count / taken, "rows/s");
    bench.add("import of recordings", bytes / taken / 1e6, "MB/s");
}

}  // namespace

int main(int argc, char* argv[]) {
    int days = 365, import_days = 20;
    fs::path directory;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) == "--days") days = std::atoi(argv[i + 1]);
        if (std::string_view(argv[i]) == "--import-days") import_days = std::atoi(argv[i + 1]);
        if (std::string_view(argv[i]) == "--directory") directory = argv[i + 1];
    }
    const bool own = directory.empty();
    if (own) {
        std::string pattern = (fs::temp_directory_path() / "hil-history-bench-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) return 1;
        directory = pattern;
    }
    Bench bench;
    if (days > 0) year(bench, directory, days);
    if (import_days > 0) import(bench, directory, import_days);
    bench.print();
    if (own) fs::remove_all(directory);
    return 0;
}
