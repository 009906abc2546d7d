// A table of values with their references, printed to standard error as it grows and to standard output as
// JSON.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace hil::bench {

// A reference is a value with a tolerance, or a band.
struct Row {
    std::string group, name;
    double low = 0, high = 0, ours = 0, tolerance = 0;
    bool judged = true;

    [[nodiscard]] double deviation() const {
        return ours < low ? ours - low : ours > high ? ours - high : low == high ? ours - low : 0;
    }
    [[nodiscard]] bool good() const { return !judged || std::abs(deviation()) <= tolerance; }
};

class Table {
  public:
    void group(std::string name) {
        group_ = std::move(name);
        std::fprintf(stderr, "\n%s\n", group_.c_str());
    }
    void value(const std::string& name, double reference, double ours, double tolerance) {
        add({group_, name, reference, reference, ours, tolerance});
    }
    void band(const std::string& name, double low, double high, double ours, double tolerance = 0) {
        add({group_, name, low, high, ours, tolerance});
    }
    void figure(const std::string& name, double ours) {
        std::fprintf(stderr, "  %-66s %23s %12.6g\n", name.c_str(), "", ours);
        rows_.push_back({group_, name, ours, ours, ours, 0, false});
    }
    [[nodiscard]] bool good() const { return std::ranges::all_of(rows_, &Row::good); }
    void print_json() const {
        std::printf("{\"rows\": [");
        for (const auto& row : rows_) {
            std::printf("%s\n {\"group\": \"%s\", \"name\": \"%s\", ", &row == rows_.data() ? "" : ",",
                        row.group.c_str(), row.name.c_str());
            if (row.judged)
                std::printf("\"reference\": [%.9g, %.9g], \"deviation\": %.3e, \"good\": %s, ", row.low,
                            row.high, row.deviation(), row.good() ? "true" : "false");
            std::printf("\"value\": %.9g}", row.ours);
        }
        std::printf("\n]}\n");
    }

  private:
    void add(Row row) {
        char reference[64];
        if (row.low == row.high) {
            std::snprintf(reference, sizeof reference, "%.7g", row.low);
        } else {
            std::snprintf(reference, sizeof reference, "%.6g .. %.6g", row.low, row.high);
        }
        std::fprintf(stderr, "  %-66s %23s %12.7g  %+.1e%s\n", row.name.c_str(), reference, row.ours,
                     row.deviation(), row.good() ? "" : "  OUTSIDE");
        rows_.push_back(std::move(row));
    }
    std::string group_;
    std::vector<Row> rows_;
};

}  // namespace hil::bench
