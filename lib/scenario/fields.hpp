// The members of one JSON object, taken one by one; what is wrong becomes a problem with its place.
#pragma once

#include "config/problems.hpp"
#include "scenario/scenario.hpp"

#include <boost/json/value.hpp>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::scenario {

class Fields {
  public:
    // A problem when it is no object; there are no members then. Both outlive this.
    Fields(const boost::json::value& value, std::string pointer, config::Problems& problems);

    [[nodiscard]] const std::string& pointer() const { return pointer_; }
    [[nodiscard]] std::string place(std::string_view key) const { return config::below(pointer_, key); }
    [[nodiscard]] bool has(std::string_view key) const;

    // None when it is missing. From here on the key is known.
    const boost::json::value* take(std::string_view key);
    const boost::json::value* need(std::string_view key);  // a problem when it is missing
    // None also when it is wrong, which is a problem.
    std::optional<std::string> text(std::string_view key);
    std::optional<bool> flag(std::string_view key);
    std::optional<double> number(std::string_view key, double low, double high);
    std::optional<std::string> choice(std::string_view key, std::span<const std::string_view> names);
    std::optional<Duration> span(std::string_view key);
    std::vector<std::string> texts(std::string_view key);
    // `at_least`, `at_most`, `between` or `is`; none when none of them is there.
    std::optional<Bounds> bounds();

    // `value` breaks `rule`, a sentence as "must be a text".
    void wrong(std::string_view key, std::string_view rule);
    void problem(std::string_view key, std::string text) { problems_.add(place(key), std::move(text)); }
    [[nodiscard]] config::Problems& problems() { return problems_; }

    // Members that nobody asked for are problems.
    void finish();

  private:
    const boost::json::object* object_ = nullptr;
    std::string pointer_;
    config::Problems& problems_;
    std::vector<std::string> known_;
};

// A number of seconds, or a text as "1h30m".
std::optional<Duration> span_of(const boost::json::value& value);

}  // namespace hil::scenario
