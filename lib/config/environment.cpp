#include "config/environment.hpp"

#include "config/describe.hpp"
#include "config/nearest.hpp"

#include <algorithm>

#include <unistd.h>

namespace hil::config {

namespace {

constexpr std::string_view prefix = "HIL_";

}  // namespace

std::string Overrides::fold(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '-') continue;
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

std::string Overrides::join(std::string_view path, std::string_view key) {
    return path.empty() ? fold(key) : std::string(path) + "__" + fold(key);
}

Overrides::Overrides(const Environment& environment) {
    for (const auto& [variable, value] : environment) {
        const auto folded = fold(variable);
        if (folded.starts_with(prefix))
            entries_.insert_or_assign(folded.substr(prefix.size()), Entry{variable, value});
    }
}

std::optional<Overrides::Found> Overrides::take(const std::string& path) {
    if (entries_.empty()) return std::nullopt;  // nobody will ask what was meant
    known_.push_back(path);
    const auto found = entries_.find(path);
    if (found == entries_.end()) return std::nullopt;
    const bool before = std::exchange(found->second.taken, true);
    return Found{found->second.variable, found->second.value, before};
}

void Overrides::unknown(
    const std::function<void(const std::string& variable, const std::string& meant)>& notify) const {
    for (const auto& [folded, entry] : entries_) {
        const auto full = std::string(prefix) + folded;
        const bool other =
            std::find(other_variables.begin(), other_variables.end(), full) != other_variables.end();
        if (entry.taken || other) continue;
        const auto meant = nearest(folded, known_);
        notify(entry.variable, meant.empty() ? std::string() : std::string(prefix) + meant);
    }
}

Environment process_environment() {
    Environment out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        if (Overrides::fold(text.substr(0, equals)).starts_with(prefix))
            out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return out;
}

}  // namespace hil::config
