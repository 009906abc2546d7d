// How many requests of a kind one peer may send: a bucket that fills at a steady rate.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace hil::web {

class RateLimit {
  public:
    struct Settings {
        double per_second = 10, burst = 20;
        double loopback_factor = 20;  // scripts on this machine may hurry
        std::size_t capacity = 10'000;
    };

    RateLimit() : RateLimit(Settings{}) {}
    explicit RateLimit(Settings settings) : settings_(settings) {}

    // Zero: the request may be made, and is counted. Otherwise how long to wait.
    Duration take(std::string_view peer, IoInstant now);

  private:
    struct Bucket {
        double tokens = 0;
        IoInstant at{};
    };
    Settings settings_;
    std::map<std::string, Bucket, std::less<>> peers_;
};

// Whether an address is this machine's own.
bool is_loopback(std::string_view address);

}  // namespace hil::web
