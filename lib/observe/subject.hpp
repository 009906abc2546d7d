// What a change of the site is about.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace hil::observe {

struct Subject {
    enum class Kind : std::uint8_t {
        everything,  // of all of them, as a switch of the transport is
        site,        // what belongs to no device
        plant,
        device,  // one that is only watched
    };
    Kind kind = Kind::everything;
    std::size_t index = 0;  // of the plant or the device, in the order of the configuration

    static constexpr Subject site() { return {Kind::site, 0}; }
    static constexpr Subject plant(std::size_t index) { return {Kind::plant, index}; }
    static constexpr Subject device(std::size_t index) { return {Kind::device, index}; }

    friend auto operator<=>(const Subject&, const Subject&) = default;
};

}  // namespace hil::observe
