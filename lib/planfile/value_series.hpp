// The series of a table: of which area, auction and column, and which of them is wanted.
#pragma once

#include "planfile/value_records.hpp"

#include <optional>
#include <string>

namespace hil::planfile {

struct ValueSeries {
    const TableColumn* column = nullptr;
    std::string area, auction_cell;  // as they stand in its rows
    std::string sequence{};          // "Sequence 1"; empty: there is none
    std::string price{};             // "Day-ahead", "Spain": of the column
    std::string alias{};             // "SDAC"

    // "Day-ahead, Sequence 1 (SDAC)"
    [[nodiscard]] std::string auction() const;
    // Tells it from the others of its file: area and auction, or the label of its column.
    [[nodiscard]] std::string name() const;
};

// The only one, the one that is preferred, or the one chosen; none and a problem otherwise.
std::optional<ValueSeries> choose_series(const ValueTable& table, const TableHead& head,
                                         const ValueChoice& choice, ProblemList& problems);

}  // namespace hil::planfile
