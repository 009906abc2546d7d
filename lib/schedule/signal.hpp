// The two signals a plan gives for a plant, and the names under which series are known outside.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::schedule {

// Active power in kW and reactive power in kvar; positive is discharge or export.
enum class Signal : std::uint8_t { p, q };

inline constexpr std::array all_signals{Signal::p, Signal::q};

constexpr std::size_t index(Signal signal) {
    return static_cast<std::size_t>(signal);
}

// "p" or "q"
std::string_view to_string(Signal signal);
// "kW" or "kvar"
std::string_view unit(Signal signal);

// One series of one plant. Plant ids may contain `_` and `-`, so the signal is what follows the last `_`.
struct SeriesKey {
    std::string plant;
    Signal signal = Signal::p;

    friend bool operator==(const SeriesKey&, const SeriesKey&) = default;
};

// "lib_p"; none when the text does not end in `_p` or `_q` after at least one character.
std::string to_string(const SeriesKey& key);
std::optional<SeriesKey> parse_series_key(std::string_view text);

// The column of a wide plan: "lib_p_kw", "lib_q_kvar".
std::string column_name(const SeriesKey& key);
std::optional<SeriesKey> parse_column_name(std::string_view text);

}  // namespace hil::schedule
