#include "market/post_queue.hpp"

#include <algorithm>
#include <utility>

namespace hil::market {
namespace {

constexpr unsigned failures_of_the_platform = 3;

}  // namespace

void PostQueue::added(int id, std::size_t count) {
    series(id).waiting += count;
}

void PostQueue::removed(int id, std::size_t count) {
    auto& one = series(id);
    one.waiting -= std::min(count, one.waiting);
    if (count > 0) one.refusals = one.repeats = 0;  // those were of the oldest, which is gone
}

void PostQueue::set(int id, std::size_t count) {
    series(id).waiting = count;
}

std::size_t PostQueue::waiting(int id) const {
    const auto found = series_.find(id);
    return found == series_.end() ? 0 : found->second.waiting;
}

std::optional<PostQueue::Attempt> PostQueue::next(Instant now) const {
    if (platform_retry_at_ && now < *platform_retry_at_) return std::nullopt;
    const Series* chosen = nullptr;
    int id = 0;
    for (const auto& [candidate, one] : series_) {
        if (one.waiting == 0 || (one.retry_at && now < *one.retry_at)) continue;
        if (chosen != nullptr && chosen->turn <= one.turn) continue;
        chosen = &one;
        id = candidate;
    }
    if (chosen == nullptr) return std::nullopt;
    return Attempt{id, std::min(chosen->limit, chosen->waiting)};
}

std::optional<Instant> PostQueue::due() const {
    std::optional<Instant> first;
    for (const auto& [id, one] : series_) {
        if (one.waiting == 0) continue;
        const auto at = one.retry_at.value_or(Instant{});
        if (!first || at < *first) first = at;
    }
    if (first && platform_retry_at_) first = std::max(*first, *platform_retry_at_);
    return first;
}

void PostQueue::accepted(int id) {
    auto& one = series(id);
    one.turn = ++turns_;
    one.limit = std::min(rules_.batch, one.limit * 2);
    one.backoff.reset();
    one.retry_at.reset();
    one.refused_since.reset();
    one.refusals = one.repeats = 0;
    one.failed = false;
    failures_ = 0;
    last_failed_.reset();
    platform_backoff_.reset();
    if (!platform_retry_at_) return;
    platform_retry_at_.reset();
    for (auto& [other, waiting] : series_)
        waiting.retry_at.reset();
}

PostQueue::After PostQueue::failed(int id, std::size_t count, error_code why, Instant now) {
    auto& one = series(id);
    one.turn = ++turns_;
    one.failed = true;
    const auto what = remedy(why);
    // Nothing is posted until a login is accepted, which wakes everything: no wait of its own.
    if (what == Remedy::credentials) return After::retry;
    // A page in place of an answer is no word on the content either.
    const bool of_platform = what == Remedy::retry || why == fault::not_json;
    if (of_platform && std::exchange(last_failed_, id) != id) ++failures_;
    if (what == Remedy::wait || failures_ >= failures_of_the_platform)
        platform_retry_at_ = now + platform_backoff_.next();
    if (what == Remedy::wait) return After::retry;

    if (what == Remedy::repeat && ++one.repeats >= rules_.repeats) return After::dead_letter;
    if (what == Remedy::split && !one.refused_since) one.refused_since = now;
    const bool of_content = what == Remedy::split || (what == Remedy::repeat && !of_platform);
    if (of_content && count > 1) {
        // The others of the batch may be good. No wait: the platform has answered, and it is done when one
        // value is left.
        one.limit = std::max<std::size_t>(1, count / 2);
        return After::split;
    }
    if (what == Remedy::split) {
        ++one.refusals;
        if (one.refusals >= rules_.refusals && now - *one.refused_since >= rules_.timeout)
            return After::dead_letter;
    }
    one.retry_at = now + one.backoff.next();
    return After::retry;
}

void PostQueue::dead_letter(int id) {
    auto& one = series(id);
    one.failed = false;
    one.refusals = one.repeats = 0;
    one.retry_at.reset();
    one.backoff.reset();
}

bool PostQueue::failing() const {
    return std::any_of(series_.begin(), series_.end(),
                       [](const auto& entry) { return entry.second.failed && entry.second.waiting > 0; });
}

std::optional<Instant> PostQueue::retry_at(int id) const {
    const auto found = series_.find(id);
    if (found == series_.end()) return platform_retry_at_;
    return std::max(found->second.retry_at, platform_retry_at_);
}

void PostQueue::wake() {
    failures_ = 0;
    last_failed_.reset();
    platform_retry_at_.reset();
    platform_backoff_.reset();
    for (auto& [id, one] : series_) {
        one.retry_at.reset();
        one.backoff.reset();
    }
}

}  // namespace hil::market
