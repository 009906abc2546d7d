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
// In kWh.
constexpr std::array energies{Word{"mwh", 1000},           Word{"kwh", 1},
                              Word{"wh", 0.001},           Word{"gwh", 1e6},
                              Word{"kilowatt-hour", 1},    Word{"kilowatthour", 1},
                              Word{"kilowatt hour", 1},    Word{"kilowattstunde", 1},
                              Word{"megawatt-hour", 1000}, Word{"megawatthour", 1000},
                              Word{"megawatt hour", 1000}, Word{"megawattstunde", 1000}};
constexpr double kwh_of_mwh = 1000;
// Names of what a price may be in; the hundredth parts have their factor.
constexpr std::array currencies{
    Word{"eur", 1},         Word{"euro", 1},        Word{"euros", 1},        Word{"€", 1},
    Word{"cent", 0.01},     Word{"cents", 0.01},    Word{"ct", 0.01},        Word{"cts", 0.01},
    Word{"c€", 0.01},       Word{"€c", 0.01},       Word{"€ct", 0.01},       Word{"€cent", 0.01},
    Word{"ct€", 0.01},      Word{"cent€", 0.01},    Word{"eurct", 0.01},     Word{"eurcent", 0.01},
    Word{"euroct", 0.01},   Word{"eurocent", 0.01}, Word{"eurocents", 0.01}, Word{"céntimos", 0.01},
    Word{"centimos", 0.01}, Word{"centimes", 0.01}, Word{"centesimi", 0.01}, Word{"gbp", 1},
    Word{"£", 1},           Word{"p", 0.01},        Word{"pence", 0.01},     Word{"sek", 1},
    Word{"nok", 1},         Word{"dkk", 1},         Word{"öre", 0.01},       Word{"øre", 0.01},
    Word{"Öre", 0.01},      Word{"Øre", 0.01},      Word{"chf", 1},          Word{"rp", 0.01},
    Word{"rappen", 0.01},   Word{"pln", 1},         Word{"zł", 1},           Word{"gr", 0.01},
    Word{"grosz", 0.01},    Word{"groszy", 0.01},   Word{"czk", 1},          Word{"kč", 1},
    Word{"huf", 1},         Word{"ft", 1},          Word{"ron", 1},          Word{"lei", 1},
    Word{"usd", 1},         Word{"$", 1},           Word{"¢", 0.01},         Word{"uah", 1},
    Word{"bgn", 1},         Word{"rsd", 1},         Word{"try", 1},          Word{"aud", 1},
    Word{"cad", 1},         Word{"nzd", 1},         Word{"jpy", 1},          Word{"¥", 1},
    Word{"yen", 1},         Word{"cny", 1},         Word{"inr", 1},          Word{"brl", 1},
    Word{"zar", 1},         Word{"krw", 1}};
// Of hundredth parts that stand in front of their currency: "cent €/kWh".
constexpr std::array<std::string_view, 6> hundredths{"cent", "cents", "ct", "cts", "c", "¢"};
constexpr std::array<std::string_view, 6> pers{"per", "pro", "por", "par", "je", "al"};
// Names of money that are nothing else, in front of what nobody knows as energy.
constexpr std::array<std::string_view, 17> sure_money{"eur", "euro", "euros", "€",   "cent", "cents",
                                                      "ct",  "gbp",  "£",     "usd", "$",    "sek",
                                                      "nok", "dkk",  "chf",   "pln", "czk"};
constexpr std::array powers{
    Word{"w", 0.001},     Word{"kw", 1},        Word{"mw", 1000},        Word{"gw", 1'000'000},
    Word{"watt", 0.001},  Word{"kilowatt", 1},  Word{"megawatt", 1000},  Word{"gigawatt", 1'000'000},
    Word{"watts", 0.001}, Word{"kilowatts", 1}, Word{"megawatts", 1000}, Word{"wh/h", 0.001},
    Word{"kwh/h", 1},     Word{"mwh/h", 1000},  Word{"gwh/h", 1'000'000}};
// Of other quantities: by themselves, in brackets or at the end of a label; the others in brackets only.
constexpr std::array<std::string_view, 9> others{"%",   "percent", "pct", "kvar", "mvar",
                                                 "kva", "mva",     "mj",  "gj"};
constexpr std::array<std::string_view, 8> others_in_brackets{"a", "v", "kv", "va", "var", "j", "°c", "hz"};

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

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view name) {
    return std::ranges::find(words, name) != words.end();
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

// What stands before an energy: "eur/mwh", "eur per mwh", "eur_per_mwh", "eur_mwh", or no money at all.
struct Money {
    std::size_t begin = 0;
    std::string_view word;
    const Word* currency = nullptr;
    bool divided = false;  // by a slash or "per"
};

Money money_before(std::string_view small, std::size_t at) {
    Money out;
    const auto separated = [&small, &out](std::size_t end) {
        // "Ct./kWh" is abbreviated.
        while (end > 0 && (small[end - 1] == '/' || small[end - 1] == '_' || small[end - 1] == ' ' ||
                           small[end - 1] == '.')) {
            out.divided = out.divided || small[end - 1] == '/';
            --end;
        }
        return end;
    };
    auto end = separated(at);
    if (end == at) return out;
    std::tie(out.begin, out.word) = word_before(small, end);
    if (is_one_of(pers, out.word)) {
        out.divided = true;
        end = separated(out.begin);
        std::tie(out.begin, out.word) = word_before(small, end);
    }
    out.currency = find(currencies, out.word);
    return out;
}

// The factor of a price, a hundredth in front of its currency counted in.
double factor_of(std::string_view small, Money& money, double kwh) {
    double factor = money.currency->factor;
    if (factor == 1 && money.begin > 1 && (small[money.begin - 1] == ' ' || small[money.begin - 1] == '-')) {
        const auto [begin, word] = word_before(small, money.begin - 1);
        if (is_one_of(hundredths, word)) {
            factor = 0.01;
            money.begin = begin;
        }
    }
    return factor * kwh_of_mwh / kwh;
}

// Behind the plural, too; npos where the word goes on.
std::size_t end_of_energy(std::string_view small, std::size_t end) {
    for (const std::string_view plural : {"", "s", "n"}) {
        if (small.substr(end).starts_with(plural) && word_end(small, end) == end + plural.size())
            return end + plural.size();
    }
    return std::string_view::npos;
}

struct EnergyUnits {
    std::optional<NamedUnit> price, unknown_price, energy;
};

EnergyUnits energy_units(std::string_view label, std::string_view small) {
    EnergyUnits out;
    for (const auto& energy : energies) {
        for (auto at = small.find(energy.name); at != std::string_view::npos;
             at = small.find(energy.name, at + 1)) {
            const auto end = end_of_energy(small, at + energy.name.size());
            if (end == std::string_view::npos || (at > 0 && part_of_word(small[at - 1]))) continue;
            auto money = money_before(small, at);
            const auto text = [&](std::size_t begin) {
                return std::string(label.substr(begin, end - begin));
            };
            if (money.currency) {
                const double factor = factor_of(small, money, energy.factor);
                if (!out.price) out.price = NamedUnit{text(money.begin), factor, Quantity::price};
            } else if (money.divided && !money.word.empty()) {
                if (!out.unknown_price)
                    out.unknown_price = NamedUnit{text(money.begin), 1, Quantity::price, false};
            } else if (!out.energy && !small.substr(end).starts_with("/h")) {  // MWh/h is a power
                out.energy = NamedUnit{text(at), energy.factor, Quantity::energy};
            }
        }
    }
    return out;
}

// "price/MWh" and "THB/MWh" are money per MWh whatever it is; "percents/MWh" may be hundredths.
bool may_be_hundredths(std::string_view small_text) {
    return !small_text.ends_with("mwh") || small_text.find("cent") != std::string_view::npos;
}

// Where the name of a unit begins that is all of the label, stands in brackets or ends it behind a blank.
std::optional<std::size_t> place_of_unit(std::string_view small, std::string_view name,
                                         bool only_in_brackets) {
    for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'(', ')'}}) {
        const auto at = small.find(open + std::string(name) + close);
        if (at != std::string_view::npos) return at + 1;
    }
    if (only_in_brackets) return std::nullopt;
    if (small == name) return 0;
    if (small.size() <= name.size() + 1 || !small.ends_with(name)) return std::nullopt;
    const auto begin = small.size() - name.size();
    const bool apart = small[begin - 1] == '_' || small[begin - 1] == ' ';
    return apart ? std::optional(begin) : std::nullopt;
}

// "[MW]", "(kW)", "_kw" at the end, or nothing else
std::optional<NamedUnit> power_unit(std::string_view label, std::string_view small) {
    for (const auto& power : powers) {
        if (const auto at = place_of_unit(small, power.name, false))
            return NamedUnit{std::string(label.substr(*at, power.name.size())), power.factor,
                             Quantity::power};
    }
    return std::nullopt;
}

std::optional<NamedUnit> other_unit(std::string_view label, std::string_view small) {
    const auto named = [&](std::string_view name, bool only_in_brackets) -> std::optional<NamedUnit> {
        const auto at = place_of_unit(small, name, only_in_brackets);
        if (!at) return std::nullopt;
        return NamedUnit{std::string(label.substr(*at, name.size())), 1, Quantity::other, false};
    };
    for (const auto name : others) {
        if (auto unit = named(name, false)) return unit;
    }
    for (const auto name : others_in_brackets) {
        if (auto unit = named(name, true)) return unit;
    }
    return std::nullopt;
}

// Money for something that is no energy by any name known here: "EUR/100kWh", "cents per therm", "€/MW".
std::optional<NamedUnit> money_for_else(std::string_view label, std::string_view small) {
    for (std::size_t at = 0; at < small.size();) {
        if (!part_of_word(small[at])) {
            ++at;
            continue;
        }
        const auto end = word_end(small, at);
        auto next = std::min(small.find_first_not_of(' ', end), small.size());
        bool per = next < small.size() && small[next] == '/';
        if (per) {
            next = std::min(small.find_first_not_of(' ', next + 1), small.size());
        } else if (is_one_of(pers, small.substr(next, word_end(small, next) - next))) {
            per = true;
            next = std::min(small.find_first_not_of(' ', word_end(small, next)), small.size());
        }
        const auto last = word_end(small, next);
        // "EUR/MWhe" and "€/MWh¹" are per MWh, too.
        if (per && last > next && !small.substr(next).starts_with("mwh") &&
            is_one_of(sure_money, small.substr(at, end - at)))
            return NamedUnit{std::string(label.substr(at, last - at)), 1, Quantity::price, false};
        at = end;
    }
    return std::nullopt;
}

}  // namespace

std::optional<NamedUnit> unit_in(std::string_view label) {
    const auto small = lower(label);
    auto found = energy_units(label, small);
    if (found.price) return std::move(found.price);
    if (found.unknown_price) {
        if (may_be_hundredths(lower(found.unknown_price->text))) return std::move(found.unknown_price);
        return std::nullopt;
    }
    if (auto money = money_for_else(label, small)) return money;
    if (auto power = power_unit(label, small)) return power;
    if (found.energy) return std::move(found.energy);
    return other_unit(label, small);
}

std::optional<NamedUnit> money_in(std::string_view label) {
    const auto small = lower(label);
    for (const auto& money : currencies) {
        const bool only_in_brackets = !is_one_of(sure_money, money.name);
        if (const auto at = place_of_unit(small, money.name, only_in_brackets))
            return NamedUnit{std::string(label.substr(*at, money.name.size())), money.factor, Quantity::price,
                             money.factor == 1};
    }
    return std::nullopt;
}

}  // namespace hil::planfile
