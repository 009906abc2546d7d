#include "web/keyed_state.hpp"

#include "web/merge_patch.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace hil::web {

namespace json = boost::json;

KeyedState::KeyedState(Make make, std::size_t plants, std::size_t devices)
    : make_(std::move(make)), plants_(plants), parts_(1 + plants + devices) {
    touch(Subject{});
}

std::size_t KeyedState::place(const Subject& subject) const {
    switch (subject.kind) {
        case Subject::Kind::plant:
            return subject.index < plants_ ? 1 + subject.index : parts_.size();
        case Subject::Kind::device:
            return 1 + plants_ + subject.index;
        case Subject::Kind::everything:
        case Subject::Kind::site:
            break;
    }
    return 0;
}

Subject KeyedState::subject(std::size_t place) const {
    if (place == 0) return Subject::site();
    return place <= plants_ ? Subject::plant(place - 1) : Subject::device(place - 1 - plants_);
}

void KeyedState::touch(const Subject& subject) {
    if (subject.kind == Subject::Kind::everything) {
        for (std::size_t i = 0; i < parts_.size(); ++i)
            touch(i);
    } else if (const auto at = place(subject); at < parts_.size()) {
        touch(at);
    }
}

void KeyedState::touch(std::size_t place) {
    if (std::exchange(parts_[place].waiting, true)) return;
    waiting_.push_back(place);
}

std::vector<KeyedState::Change> KeyedState::refresh() {
    std::vector<Change> out;
    auto touched = std::exchange(waiting_, {});
    std::ranges::sort(touched);
    for (const auto at : touched) {
        auto& part = parts_[at];
        part.waiting = false;
        auto fields = make_(subject(at));
        auto patch = part.revision == 0 ? std::nullopt : merge_patch(part.fields, fields);
        if (patch && patch->empty()) continue;
        part.fields = std::move(fields);
        Change change{
            .subject = subject(at), .revision = ++part.revision, .fields = {}, .other_keys = !patch};
        if (patch) change.fields = std::move(*patch);
        out.push_back(std::move(change));
    }
    return out;
}

json::object KeyedState::document() const {
    json::object out;
    for (const auto& part : parts_)
        put_fragment(out, part.fields);
    return out;
}

void put_fragment(json::object& document, json::object fragment) {
    for (auto& [key, value] : fragment) {
        auto* present = document.if_contains(key);
        if (present != nullptr && present->is_object() && value.is_object()) {
            put_fragment(present->get_object(), std::move(value.get_object()));
        } else {
            document[key] = std::move(value);
        }
    }
}

}  // namespace hil::web
