// What a person at the terminal sees of a run: on a TTY a block of lines kept up to date (a bar where the
// end is known, one line a plant), otherwise one line a minute.
#pragma once

#include "base/time.hpp"
#include "observe/log.hpp"

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::app {

struct PlantView {
    std::string name;
    std::string state;  // running, stopped, unknown …
    bool dispatching = false;
    bool recording = false;
    std::optional<double> p_setpoint_kw, p_kw, q_kvar, soc_pu;  // none: not known
    std::optional<double> age_s;                                // of the last sample; none: never sampled
    std::string problem;                                        // link error, empty when fine
};

struct RunView {
    std::string time;  // local site time, ISO 8601
    bool paused = false;
    double speed = 1;                // asked for
    std::optional<double> fraction;  // 0..1 of the run, where its end is known
    std::vector<PlantView> plants;
};

// The lines of a view, without any terminal control; `width` columns at most.
std::vector<std::string> render(const RunView& view, std::size_t width);
// All of it in one line, for a log or a pipe.
std::string render_line(const RunView& view);

// A line of the log as it is shown to somebody who watches: to the second, with its plant.
std::string terminal_line(const observe::LogLine& line, const Zone& zone);

class Progress {
  public:
    // `out` is a terminal when `tty`; then lines are redrawn in place.
    Progress(std::FILE* out, bool tty);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    // Shows the view: at once on a TTY, on a pipe as one line.
    void show(const RunView& view);
    // A line that stays, above the live block.
    void say(std::string_view line);
    // Somebody typed a line below the block: it goes with it.
    void typed_line();
    // Leaves the last view on the screen and goes on below it.
    void finish();
    [[nodiscard]] bool tty() const { return tty_; }

  private:
    void erase_block();
    void draw_block();

    std::FILE* out_;
    bool tty_;
    std::vector<std::string> block_;
    std::size_t drawn_ = 0;
};

}  // namespace hil::app
