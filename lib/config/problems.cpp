#include "config/problems.hpp"

#include <algorithm>

namespace hil::config {

std::string Problem::message() const {
    std::string out = source;
    if (!pointer.empty()) out += ": " + pointer;
    return out + ": " + text;
}

std::string below(std::string_view pointer, std::string_view key) {
    std::string out(pointer);
    out += '/';
    for (const char c : key) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

Problems::Entry Problems::entry(std::string pointer, std::string text, bool covers) const {
    // The nearest value above that has an origin of its own, the file otherwise.
    auto at = pointer;
    auto found = origin_.find(at);
    while (found == origin_.end() && !at.empty()) {
        at.resize(at.rfind('/'));
        found = origin_.find(at);
    }
    return {{found == origin_.end() ? source_ : found->second, std::move(pointer), std::move(text)}, covers};
}

void Problems::add(std::string pointer, std::string text) {
    problems_.push_back(entry(std::move(pointer), std::move(text), true));
}

void Problems::add_about(std::string pointer, std::string text) {
    problems_.push_back(entry(std::move(pointer), std::move(text), false));
}

void Problems::add_first(std::string pointer, std::string text) {
    problems_.insert(problems_.begin(), entry(std::move(pointer), std::move(text), true));
}

std::vector<Problem> Problems::take_problems() {
    std::vector<Problem> out;
    out.reserve(problems_.size());
    for (auto& each : problems_)
        out.push_back(std::move(each.problem));
    problems_.clear();
    return out;
}

void Problems::add_unless_wrong(std::string pointer, std::initializer_list<std::string> also,
                                std::string text) {
    if (wrong(pointer) || std::any_of(also.begin(), also.end(), [&](const auto& p) { return wrong(p); }))
        return;
    add(std::move(pointer), std::move(text));
}

void Problems::warn(std::string source, std::string text) {
    warnings_.push_back({std::move(source), {}, std::move(text)});
}

void Problems::came_from(std::string pointer, std::string variable) {
    origin_.insert_or_assign(std::move(pointer), std::move(variable));
}

bool Problems::wrong(std::string_view pointer) const {
    return std::any_of(problems_.begin(), problems_.end(), [&](const Entry& e) {
        const auto& p = e.problem.pointer;
        if (!pointer.starts_with(p)) return false;
        if (pointer.size() == p.size()) return true;
        return e.covers_all_below && (p.empty() || pointer[p.size()] == '/');
    });
}

}  // namespace hil::config
