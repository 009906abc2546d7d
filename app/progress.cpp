#include "app/progress.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>

#include <algorithm>
#include <cmath>

namespace hil::app {
namespace {

std::string shown_number(std::optional<double> value, int decimals, int width) {
    return value ? fmt::format("{:>{}.{}f}", *value, width, decimals) : fmt::format("{:>{}}", "-", width);
}

std::string percent(std::optional<double> pu) {
    return pu ? fmt::format("{:>5.1f} %", *pu * 100) : "    - %";
}

std::string bar(double fraction, std::size_t width) {
    const auto filled =
        static_cast<std::size_t>(std::lround(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(width)));
    return fmt::format("[{}{}]", std::string(filled, '#'), std::string(width - filled, '.'));
}

std::string age(std::optional<double> seconds) {
    if (!seconds) return "no sample yet";
    return fmt::format("last sample {:.1f} s ago", *seconds);
}

// A running plant follows its plan unless the line says otherwise.
std::string marks(const PlantView& plant) {
    std::string text;
    if (plant.state == "running" && !plant.dispatching) text += "  paused";
    if (plant.recording) text += "  recording";
    return text;
}

std::size_t terminal_width(std::FILE* out) {
    winsize size{};
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
    return 80;
}

}  // namespace

std::vector<std::string> render(const RunView& view, std::size_t width) {
    std::vector<std::string> lines;
    std::string head = view.time;
    if (view.paused)
        head += "  clock paused";
    else if (view.speed != 1.0)
        head += fmt::format("  x{:g}", view.speed);
    if (view.fraction) head += fmt::format("  {} {:3.0f} %", bar(*view.fraction, 30), *view.fraction * 100);
    lines.push_back(std::move(head));
    std::size_t name_width = 4;
    for (const auto& plant : view.plants)
        name_width = std::max(name_width, plant.name.size());
    for (const auto& plant : view.plants) {
        lines.push_back(fmt::format("{:<{}}  {:<8}  P {} -> {} kW  Q {} kvar  SoC {}{}", plant.name,
                                    name_width, plant.state, shown_number(plant.p_setpoint_kw, 1, 7),
                                    shown_number(plant.p_kw, 1, 7), shown_number(plant.q_kvar, 1, 6),
                                    percent(plant.soc_pu), marks(plant)));
        // A line of its own: what is wrong must not be what a narrow terminal cuts off.
        if (!plant.problem.empty()) {
            lines.push_back(fmt::format("{:<{}}  ! {}, {}", "", name_width, plant.problem, age(plant.age_s)));
        } else if (plant.age_s && *plant.age_s > 10) {
            lines.push_back(fmt::format("{:<{}}  ! {}", "", name_width, age(plant.age_s)));
        }
    }
    for (auto& line : lines) {
        if (line.size() > width) line.resize(width);
    }
    return lines;
}

std::string render_line(const RunView& view) {
    std::string line = view.time;
    if (view.fraction) line += fmt::format("  {:.0f} %", *view.fraction * 100);
    for (const auto& plant : view.plants) {
        line += fmt::format("  | {} {} P {} kW SoC {}", plant.name, plant.state,
                            plant.p_kw ? fmt::format("{:.1f}", *plant.p_kw) : "-",
                            plant.soc_pu ? fmt::format("{:.1f} %", *plant.soc_pu * 100) : "-");
        if (!plant.problem.empty()) line += fmt::format(" ({})", plant.problem);
    }
    return line;
}

std::string terminal_line(const observe::LogLine& line, const Zone& zone) {
    return fmt::format("{} {} {}{}{}: {}", zone.format(std::chrono::floor<std::chrono::seconds>(line.time)),
                       observe::to_string(line.level), observe::to_string(line.channel),
                       line.plant.empty() ? "" : " ", line.plant, line.message);
}

Progress::Progress(std::FILE* out, bool tty) : out_(out), tty_(tty) {}

Progress::~Progress() {
    finish();
}

void Progress::erase_block() {
    if (drawn_ == 0) return;
    fmt::print(out_, "\x1b[{}A\r\x1b[J", drawn_);
    drawn_ = 0;
}

void Progress::draw_block() {
    for (const auto& line : block_)
        fmt::print(out_, "{}\n", line);
    drawn_ = block_.size();
    std::fflush(out_);
}

void Progress::show(const RunView& view) {
    if (!tty_) {
        fmt::print(out_, "{}\n", render_line(view));
        std::fflush(out_);
        return;
    }
    auto lines = render(view, terminal_width(out_) - 1);
    // What somebody types below the block stays there while nothing changes.
    if (drawn_ > 0 && lines == block_) return;
    erase_block();
    block_ = std::move(lines);
    draw_block();
}

void Progress::say(std::string_view line) {
    if (tty_) erase_block();
    fmt::print(out_, "{}\n", line);
    if (tty_) draw_block();
    std::fflush(out_);
}

void Progress::typed_line() {
    if (tty_ && drawn_ > 0) ++drawn_;
}

void Progress::finish() {
    drawn_ = 0;
    block_.clear();
    std::fflush(out_);
}

}  // namespace hil::app
