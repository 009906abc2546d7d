// Least squares with few unknowns and sparse rows, by the normal equations.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace hil::battery {

class LeastSquares {
  public:
    explicit LeastSquares(std::size_t unknowns) : n_(unknowns), matrix_(n_ * n_), right_(n_) {}

    // sum of factor * unknown = value, at this weight. Indices may repeat.
    template <class Terms>
    void add(const Terms& terms, double value, double weight = 1) {
        for (const auto& [i, a] : terms) {
            const double scaled = weight * a;
            for (const auto& [j, b] : terms)
                matrix_[i * n_ + j] += scaled * b;
            right_[i] += scaled * value;
        }
        square_ += weight * value * value;
        ++rows_;
    }
    // None: the rows leave an unknown open.
    [[nodiscard]] std::optional<std::vector<double>> solve();
    // Of the last solution: what is left, weighted squares.
    [[nodiscard]] double residual() const { return residual_; }
    [[nodiscard]] std::size_t rows() const { return rows_; }
    // Of the inverse of the normal matrix: times the variance of a row it is the covariance. After solve().
    [[nodiscard]] double inverse(std::size_t i, std::size_t j) const;

  private:
    std::vector<double> column_of_inverse(std::size_t j) const;

    std::size_t n_;
    std::vector<double> matrix_, right_, factor_;
    double square_ = 0, residual_ = 0;
    std::size_t rows_ = 0;
};

}  // namespace hil::battery
