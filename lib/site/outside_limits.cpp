#include "site/outside_limits.hpp"

#include <algorithm>
#include <utility>

namespace hil::site {
namespace {

void narrow_one(std::optional<double>& value, const std::optional<double>& by) {
    if (by) value = value ? std::min(*value, *by) : *by;
}

}  // namespace

void PowerLimits::narrow(const PowerLimits& by) {
    narrow_one(import_kw, by.import_kw);
    narrow_one(export_kw, by.export_kw);
}

OutsideLimits::Id OutsideLimits::add(LimitEvent event, WallTime now) {
    stated(event.source, now);
    if (supervised_.contains(event.source))
        std::erase_if(events_, [&](const auto& entry) { return entry.second.source == event.source; });
    const auto id = next_++;
    events_.emplace(id, std::move(event));
    return id;
}

bool OutsideLimits::remove(Id id, WallTime now) {
    const auto found = events_.find(id);
    if (found == events_.end()) return false;
    stated(found->second.source, now);
    events_.erase(found);
    return true;
}

void OutsideLimits::clear(const std::string& source, WallTime now) {
    stated(source, now);
    std::erase_if(events_, [&](const auto& entry) { return entry.second.source == source; });
}

// Since when the failsafe of a source holds; none: it does not.
std::optional<WallTime> OutsideLimits::failsafe_since(const Source& source, WallTime now) const {
    const auto since = source.heard + failsafe_.after;
    if (now < since || now >= since + failsafe_.hold) return std::nullopt;
    return since;
}

void OutsideLimits::heartbeat(const std::string& source, WallTime now) {
    const auto found = supervised_.find(source);
    if (found == supervised_.end()) {
        supervised_.emplace(source, Source{now, std::nullopt});
        return;
    }
    auto& known = found->second;
    if (known.returned) {
        // Nothing was stated in time: the failsafe stands, and the source has another try.
        if (now - *known.returned > failsafe_.restate) known.returned = now;
        // Beyond the hold of the failsafe it is a source like a new one.
        if (now >= known.heard + failsafe_.after + failsafe_.hold) known = {now, std::nullopt};
        return;
    }
    if (failsafe_since(known, now)) {
        known.returned = now;
        return;
    }
    known.heard = now;
}

// It ends a failsafe where its heartbeat is back and it is in time.
void OutsideLimits::stated(const std::string& source, WallTime now) {
    const auto found = supervised_.find(source);
    if (found == supervised_.end()) return;
    auto& known = found->second;
    if (known.returned && now - *known.returned <= failsafe_.restate) known = {now, std::nullopt};
}

OutsideLimits::InForce OutsideLimits::at(WallTime now) const {
    InForce out;
    for (const auto& [id, event] : events_) {
        if (now < event.from || (event.until && now >= *event.until)) continue;
        // What a silent source stated is replaced by its failsafe.
        const auto source = supervised_.find(event.source);
        if (source != supervised_.end() && now >= source->second.heard + failsafe_.after) continue;
        out.limits.narrow(event.limits);
        out.sources.push_back(event.source);
    }
    for (const auto& [name, source] : supervised_) {
        if (!failsafe_since(source, now)) continue;
        out.limits.narrow(failsafe_.limits);
        out.sources.push_back("failsafe " + name);
    }
    return out;
}

std::optional<WallTime> OutsideLimits::next_change(WallTime now) const {
    std::optional<WallTime> out;
    const auto look = [&](WallTime at) {
        if (at > now && (!out || at < *out)) out = at;
    };
    for (const auto& [id, event] : events_) {
        look(event.from);
        if (event.until) look(*event.until);
    }
    for (const auto& [name, source] : supervised_) {
        look(source.heard + failsafe_.after);
        look(source.heard + failsafe_.after + failsafe_.hold);
    }
    return out;
}

void OutsideLimits::prune(WallTime now) {
    std::erase_if(events_,
                  [&](const auto& entry) { return entry.second.until && *entry.second.until <= now; });
}

}  // namespace hil::site
