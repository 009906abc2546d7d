#include "planfile/unit.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace hil::planfile {

namespace {

struct Word {
    std::string_view name;
    double factor;
};
constexpr std::array energies{Word{"mwh", 1}, Word{"kwh", 1000}};
// Names of what a price may be in; the hundredth parts have their factor.
constexpr std::array currencies{
    Word{"eur", 1},    Word{"euro", 1},        Word{"€", 1},      Word{"cent", 0.01}, Word{"cents", 0.01},
    Word{"ct", 0.01},  Word{"c€", 0.01},       Word{"€ct", 0.01}, Word{"gbp", 1},     Word{"£", 1},
    Word{"sek", 1},    Word{"nok", 1},         Word{"dkk", 1},    Word{"chf", 1},     Word{"pln", 1},
    Word{"czk", 1},    Word{"huf", 1},         Word{"ron", 1},    Word{"usd", 1},     Word{"$", 1},
    Word{"öre", 0.01}, Word{"øre", 0.01},      Word{"p", 0.01},   Word{"uah", 1},     Word{"bgn", 1},
    Word{"rsd", 1},    Word{"eurocent", 0.01}, Word{"aud", 1}};
constexpr std::array powers{Word{"w", 0.001}, Word{"kw", 1}, Word{"mw", 1000}, Word{"gw", 1'000'000}};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

template <std::size_t N>
const Word* find(const std::array<Word, N>& words, std::string_view name) {
    const auto found = std::ranges::find(words, name, &Word::name);
    return found == words.end() ? nullptr : &*found;
}

bool part_of_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80 ||
           c == '$';
}

// The word that ends before `end`.
std::pair<std::size_t, std::string_view> word_before(std::string_view text, std::size_t end) {
    std::size_t begin = end;
    while (begin > 0 && part_of_word(text[begin - 1]))
        --begin;
    return {begin, text.substr(begin, end - begin)};
}

std::size_t word_end(std::string_view text, std::size_t begin) {
    while (begin < text.size() && part_of_word(text[begin]))
        ++begin;
    return begin;
}

// "eur/mwh", "eur per mwh", "eur_per_mwh", "eur_mwh"
std::optional<NamedUnit> price_unit(std::string_view label, std::string_view small) {
    for (const auto& energy : energies) {
        for (auto at = small.find(energy.name); at != std::string_view::npos;
             at = small.find(energy.name, at + 1)) {
            if (at == 0 || word_end(small, at) != at + energy.name.size()) continue;
            auto end = at;
            while (end > 0 && (small[end - 1] == '/' || small[end - 1] == '_' || small[end - 1] == ' '))
                --end;
            if (end == at) continue;
            auto [begin, word] = word_before(small, end);
            if (word == "per" && begin > 0) {
                const auto before = begin - 1;
                std::tie(begin, word) = word_before(small, before);
            }
            if (const auto* currency = find(currencies, word))
                return NamedUnit{std::string(label.substr(begin, at + energy.name.size() - begin)),
                                 currency->factor * energy.factor};
        }
    }
    return std::nullopt;
}

// "[MW]", "(kW)", or "_kw" at the end
std::optional<NamedUnit> power_unit(std::string_view label, std::string_view small) {
    for (const auto& power : powers) {
        for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'(', ')'}}) {
            const auto at = small.find(open + std::string(power.name) + close);
            if (at != std::string_view::npos)
                return NamedUnit{std::string(label.substr(at + 1, power.name.size())), power.factor};
        }
        if (small.size() > power.name.size() + 1 && small.ends_with(power.name)) {
            const char before = small[small.size() - power.name.size() - 1];
            if (before == '_' || before == ' ')
                return NamedUnit{std::string(label.substr(label.size() - power.name.size())), power.factor};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<NamedUnit> unit_in(std::string_view label) {
    const auto small = lower(label);
    if (auto price = price_unit(label, small)) return price;
    return power_unit(label, small);
}

}  // namespace hil::planfile
