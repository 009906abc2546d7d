#include "plant/read_machine.hpp"

#include <algorithm>

namespace hil::plant {

bool RefusedSpans::refuses(const RegisterSpan& span) const {
    return std::ranges::any_of(refused_, [&](const Entry& entry) { return span.contains(entry.span); });
}

bool RefusedSpans::recently_refused(const RegisterSpan& span, IoInstant now) const {
    return std::ranges::any_of(refused_, [&](const Entry& entry) {
        return span.contains(entry.span) && now - entry.at < retry_after;
    });
}

void RefusedSpans::add(const RegisterSpan& span, IoInstant now) {
    std::erase_if(refused_, [&](const Entry& entry) { return entry.span.contains(span); });
    if (!refuses(span)) refused_.push_back({span, now});
}

void RefusedSpans::answered(const RegisterSpan& span) {
    std::erase_if(refused_, [&](const Entry& entry) { return span.contains(entry.span); });
}

RegisterSpan BlockReader::span_of(std::size_t first, std::size_t last) const {
    unsigned end = 0;
    for (const auto& point : points_.subspan(first, last - first))
        end = std::max(end, point.end());
    const auto address = points_[first].address;
    return {address, static_cast<std::uint16_t>(end - address), points_[first].table};
}

std::optional<BlockReader::Piece> BlockReader::next(IoInstant now) {
    while (position_ < points_.size() && known_.recently_refused(points_[position_], now)) {
        ++position_;
        limit_.reset();
    }
    if (position_ == points_.size()) return std::nullopt;
    const auto limit = limit_.value_or(points_.size());
    auto last = position_ + 1;
    while (last < limit && !known_.refuses(span_of(position_, last + 1)))
        ++last;
    piece_ = {span_of(position_, last), position_, last};
    return piece_;
}

void BlockReader::answered() {
    known_.answered(piece_.span);
    position_ = piece_.last;
    limit_.reset();
}

void BlockReader::refused(IoInstant now) {
    known_.add(piece_.span, now);
    const auto points = piece_.last - piece_.first;
    if (points == 1) {
        position_ = piece_.last;
        limit_.reset();
    } else {
        limit_ = piece_.first + points / 2;
    }
}

}  // namespace hil::plant
