// Configurations for tests: a complete one in which every key stands, and changes to it by pointer.
#pragma once

#include "config/accept.hpp"
#include "config/document.hpp"
#include "config/json_text.hpp"
#include "config/load.hpp"
#include "support/catch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace hil::config::sample {

namespace json = boost::json;

inline std::string text_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    REQUIRE(stream);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::string shipped_text() {
    return text_of(HIL_SOURCE_DIR "/etc/hil.json");
}
inline std::string complete_text() {
    return text_of(HIL_TEST_DATA "/config/complete.json");
}

inline json::value document(const std::string& text) {
    Problems problems("sample");
    auto out = read_document(text, problems);
    REQUIRE(out);
    return *out;
}
inline json::value shipped() {
    return document(shipped_text());
}

// Sets what stands at the pointer; objects on the way are made.
inline void put(json::value& document, std::string_view pointer, json::value value) {
    json::value* at = &document;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto key = std::string(pointer.substr(0, pointer.find('/')));
        pointer.remove_prefix(key.size());
        if (auto* array = at->if_array())
            at = &array->at(static_cast<std::size_t>(std::stoul(key)));
        else
            at = &at->as_object()[key];
        if (!pointer.empty() && at->is_null()) at->emplace_object();
    }
    *at = std::move(value);
}
inline void remove(json::value& document, std::string_view pointer) {
    const auto slash = pointer.rfind('/');
    const std::string parent(pointer.substr(0, slash)), key(pointer.substr(slash + 1));
    auto& at = parent.empty() ? document : document.at_pointer(parent);
    if (auto* array = at.if_array())
        array->erase(array->begin() + std::stol(key));
    else
        at.as_object().erase(key);
}

inline Loaded load_text(const std::string& text, const Environment& environment = {}) {
    return parse(text, "hil.json", environment);
}
inline Loaded load_value(const json::value& value, const Environment& environment = {}) {
    return load_text(json_text(value), environment);
}
// The shipped configuration with one value changed.
inline Loaded load_with(std::string_view pointer, json::value value) {
    auto changed = shipped();
    put(changed, pointer, std::move(value));
    return load_value(changed);
}
inline Loaded load_without(std::string_view pointer) {
    auto changed = shipped();
    remove(changed, pointer);
    return load_value(changed);
}

// All problems, one a line.
inline std::string all(const Loaded& loaded) {
    std::string out;
    for (const auto& problem : loaded.problems)
        out += problem.message() + "\n";
    return out;
}
inline bool about(const Loaded& loaded, std::string_view pointer) {
    for (const auto& problem : loaded.problems)
        if (problem.pointer == pointer) return true;
    return false;
}
// Exactly this one problem.
inline void check_only(const Loaded& loaded, const std::string& message) {
    CHECK(all(loaded) == message + "\n");
}

}  // namespace hil::config::sample
