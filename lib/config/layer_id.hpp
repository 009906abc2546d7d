// What a layer of schedules is called: "manual", "api". Any short name may be one, so a new source of
// schedules needs no enumerator; it is a plain value that never allocates.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace hil::config {

class LayerId {
  public:
    static constexpr std::size_t longest = 23;

    // Nobody's: "none".
    constexpr LayerId() = default;
    // `name` in the form [a-z][a-z0-9_]*, at most `longest` characters; throws std::invalid_argument.
    constexpr explicit LayerId(std::string_view name) {
        if (!may_be(name)) throw std::invalid_argument("not the name of a layer");
        if (name == "none") return;
        std::ranges::copy(name, text_.begin());
        size_ = static_cast<std::uint8_t>(name.size());
    }
    // None when it cannot be a name.
    static constexpr std::optional<LayerId> parse(std::string_view name) {
        return may_be(name) ? std::optional(LayerId(name)) : std::nullopt;
    }

    // Those that this program gives a meaning of their own.
    static const LayerId none, manual, api;

    [[nodiscard]] constexpr std::string_view name() const {
        return size_ == 0 ? std::string_view("none") : std::string_view(text_.data(), size_);
    }
    friend constexpr bool operator==(const LayerId&, const LayerId&) = default;

  private:
    static constexpr bool may_be(std::string_view name) {
        const auto letter = [](char c) { return 'a' <= c && c <= 'z'; };
        const auto fits = [letter](char c) { return letter(c) || ('0' <= c && c <= '9') || c == '_'; };
        return !name.empty() && name.size() <= longest && letter(name.front()) &&
               std::ranges::all_of(name, fits);
    }

    std::array<char, longest> text_{};
    std::uint8_t size_ = 0;
};

inline constexpr LayerId LayerId::none{};
inline constexpr LayerId LayerId::manual{"manual"};
inline constexpr LayerId LayerId::api{"api"};

constexpr std::string_view to_string(const LayerId& id) {
    return id.name();
}

}  // namespace hil::config
