// The registers of a table, of which most devices use a few: memory is taken in small pages, for what is
// written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace hil::modbus {

class RegisterTable {
  public:
    RegisterTable() = default;
    // So many registers, all zero.
    explicit RegisterTable(std::size_t size) { resize(size); }
    RegisterTable(std::initializer_list<std::uint16_t> words);
    RegisterTable(const RegisterTable& other) { *this = other; }
    RegisterTable(RegisterTable&&) = default;
    RegisterTable& operator=(const RegisterTable& other);
    RegisterTable& operator=(RegisterTable&&) = default;
    ~RegisterTable() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    // What is added is zero; what lies beyond is gone.
    void resize(std::size_t size);
    // Precondition, here and below: the addresses exist.
    [[nodiscard]] std::uint16_t operator[](std::size_t address) const {
        const Page* page = find(address / page_words);
        return page == nullptr ? std::uint16_t{0} : (*page)[address % page_words];
    }
    [[nodiscard]] std::uint16_t& operator[](std::size_t address) {
        return page(address / page_words)[address % page_words];
    }
    void read(std::size_t address, std::span<std::uint16_t> out) const;
    void write(std::size_t address, std::span<const std::uint16_t> words);

    // Whether each register holds the same.
    [[nodiscard]] bool operator==(const RegisterTable& other) const;

  private:
    static constexpr std::size_t page_words = 32;
    using Page = std::array<std::uint16_t, page_words>;
    struct Place {
        std::size_t index;
        std::unique_ptr<Page> page;
    };

    // None where nothing was written yet. Who asks mostly asks for the page of before.
    [[nodiscard]] const Page* find(std::size_t index) const {
        if (last_ < pages_.size() && pages_[last_].index == index) return pages_[last_].page.get();
        return look_for(index);
    }
    [[nodiscard]] const Page* look_for(std::size_t index) const;
    Page& page(std::size_t index) {
        if (last_ < pages_.size() && pages_[last_].index == index) return *pages_[last_].page;
        return make_page(index);
    }
    Page& make_page(std::size_t index);

    std::vector<Place> pages_;  // by index
    std::size_t size_ = 0;
    mutable std::uint32_t last_ = 0;  // place of the page that was asked for last
};

}  // namespace hil::modbus
