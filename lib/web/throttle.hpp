// Slows down who guesses passwords: each failure of a peer, and of an account, doubles the time until the
// next attempt is even looked at. A success forgets both.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hil::web {

class Throttle {
  public:
    struct Settings {
        std::uint32_t free = 3;  // failures without consequence
        Duration first = std::chrono::seconds(1);
        Duration longest_of_peer = std::chrono::seconds(60);
        // Shorter, so that a stranger's guesses cannot keep the owner of an account out for long.
        Duration longest_of_account = std::chrono::seconds(10);
        Duration forgotten_after = std::chrono::minutes(15);
        std::size_t capacity = 10'000;  // peers, and accounts, that are remembered
    };

    Throttle() : Throttle(Settings{}) {}
    explicit Throttle(Settings settings) : settings_(settings) {}

    // How long an attempt has to wait; zero: it may be made now. Empty names are not asked about.
    [[nodiscard]] Duration wait(std::string_view peer, std::string_view account, IoInstant now) const;
    // Returns how often this peer has failed in a row.
    std::uint32_t failed(std::string_view peer, std::string_view account, IoInstant now);
    void succeeded(std::string_view peer, std::string_view account);

  private:
    struct Failures {
        std::uint32_t count = 0;
        IoInstant last{};
    };
    using Table = std::map<std::string, Failures, std::less<>>;

    [[nodiscard]] Duration wait_in(const Table& table, std::string_view key, Duration longest,
                                   IoInstant now) const;
    std::uint32_t count(Table& table, std::string_view key, IoInstant now) const;

    Settings settings_;
    Table peers_, accounts_;
};

}  // namespace hil::web
