// A linear programme with few rows and many bounded columns:
//
//   least  sum cost_j y_j   with   lower_i <= base_i + sum a_ij y_j <= upper_i,   0 <= y_j <= most_j
//
// solved by the dual simplex with bound flipping (Koberstein, "The dual simplex method", 2005, chapters 3 and
// 6) on a dense tableau: with every cost >= 0 the start y = 0 is dual feasible, and each step mends the row
// that is violated most at the least cost. Four rows and a dozen columns take less than a microsecond, which
// no general solver does. No I/O, no allocation after the first call of an object.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <vector>

namespace hil::site {

class FewRows {
  public:
    static constexpr std::size_t most_rows = 4;
    using Rows = std::array<double, most_rows>;

    // Begins a programme of so many rows. Precondition: at most most_rows; lower <= upper in each.
    void begin(std::size_t rows, const Rows& base, const Rows& lower, const Rows& upper);
    // Its number. Preconditions: cost >= 0, most >= 0; infinity is allowed for most.
    std::size_t add(double cost, double most, const Rows& coefficients);

    // True with the optimum in value() and activity(); false where no y keeps all rows (or, by rounding
    // alone, none was found in a bounded number of steps): what stands there then breaks some of them.
    bool solve();

    [[nodiscard]] double value(std::size_t column) const { return at_[rows_ + column]; }
    [[nodiscard]] double activity(std::size_t row) const { return at_[row]; }

  private:
    struct Candidate {
        std::size_t column = 0;
        double ratio = 0, pull = 0;
    };

    [[nodiscard]] bool violated(std::size_t& row, double& by) const;
    bool step(std::size_t row, double by);
    void shift(std::size_t column, double by);
    void pivot(std::size_t row, std::size_t column);

    // Variables: first the activities of the rows, then the columns.
    std::size_t rows_ = 0;
    std::vector<double> lower_, upper_, at_, cost_;
    std::vector<std::size_t> nonbasic_;           // variables, by column of the tableau
    std::array<std::size_t, most_rows> basic_{};  // variables, by row of it
    std::vector<Rows> tableau_;                   // by column
    std::vector<double> reduced_;                 // costs, by column
    std::vector<Candidate> candidates_;
};

}  // namespace hil::site
