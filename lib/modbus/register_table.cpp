#include "modbus/register_table.hpp"

#include <algorithm>

namespace hil::modbus {

RegisterTable::RegisterTable(std::initializer_list<std::uint16_t> words) : RegisterTable(words.size()) {
    write(0, std::span(words.begin(), words.size()));
}

void RegisterTable::resize(std::size_t size) {
    pages_.resize((size + page_words - 1) / page_words);
    // A page that is cut and grows again is zero there.
    if (const auto used = size % page_words; size < size_ && used > 0 && !pages_.back().empty())
        std::fill(pages_.back().begin() + static_cast<std::ptrdiff_t>(used), pages_.back().end(), 0);
    size_ = size;
}

void RegisterTable::read(std::size_t address, std::span<std::uint16_t> out) const {
    while (!out.empty()) {
        const auto& page = pages_[address / page_words];
        const auto at = address % page_words;
        const auto count = std::min(out.size(), page_words - at);
        if (page.empty()) {
            std::fill_n(out.begin(), count, std::uint16_t{0});
        } else {
            std::copy_n(page.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
        }
        address += count;
        out = out.subspan(count);
    }
}

void RegisterTable::write(std::size_t address, std::span<const std::uint16_t> words) {
    while (!words.empty()) {
        const auto at = address % page_words;
        const auto count = std::min(words.size(), page_words - at);
        std::copy_n(words.begin(), count,
                    page(address / page_words).begin() + static_cast<std::ptrdiff_t>(at));
        address += count;
        words = words.subspan(count);
    }
}

bool RegisterTable::operator==(const RegisterTable& other) const {
    static const Page zero(page_words);
    const auto filled = [](const Page& page) -> const Page& { return page.empty() ? zero : page; };
    return size_ == other.size_ &&
           std::ranges::equal(pages_, other.pages_,
                              [&](const Page& a, const Page& b) { return filled(a) == filled(b); });
}

}  // namespace hil::modbus
