#include "base/backoff.hpp"

#include <boost/assert.hpp>

#include <algorithm>

namespace hil {

Backoff::Backoff(Duration first, Duration longest) : first_(first), longest_(longest), delay_(first) {
    BOOST_ASSERT(first > Duration::zero() && first <= longest);
}

Backoff::Backoff(Duration first, Duration longest, double jitter, Random random) : Backoff(first, longest) {
    BOOST_ASSERT(jitter >= 0 && jitter <= 1);
    jitter_ = jitter;
    random_ = random;
}

Duration Backoff::next() {
    const Duration full = delay_;
    delay_ = delay_ > longest_ / 2 ? longest_ : 2 * delay_;
    if (!random_ || jitter_ == 0) return full;
    const double shortened = static_cast<double>(full.count()) * (1.0 - jitter_ * random_->uniform());
    return std::max(Duration{1}, Duration{static_cast<Duration::rep>(shortened)});
}

}  // namespace hil
