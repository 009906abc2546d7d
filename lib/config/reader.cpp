#include "config/reader.hpp"

#include "config/accept.hpp"
#include "config/nearest.hpp"
#include "config/raw_value.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace hil::config {

Reader::Reader(const Json& document, Overrides& overrides, Problems& problems)
    : overrides_(overrides), problems_(problems) {
    frames_.emplace_back();
    if (document.is_object())
        frames_.back().value = &document;
    else
        problems_.add({}, "must be a JSON object, got " + shown(document));
}

void Reader::finish() {
    unknown_keys();
    overrides_.unknown([&](const std::string& variable, const std::string& meant) {
        problems_.warn(variable,
                       meant.empty()
                           ? "names no key of the configuration, it is ignored"
                           : "names no key of the configuration, it is ignored; did you mean " + meant + "?");
    });
}

const Reader::Json* Reader::member(std::string_view name) {
    auto& frame = frames_.back();
    frame.known.emplace_back(name);
    return frame.value == nullptr ? nullptr
                                  : frame.value->get_object().if_contains({name.data(), name.size()});
}

void Reader::push(const Json* value, std::string_view key) {
    Frame frame;
    frame.value = value;
    frame.pointer = below(frames_.back().pointer, key);
    frame.variable = Overrides::join(frames_.back().variable, key);
    frame.problems_before = problems_.size();
    frames_.push_back(std::move(frame));
}

void Reader::pop() {
    const bool overridden = frames_.back().overridden;
    frames_.pop_back();
    frames_.back().overridden |= overridden;
}

void Reader::unknown_keys() {
    const auto& frame = frames_.back();
    if (frame.value == nullptr) return;
    for (const auto& [name, value] : frame.value->get_object()) {
        const std::string key(name);
        const auto in = [&](const auto& names) {
            return std::find(names.begin(), names.end(), key) != names.end();
        };
        if (in(frame.known) || in(frame.refused)) continue;
        const auto meant = nearest(key, frame.known);
        if (!meant.empty())
            problems_.add(below(frame.pointer, key), fmt::format("unknown key, did you mean \"{}\"?", meant));
        else
            problems_.add(below(frame.pointer, key),
                          fmt::format("unknown key, known here are {}", fmt::join(frame.known, ", ")));
    }
}

void Reader::refused(std::string_view name, std::string_view instead) {
    const auto& frame = frames_.back();
    if (frame.value == nullptr || !frame.value->get_object().contains({name.data(), name.size()})) return;
    problems_.add(below(frame.pointer, name), fmt::format("{} {}", name, instead));
    // Not known, so that it is not suggested; but not to be complained about twice.
    frames_.back().refused.emplace_back(name);
}

bool Reader::scalar(const Field& field, const Rule& rule, Value& value) {
    const bool only_variable = !field.variable.empty();
    const Json* json = only_variable ? nullptr : member(field.name);
    const auto pointer = below(frames_.back().pointer, field.name);
    if (only_variable && frames_.back().value != nullptr &&
        frames_.back().value->get_object().contains({field.name.data(), field.name.size()})) {
        problems_.add(pointer, fmt::format("may not stand in a file, it is taken from {} in the environment",
                                           field.variable));
        frames_.back().refused.emplace_back(field.name);
    }
    const auto path = only_variable ? Overrides::fold(field.variable.substr(4))
                                    : Overrides::join(frames_.back().variable, field.name);
    Json override;
    if (auto found = overrides_.take(path)) {
        problems_.came_from(pointer, found->variable);
        if (found->taken_before) problems_.add(pointer, "the variable's name stands for more than one key");
        if (only_variable) {
            if (found->value.empty()) return false;
        } else {
            frames_.back().overridden = true;
        }
        override = from_text(found->value, rule);
        json = &override;
    }
    if (json == nullptr) {
        if (field.required) problems_.add(pointer, "is required, it " + sentence(rule));
        return false;
    }
    return check(pointer, *json, field, rule, value);
}

bool Reader::check(const std::string& pointer, const Json& json, const Field& field, const Rule& rule,
                   Value& value) {
    if (field.nullable && json.is_null()) {
        value = nullptr;
        return true;
    }
    auto accepted = accept(json, rule);
    if (!accepted) {
        auto what = sentence(rule);
        if (std::holds_alternative<Whole>(rule) && json.is_double())
            what = whole_sentence(std::get<Whole>(rule));
        if (field.nullable) what += " or null";
        problems_.add(pointer, fmt::format("{}, got {}", what,
                                           field.secret ? "something else (not shown)" : shown(json)));
        return false;
    }
    value = std::move(*accepted);
    return true;
}

bool Reader::enter(const Field& field, Presence presence) {
    const Json* json = member(field.name);
    const auto pointer = below(frames_.back().pointer, field.name);
    if (json != nullptr && !json->is_object()) {
        problems_.add(pointer, "must be an object, got " + shown(*json));
        return false;
    }
    if (json == nullptr && field.required) {
        problems_.add(pointer, "is required, it must be an object");
        return false;
    }
    push(json, field.name);
    frames_.back().tentative = presence != Presence::always && json == nullptr;
    return true;
}

bool Reader::leave() {
    unknown_keys();
    const auto& frame = frames_.back();
    const bool there = !frame.tentative || frame.overridden;
    if (!there) problems_.truncate(frame.problems_before);
    pop();
    return there;
}

void Reader::each_key(const Field& field, const Keys& keys, const std::vector<std::string>&,
                      const ForKey& element) {
    const Json* json = member(field.name);
    const auto pointer = below(frames_.back().pointer, field.name);
    if (json == nullptr) {
        if (field.required) problems_.add(pointer, "is required, it must be an object");
        return;
    }
    if (!json->is_object()) {
        problems_.add(pointer, "must be an object, got " + shown(*json));
        return;
    }
    push(json, field.name);
    const auto& object = json->get_object();
    std::vector<std::string> missing;
    for (const auto name : keys.named)
        if (!object.contains({name.data(), name.size()})) missing.emplace_back(name);
    if (!missing.empty()) problems_.add_about(pointer, fmt::format("lacks {}", fmt::join(missing, ", ")));
    if (object.size() < keys.at_least)
        problems_.add_about(pointer, fmt::format("must have at least {} member", keys.at_least));
    for (const auto& [name, value] : object) {
        std::string key(name);
        if (!keys.key.accept(key)) {
            problems_.add(below(pointer, key), fmt::format("the name {}", keys.key.rule));
        } else if (!value.is_object()) {
            problems_.add(below(pointer, key), "must be an object, got " + shown(value));
        } else {
            push(&value, key);
            element(key);
            leave();
        }
    }
    pop();
}

const Reader::Json* Reader::array_of(const Field& field, bool words_allowed) {
    const Json* json = member(field.name);
    const auto pointer = below(frames_.back().pointer, field.name);
    if (auto found = overrides_.take(Overrides::join(frames_.back().variable, field.name))) {
        problems_.came_from(pointer, found->variable);
        frames_.back().overridden = true;
        owned_.push_back(list_from_text(found->value, words_allowed));
        json = &owned_.back();
    }
    if (json == nullptr) return nullptr;
    if (!json->is_array()) {
        problems_.add(
            pointer, "must be an array, got " + (field.secret ? "something else (not shown)" : shown(*json)));
        return nullptr;
    }
    return json;
}

void Reader::each_item(const Field& field, std::size_t, const std::function<void()>& clear,
                       const ForIndex& element) {
    const Json* json = array_of(field, false);
    if (json == nullptr) return;
    clear();
    push(json, field.name);
    const auto& array = json->get_array();
    for (std::size_t i = 0; i < array.size(); ++i) {
        push(&array[i], std::to_string(i));
        if (array[i].is_object()) {
            element(i);
            unknown_keys();
        } else {
            problems_.add(
                frames_.back().pointer,
                "must be an object, got " + (field.secret ? "something else (not shown)" : shown(array[i])));
        }
        pop();
    }
    pop();
}

void Reader::each_text(const Field& field, const Text& rule, std::vector<std::string>& items) {
    const Json* json = array_of(field, true);
    if (json == nullptr) return;
    items.clear();
    const auto pointer = below(frames_.back().pointer, field.name);
    for (std::size_t i = 0; i < json->get_array().size(); ++i) {
        Value value;
        if (check(below(pointer, std::to_string(i)), json->get_array()[i], field, rule, value))
            items.push_back(std::get<std::string>(std::move(value)));
    }
}

void Reader::each_raw(const Field& field, std::vector<RawValue>& items) {
    const Json* json = member(field.name);
    const auto pointer = below(frames_.back().pointer, field.name);
    if (auto found = overrides_.take(Overrides::join(frames_.back().variable, field.name))) {
        problems_.came_from(pointer, found->variable);
        frames_.back().overridden = true;
        owned_.push_back(list_from_text(found->value, true));
        json = &owned_.back();
    }
    if (json == nullptr) return;
    items.clear();
    const auto take = [&](const std::string& where, const Json& each) {
        if (auto raw = raw_value(each)) {
            items.push_back(std::move(*raw));
        } else {
            problems_.add(where, fmt::format("must be a number or registers in hexadecimal such as "
                                             "\"0xFFFF\", got {}",
                                             shown(each)));
        }
    };
    if (!json->is_array()) return take(pointer, *json);
    for (std::size_t i = 0; i < json->get_array().size(); ++i)
        take(below(pointer, std::to_string(i)), json->get_array()[i]);
}

}  // namespace hil::config
