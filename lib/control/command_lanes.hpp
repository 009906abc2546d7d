// Which of the waiting commands may run now: the order of lanes, decided without running anything.
//
// Every plant is a lane, and so are market, posting and schedule. A command runs when its lane is free and
// nothing asked for earlier waits for that lane. One of the whole site needs all plants' lanes at once; from
// the moment it waits, later commands of plants wait behind it, so that it cannot be passed for ever.
#pragma once

#include "control/command_engine.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hil::control {

class CommandLanes {
  public:
    struct Place {
        Lane lane = Lane::plant;
        std::size_t plant = 0;  // of Lane::plant
    };

    explicit CommandLanes(std::size_t plants) : plants_busy_(plants, false) {}

    // Takes a place at the end of the line. Not for Lane::immediate, which waits for nothing.
    void wait(std::uint64_t number, Place place) { waiting_.push_back({number, place}); }
    // Whether a command that came now would run at once.
    [[nodiscard]] bool free_for(Place place) const;
    // The first in line that may run; it leaves the line and holds its lane until release().
    std::optional<std::uint64_t> next();
    void release(Place place) { hold(place, false); }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    // Empties the line: its numbers, first come first.
    std::vector<std::uint64_t> drop_waiting();

  private:
    struct Waiting {
        std::uint64_t number;
        Place place;
    };
    // The lanes as somebody further down the line sees them.
    struct View {
        std::vector<bool> plants;
        bool any_plant = false, all_plants = false, market = false, posting = false, schedule = false;
    };
    [[nodiscard]] View view() const;
    [[nodiscard]] static bool open(const View& view, Place place);
    static void close(View& view, Place place);
    void hold(Place place, bool busy);

    std::vector<bool> plants_busy_;
    std::size_t plants_running_ = 0;
    bool site_busy_ = false, market_busy_ = false, posting_busy_ = false, schedule_busy_ = false;
    std::deque<Waiting> waiting_;
};

}  // namespace hil::control
