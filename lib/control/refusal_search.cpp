#include "control/refusal_search.hpp"

#include "base/mutation.hpp"

#include <algorithm>
#include <cmath>

namespace hil::control {

double RefusalSearch::representable(double value) const {
    constexpr double guard = 1e-9;
    if (resolution_ > 0)
        value = std::copysign(std::floor(std::abs(value) / resolution_ + guard) * resolution_, value);
    const auto words = codec_.encode(value);
    return words ? codec_.decode({words->data(), codec_.word_count()}) : 0.0;
}

bool RefusalSearch::limited(double wanted) const {
    return wanted != 0 && bound(wanted).has_value();
}

bool RefusalSearch::searching(double wanted) const {
    const auto& at = bound(wanted);
    return limited(wanted) && !at->kept_until && std::abs(wanted) > at->low;
}

bool RefusalSearch::took_another(double value) const {
    return (last_ && *last_ != value) || another_.has_value();
}

double RefusalSearch::aim(double wanted, std::optional<double> limit, Instant now) {
    if (!limited(wanted)) return wanted;
    auto& at = *bound(wanted);
    const double size = std::abs(wanted);
    const auto with_sign = [wanted](double magnitude) { return std::copysign(magnitude, wanted); };
    at.by_point = limit && !at.point_failed;
    if (at.by_point) {
        const double most = std::min(size, std::abs(*limit));
        return most == size ? wanted : representable(with_sign(most));
    }
    if (size <= at.low) return wanted;
    if (over(at, now)) return wanted;
    if (at.kept_until) return with_sign(at.low);
    const double middle = std::abs(representable(with_sign(at.low + (at.high - at.low) / 2)));
    const double next = size < at.high ? size : middle;
    if (at.writes >= most_writes || next <= at.low || next >= at.high) {
        at.kept_until = now + kept_for;
        return with_sign(at.low);
    }
    return now >= at.next ? with_sign(next) : with_sign(at.low);
}

bool RefusalSearch::over(const Bound& at, Instant now) {
    return now >= at.kept_until.value_or(at.refused_at + kept_for);
}

void RefusalSearch::tried(Bound& at, Instant now) const {
    ++at.writes;
    at.next = now + period_;
}

void RefusalSearch::accepted(double value, Instant now) {
    if (last_ && *last_ != value) another_ = last_;
    last_ = value;
    if (value == 0) return;
    const double size = std::abs(value);
    accepted_[value < 0 ? 1 : 0] = size;
    auto& at = bound(value);
    if (!at || size <= at->low) return;
    if (size >= at->high || over(*at, now)) {
        at.reset();
        return;
    }
    at->low = size;
    if (!at->kept_until) tried(*at, now);
}

double RefusalSearch::refused(double value, Instant now) {
    if (value == 0) return 0;
    const double size = std::abs(value);
    auto& smaller = accepted_[value < 0 ? 1 : 0];
    if (smaller && *smaller >= size) smaller.reset();  // the limit has moved
    auto& at = bound(value);
    const bool point_failed = at && (at->point_failed || at->by_point);
    if (!at || size <= at->low) {
        at = Bound{.low = smaller.value_or(0),
                   .high = size,
                   .writes = 0,
                   .next = now + period_,
                   .refused_at = {},
                   .kept_until = {}};
    } else if (at->kept_until || over(*at, now)) {
        at->high = size;
        at->writes = 0;
        at->next = now + period_;
        at->kept_until.reset();
    } else {
        at->high = std::min(at->high, size);
        tried(*at, now);
    }
    at->point_failed = point_failed;
    at->refused_at = now;
    return std::copysign(at->low, value);
}

void RefusalSearch::unanswered(double value, Instant now) {
    auto& at = bound(value);
    if (value != 0 && at && !at->kept_until && std::abs(value) > at->low) tried(*at, now);
}

void RefusalSearch::forget() {
    bounds_ = {};
    accepted_ = {};
    last_.reset();
    another_.reset();
}

}  // namespace hil::control
