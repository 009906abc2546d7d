// A value or an error_code, for failures that are expected: a time-out, a refusal, bad input.
// Exceptions are for programming errors and failed construction.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <type_traits>
#include <utility>
#include <variant>

namespace hil {

using error_code = boost::system::error_code;

template <class T>
class [[nodiscard]] result {
  public:
    using value_type = T;

    // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return errc::x;` are the point.
    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(error_code error) : state_(std::in_place_index<1>, error) {}
    template <class Enum>
        requires boost::system::is_error_code_enum<Enum>::value
    result(Enum error) : state_(std::in_place_index<1>, error) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // The value; throws system_error when there is none.
    T& value() & { return check(), *std::get_if<0>(&state_); }
    const T& value() const& { return check(), *std::get_if<0>(&state_); }
    T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }

    // Precondition: has_value().
    T& operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    const T* operator->() const noexcept { return std::get_if<0>(&state_); }

    // The error; a default (success) code when there is a value.
    [[nodiscard]] error_code error() const noexcept {
        const auto* e = std::get_if<1>(&state_);
        return e ? *e : error_code{};
    }

    T value_or(T fallback) const& { return has_value() ? **this : std::move(fallback); }

  private:
    void check() const {
        if (!has_value()) throw boost::system::system_error(error());
    }

    std::variant<T, error_code> state_;
};

template <>
class [[nodiscard]] result<void> {
  public:
    using value_type = void;

    result() = default;
    // NOLINTBEGIN(google-explicit-constructor)
    result(error_code error) : error_(error) {}
    template <class Enum>
        requires boost::system::is_error_code_enum<Enum>::value
    result(Enum error) : error_(error) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    void value() const {
        if (error_) throw boost::system::system_error(error_);
    }
    [[nodiscard]] error_code error() const noexcept { return error_; }

  private:
    error_code error_;
};

}  // namespace hil
