// One HTML page that needs nothing else: tables, and charts of lines with bands.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hil::app {

struct ChartLine {
    std::string label;
    std::vector<std::pair<double, double>> points;  // x increases
    std::vector<std::pair<double, double>> band;    // low and high at the same x; may be empty
};

struct Chart {
    std::string title, x_label, y_label;
    std::vector<ChartLine> lines;
};

class Page {
  public:
    explicit Page(std::string title);
    void heading(const std::string& text);
    void paragraph(const std::string& text);
    // The first row is the head.
    void table(const std::vector<std::vector<std::string>>& rows);
    void chart(const Chart& chart);
    [[nodiscard]] std::string html() const;

  private:
    std::string body_;
    std::string title_;
};

}  // namespace hil::app
