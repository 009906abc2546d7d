#include "planfile/shown_unit.hpp"

#include "planfile/file_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace hil::planfile {

namespace {

bool same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string shown_otherwise(const ShownNumber& shown, std::string_view unit) {
    const auto words = trim_blanks(shown.words);
    const auto named = unit_in(words);
    const auto own = unit_in(unit);
    const double divided = std::pow(1000, shown.thousands);
    const bool same = !named || same_word(words, unit);
    if (same && shown.thousands == 0) return {};
    if (same) return fmt::format("its format shows it divided by {:g}", divided);
    // 500 kW shown as 0.5 MW are what they are.
    const bool comparable = own && own->known && named->known && own->quantity == named->quantity;
    if (comparable && std::abs(named->factor / divided / own->factor - 1) < 1e-9) return {};
    return "its format shows " + quote_value(words);
}

}  // namespace hil::planfile
