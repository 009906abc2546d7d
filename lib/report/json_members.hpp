// The members of a JSON object, one after the other.
#pragma once

#include "base/number.hpp"
#include "base/time.hpp"
#include "observe/json_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>

namespace hil::report {

// "2025-10-01T08:00:00Z", a fraction only where it is not zero.
std::string utc_text(WallTime at);

class Members {
  public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }
    void end() { out_ += '}'; }

    // The value is written by the caller.
    std::string& name(std::string_view key) {
        if (!first_) out_ += ',';
        first_ = false;
        observe::append_json_string(out_, key);
        out_ += ':';
        return out_;
    }
    // Rounded; null when it is not finite.
    void number(std::string_view key, double value, int decimals) {
        name(key);
        if (std::isfinite(value)) {
            append_number(out_, value, decimals);
        } else {
            out_ += "null";
        }
    }
    void count(std::string_view key, std::uint64_t value) { name(key) += fmt::format("{}", value); }
    void text(std::string_view key, std::string_view value) { observe::append_json_string(name(key), value); }
    void none(std::string_view key) { name(key) += "null"; }

  private:
    std::string& out_;
    bool first_ = true;
};

}  // namespace hil::report
