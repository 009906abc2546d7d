// One allocation while it is made: what is asked, what the limits leave of it, what is told of it. For
// allocation.cpp alone.
#pragma once

#include "site/allocation.hpp"

#include <array>
#include <limits>
#include <optional>
#include <vector>

namespace hil::site {

class Making {
  public:
    Making(const Input& input, const Limits& limits, FewRows& programme);
    Allocation run();

  private:
    static constexpr double infinite = std::numeric_limits<double>::infinity();
    static constexpr double nothing = 1e-7;  // kW: less than this is rounding

    // What a kW costs, so that no amount of one tier is worth a trace of the next.
    enum Tier : std::size_t { less, reversed, charging, curtailing, tiers };
    static constexpr double factor = 64;
    static constexpr std::array<double, tiers> tier_cost{1, factor, factor* factor, factor* factor* factor};
    static constexpr double export_cost = tier_cost[curtailing] * factor, import_cost = export_cost * factor,
                            phase_cost = import_cost * factor;

    // A row of the programme: a phase of the connection that has a fuse, or the POI.
    struct Row {
        Rule rule = Rule::none;
        std::size_t phase = phase_count;  // phase_count: the POI
        double lower = -infinite, upper = infinite;

        [[nodiscard]] double share(Phases phases) const {
            return phase == phase_count ? 1.0 : phases.share(phase);
        }
        [[nodiscard]] Rule broken_by(bool importing) const {
            if (phase != phase_count) return rule;
            return importing ? Rule::import_limit : Rule::export_limit;
        }
    };

    // The same site, in which one station asks for its minimum.
    Making(const Making& of, std::vector<Device> devices, std::size_t asking);

    // What is asked.
    void place_loads(const Input& input);
    void make_rows();
    void pause(std::size_t i, Rule why);
    void ask();  // what the devices would do if the site had no limits
    void ask_station(std::size_t i);
    void ask_followers();
    [[nodiscard]] bool follows(std::size_t i) const;

    // What the limits leave of it.
    [[nodiscard]] double flow(const Row& row) const;
    // By how much a device may go up or down within a tier, from where it stands.
    [[nodiscard]] double room(std::size_t i, Tier tier, bool up) const;
    void settle();  // asks, and changes what is asked by the least that keeps the rows
    [[nodiscard]] FewRows::Rows coefficients(std::uint8_t bits, double sign) const;
    std::size_t add_elastic();
    [[nodiscard]] std::optional<std::size_t> to_be_paused() const;
    [[nodiscard]] double whole(const Device& device, double kw) const;
    void round_down();

    // What is told.
    void look_for_room();
    [[nodiscard]] bool fits(std::size_t i);
    void tell();
    [[nodiscard]] Rule bound_by(std::size_t i) const;

    Limits limits_;
    FewRows& programme_;
    std::vector<Device> devices_;
    PhaseValues load_kw_{}, kvar_{};
    std::array<Row, FewRows::most_rows> rows_{};
    std::size_t row_count_ = 0;
    bool asked_once_ = false;
    std::array<double, FewRows::most_rows> asked_{}, short_{}, excess_{};
    std::vector<bool> fixed_, paused_, rounded_;
    Allocation out_;
};

}  // namespace hil::site
