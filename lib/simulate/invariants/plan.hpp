// What the plans of a simulated site say, remembered by who judges the dispatch: kept and looked up here once
// more, so that a mistake of the plan store or the arbiter is seen. Values past limits included.
#pragma once

#include "base/time.hpp"
#include "simulate/invariants/base.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace hil::simulate {

class PlanMemory {
  public:
    struct Row {
        WallTime at;
        double value = 0;
        bool silent = false;  // nothing is planned from here until the next row
    };

    // Until the first plan everything is 0. Beyond the limits a value is cut; not a number is 0.
    PlanMemory(double lowest, double highest) : lowest_(lowest), highest_(highest) {}

    // From `when` on this plan is in force: each row until the next one, the last until `end`. Rows are in
    // order.
    void replace(WallTime when, std::vector<Row> rows, WallTime end);

    // From `when` on the platform's plan decides where this one says nothing; null: 0 does, as before. It
    // outlives this. To be called in order of time.
    void set_base(WallTime when, const BaseMemory* base);

    // The only value that may be dispatched at this instant, where that is known without looking it up.
    [[nodiscard]] std::optional<double> standing(WallTime at) const {
        if (standing_ && at >= standing_->from && at < standing_->until) return standing_->value;
        return std::nullopt;
    }
    // One of the values that may be dispatched at this instant, for people.
    [[nodiscard]] double value(WallTime at) const;
    // Every value that may be dispatched at one instant, or was between two, both included.
    using Values = BaseMemory::Values;
    [[nodiscard]] Values values(WallTime at) const { return values(at, at); }
    [[nodiscard]] Values values(WallTime from, WallTime to) const;

  private:
    struct Plan {
        WallTime since;
        std::vector<Row> rows;
        WallTime end;
    };
    struct Base {
        WallTime since;
        const BaseMemory* memory = nullptr;
    };
    [[nodiscard]] const Plan* in_force(WallTime at) const;
    [[nodiscard]] const BaseMemory* base(WallTime at) const;
    [[nodiscard]] std::optional<double> look_up(const Plan& plan, WallTime at) const;
    [[nodiscard]] double cut(double value) const;
    void add(Values& out, WallTime at) const;

    // The row that was looked up last, as long as it is the newest plan's: it is asked for again and again.
    struct Standing {
        WallTime from, until;
        double value = 0;
    };

    double lowest_, highest_;
    std::vector<Plan> plans_;
    mutable std::optional<Standing> standing_;
    std::vector<Base> bases_;
};

}  // namespace hil::simulate
