#include "schedule/signal.hpp"

namespace hil::schedule {

namespace {

std::optional<SeriesKey> strip(std::string_view text, std::string_view p_suffix, std::string_view q_suffix) {
    for (const Signal signal : all_signals) {
        const std::string_view suffix = signal == Signal::p ? p_suffix : q_suffix;
        if (text.size() > suffix.size() && text.ends_with(suffix)) {
            return SeriesKey{std::string(text.substr(0, text.size() - suffix.size())), signal};
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Signal signal) {
    return signal == Signal::p ? "p" : "q";
}

std::string_view unit(Signal signal) {
    return signal == Signal::p ? "kW" : "kvar";
}

std::string to_string(const SeriesKey& key) {
    return key.plant + (key.signal == Signal::p ? "_p" : "_q");
}

std::optional<SeriesKey> parse_series_key(std::string_view text) {
    return strip(text, "_p", "_q");
}

std::string column_name(const SeriesKey& key) {
    return key.plant + (key.signal == Signal::p ? "_p_kw" : "_q_kvar");
}

std::optional<SeriesKey> parse_column_name(std::string_view text) {
    return strip(text, "_p_kw", "_q_kvar");
}

}  // namespace hil::schedule
