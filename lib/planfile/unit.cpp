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
constexpr std::array energies{Word{"mwh", 1000}, Word{"kwh", 1}, Word{"wh", 0.001}, Word{"gwh", 1e6}};
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
        while (end > 0 && (small[end - 1] == '/' || small[end - 1] == '_' || small[end - 1] == ' ')) {
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

struct EnergyUnits {
    std::optional<NamedUnit> price, unknown_price, energy;
};

EnergyUnits energy_units(std::string_view label, std::string_view small) {
    EnergyUnits out;
    for (const auto& energy : energies) {
        for (auto at = small.find(energy.name); at != std::string_view::npos;
             at = small.find(energy.name, at + 1)) {
            const auto end = at + energy.name.size();
            if (word_end(small, at) != end || (at > 0 && part_of_word(small[at - 1]))) continue;
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
            } else if (!out.energy) {
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

// "[MW]", "(kW)", "_kw" at the end, or nothing else
std::optional<NamedUnit> power_unit(std::string_view label, std::string_view small) {
    for (const auto& power : powers) {
        if (small == power.name) return NamedUnit{std::string(label), power.factor, Quantity::power};
        for (const auto& [open, close] : {std::pair{'[', ']'}, std::pair{'(', ')'}}) {
            const auto at = small.find(open + std::string(power.name) + close);
            if (at != std::string_view::npos)
                return NamedUnit{std::string(label.substr(at + 1, power.name.size())), power.factor,
                                 Quantity::power};
        }
        if (small.size() > power.name.size() + 1 && small.ends_with(power.name)) {
            const char before = small[small.size() - power.name.size() - 1];
            if (before == '_' || before == ' ')
                return NamedUnit{std::string(label.substr(label.size() - power.name.size())), power.factor,
                                 Quantity::power};
        }
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
    if (auto power = power_unit(label, small)) return power;
    return std::move(found.energy);
}

}  // namespace hil::planfile
