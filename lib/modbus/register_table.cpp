#include "modbus/register_table.hpp"

#include <algorithm>

namespace hil::modbus {

RegisterTable::RegisterTable(std::initializer_list<std::uint16_t> words) : RegisterTable(words.size()) {
    write(0, std::span(words.begin(), words.size()));
}

RegisterTable& RegisterTable::operator=(const RegisterTable& other) {
    if (this == &other) return *this;
    pages_.clear();
    for (const auto& place : other.pages_)
        pages_.push_back({place.index, std::make_unique<Page>(*place.page)});
    size_ = other.size_;
    return *this;
}

const RegisterTable::Page* RegisterTable::look_for(std::size_t index) const {
    const auto found = std::ranges::lower_bound(pages_, index, {}, &Place::index);
    if (found == pages_.end() || found->index != index) return nullptr;
    last_ = static_cast<std::uint32_t>(found - pages_.begin());
    return found->page.get();
}

RegisterTable::Page& RegisterTable::make_page(std::size_t index) {
    auto found = std::ranges::lower_bound(pages_, index, {}, &Place::index);
    if (found == pages_.end() || found->index != index)
        found = pages_.insert(found, {index, std::make_unique<Page>()});
    last_ = static_cast<std::uint32_t>(found - pages_.begin());
    return *found->page;
}

void RegisterTable::resize(std::size_t size) {
    if (size < size_) {
        std::erase_if(pages_, [&](const Place& place) { return place.index * page_words >= size; });
        // A page that is cut and grows again is zero there.
        if (!pages_.empty() && pages_.back().index == size / page_words) {
            auto& page = *pages_.back().page;
            std::fill(page.begin() + static_cast<std::ptrdiff_t>(size % page_words), page.end(),
                      std::uint16_t{0});
        }
    }
    size_ = size;
}

void RegisterTable::read(std::size_t address, std::span<std::uint16_t> out) const {
    while (!out.empty()) {
        const Page* page = find(address / page_words);
        const auto at = address % page_words;
        const auto count = std::min(out.size(), page_words - at);
        if (page == nullptr) {
            std::fill_n(out.begin(), count, std::uint16_t{0});
        } else {
            std::copy_n(page->begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
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
    static constexpr Page zero{};
    const auto covered = [](const RegisterTable& a, const RegisterTable& b) {
        return std::ranges::all_of(a.pages_, [&](const Place& place) {
            const Page* page = b.find(place.index);
            return *place.page == (page == nullptr ? zero : *page);
        });
    };
    return size_ == other.size_ && covered(*this, other) && covered(other, *this);
}

}  // namespace hil::modbus
