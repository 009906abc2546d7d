// The least of a function of two numbers by the downhill simplex (Nelder and Mead, "A simplex method for
// function minimization", 1965).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace hil::battery {

using Place2 = std::array<double, 2>;

template <class Cost>
Place2 least_of(const Cost& cost, Place2 begin) {
    struct Corner {
        Place2 at;
        double cost;
    };
    const auto corner = [&](Place2 at) { return Corner{at, cost(at)}; };
    std::array<Corner, 3> s{corner(begin), corner({begin[0] + 0.4, begin[1]}),
                            corner({begin[0], begin[1] + 0.4})};
    const auto mixed = [](const Place2& a, const Place2& b, double t) {
        return Place2{a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])};
    };
    for (int round = 0; round < 60; ++round) {
        std::ranges::sort(s, {}, &Corner::cost);
        if (std::hypot(s[2].at[0] - s[0].at[0], s[2].at[1] - s[0].at[1]) < 1e-4) break;
        const auto middle = mixed(s[0].at, s[1].at, 0.5);
        const auto reflected = corner(mixed(s[2].at, middle, 2));
        if (reflected.cost < s[0].cost) {
            const auto further = corner(mixed(s[2].at, middle, 3));
            s[2] = further.cost < reflected.cost ? further : reflected;
        } else if (reflected.cost < s[1].cost) {
            s[2] = reflected;
        } else {
            const auto nearer = corner(mixed(s[2].at, middle, reflected.cost < s[2].cost ? 1.5 : 0.5));
            if (nearer.cost < std::min(s[2].cost, reflected.cost)) {
                s[2] = nearer;
            } else {
                s[1] = corner(mixed(s[1].at, s[0].at, 0.5));
                s[2] = corner(mixed(s[2].at, s[0].at, 0.5));
            }
        }
    }
    std::ranges::sort(s, {}, &Corner::cost);
    return s[0].at;
}

}  // namespace hil::battery
