#include "battery/identify/least_squares.hpp"

#include <cmath>

namespace hil::battery {

std::optional<std::vector<double>> LeastSquares::solve() {
    factor_ = matrix_;
    for (std::size_t j = 0; j < n_; ++j) {
        double* row_j = &factor_[j * n_];
        for (std::size_t k = 0; k < j; ++k)
            row_j[j] -= row_j[k] * row_j[k];
        if (!(row_j[j] > 1e-14 * matrix_[j * n_ + j])) return std::nullopt;
        row_j[j] = std::sqrt(row_j[j]);
        for (std::size_t i = j + 1; i < n_; ++i) {
            double* row_i = &factor_[i * n_];
            for (std::size_t k = 0; k < j; ++k)
                row_i[j] -= row_i[k] * row_j[k];
            row_i[j] /= row_j[j];
        }
    }
    auto x = right_;
    residual_ = square_;
    for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t k = 0; k < i; ++k)
            x[i] -= factor_[i * n_ + k] * x[k];
        x[i] /= factor_[i * n_ + i];
        residual_ -= x[i] * x[i];
    }
    for (std::size_t i = n_; i-- > 0;) {
        for (std::size_t k = i + 1; k < n_; ++k)
            x[i] -= factor_[k * n_ + i] * x[k];
        x[i] /= factor_[i * n_ + i];
    }
    return x;
}

std::vector<double> LeastSquares::column_of_inverse(std::size_t j) const {
    std::vector<double> x(n_, 0.0);
    x[j] = 1;
    for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t k = 0; k < i; ++k)
            x[i] -= factor_[i * n_ + k] * x[k];
        x[i] /= factor_[i * n_ + i];
    }
    for (std::size_t i = n_; i-- > 0;) {
        for (std::size_t k = i + 1; k < n_; ++k)
            x[i] -= factor_[k * n_ + i] * x[k];
        x[i] /= factor_[i * n_ + i];
    }
    return x;
}

double LeastSquares::inverse(std::size_t i, std::size_t j) const {
    return column_of_inverse(j)[i];
}

}  // namespace hil::battery
