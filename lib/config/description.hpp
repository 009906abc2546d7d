// What the configuration file may contain, said once. A visitor that walks the description can read the file,
// print the values in force, or write the schema; describe.hpp is the description itself.
#pragma once

#include "base/time.hpp"
#include "config/names.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hil::config {

struct Field {
    std::string_view name;
    std::string_view doc;  // one sentence for people, ends up in the schema
    bool required = false;
    bool nullable = false;    // null is allowed and means none, or the default where there is no none
    bool secret = false;      // the value is never shown
    bool deprecated = false;  // read, but without effect
    bool annotation = false;  // for editors, not part of the configuration
    // Set for what comes from this environment variable only and may not stand in the file.
    std::string_view variable = {};
};

// Rules of single values.
struct Flag {};
struct Whole {
    std::int64_t min = 0, max = 0;
    Duration unit = {};  // not zero: it is a length of time of so many of these, and "1h30m" is one, too
    static constexpr std::int64_t unlimited = 2'147'483'647;
};
struct Real {
    double min = 0, max = 0;
    bool above_min = false;  // min itself is not allowed
    bool not_zero = false;   // 0 is not allowed
    Duration unit = {};      // as of a Whole
};
struct Text {
    std::string_view rule;         // "must be …"
    std::string_view pattern;      // the same as a regular expression (ECMA 262)
    bool (*accept)(std::string&);  // the same as code; may write the text in its normal form
};
struct Choice {
    std::vector<std::string> names;   // case is ignored
    std::string_view complaint = {};  // put before the rule in a problem
};
using Rule = std::variant<Flag, Whole, Real, Text, Choice>;
// "must be 0..65535"
std::string sentence(const Rule& rule);

// A single value on its way between file and structure; nullptr is "none".
using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;

// An object whose keys the user chooses.
struct Keys {
    Text key;                                  // rule of a key
    std::vector<std::string_view> named;       // keys that must be there
    std::vector<std::string_view> usual = {};  // keys with a meaning of their own that may be missing
    std::size_t at_least = 0;
    // Elements of one type are described once in the schema, under this name; "" is any key not in `named`.
    std::string_view (*type)(std::string_view key) = nullptr;
    std::string_view (*doc)(std::string_view key) = nullptr;
};

class Visitor {
  public:
    virtual ~Visitor() = default;

    void flag(const Field& field, bool& value);
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    void whole(const Field& field, T& value, Whole rule) {
        Value v = static_cast<std::int64_t>(value);
        if (scalar(field, rule, v)) value = static_cast<T>(std::get<std::int64_t>(v));
    }
    void whole(const Field& field, std::optional<int>& value, Whole rule);
    void real(const Field& field, double& value, Real rule);
    void real(const Field& field, std::optional<double>& value, Real rule);
    void seconds(const Field& field, Duration& value, Real rule);
    void seconds(const Field& field, std::optional<Duration>& value, Real rule);
    void milliseconds(const Field& field, Duration& value, Whole rule);
    void text(const Field& field, std::string& value, const Text& rule);
    void path(const Field& field, std::filesystem::path& value);
    void choice(const Field& field, std::string& value, Choice rule);
    template <class Enum>
    void choice(const Field& field, Enum& value, std::span<const Named<Enum>> names,
                std::string_view complaint = {}) {
        Value v = std::string(name_in<Enum>(names, value));
        if (scalar(field, choice_of<Enum>(names, complaint), v)) value = named<Enum>(names, v);
    }
    template <class Enum>
    void choice(const Field& field, std::optional<Enum>& value, std::span<const Named<Enum>> names) {
        Value v = nullptr;
        if (value) v = std::string(name_in<Enum>(names, *value));
        if (scalar(field, choice_of<Enum>(names, {}), v)) value = named<Enum>(names, v);
    }

    // An object that is always there, with a description of its own: describe(Visitor&, T&).
    template <class T>
    void section(const Field& field, T& object) {
        group(field, [&] { describe(*this, object); });
    }
    void group(const Field& field, const std::function<void()>& describe_members);
    // A group that may be missing; `there` says whether it is.
    void optional_group(const Field& field, bool& there, const std::function<void()>& describe_members);
    // An object that may be missing.
    template <class T>
    void optional(const Field& field, std::optional<T>& object) {
        if (!enter(field, object ? Presence::is_there : Presence::is_missing)) return;
        T filled = object.value_or(T{});
        describe(*this, filled);
        if (leave()) object = std::move(filled);
    }
    // An object of objects. `make(key)` gives an element with its defaults, `key_of(element)` its key.
    template <class T, class Make, class KeyOf>
    void map(const Field& field, const Keys& keys, std::vector<T>& items, Make make, KeyOf key_of) {
        std::vector<std::string> present;
        for (auto& item : items)
            present.push_back(key_of(item));
        each_key(field, keys, present, [&](const std::string& key) {
            auto found =
                std::find_if(items.begin(), items.end(), [&](T& item) { return key_of(item) == key; });
            if (found == items.end()) found = items.insert(items.end(), make(key));
            describe(*this, *found);
        });
        items.shrink_to_fit();
    }
    // An array of objects; when it is there, it replaces the default as a whole.
    template <class T>
    void list(const Field& field, std::vector<T>& items) {
        each_item(
            field, items.size(), [&] { items.clear(); },
            [&](std::size_t index) {
                if (items.size() <= index) items.resize(index + 1);
                describe(*this, items[index]);
            });
    }
    void texts(const Field& field, std::vector<std::string>& items, const Text& rule);
    // One raw value or an array of them; raw_value.hpp says which texts are some.
    void raw_values(const Field& field, std::vector<RawValue>& items) { each_raw(field, items); }

    // A key of older files that is not read any more; `instead` says what to write.
    virtual void refused(std::string_view, std::string_view /*instead*/) {}

  protected:
    enum class Presence : std::uint8_t { always, is_there, is_missing };
    using ForKey = std::function<void(const std::string& key)>;
    using ForIndex = std::function<void(std::size_t index)>;

    // True when `value` was replaced.
    virtual bool scalar(const Field& field, const Rule& rule, Value& value) = 0;
    // True when the members are to be described, between this and leave().
    virtual bool enter(const Field& field, Presence presence) = 0;
    // False when an object that is_missing stays so.
    virtual bool leave() = 0;
    virtual void each_key(const Field& field, const Keys& keys, const std::vector<std::string>& present,
                          const ForKey& element) = 0;
    virtual void each_item(const Field& field, std::size_t present, const std::function<void()>& clear,
                           const ForIndex& element) = 0;
    virtual void each_text(const Field& field, const Text& rule, std::vector<std::string>& items) = 0;
    virtual void each_raw(const Field& field, std::vector<RawValue>& items) = 0;

  private:
    template <class Enum>
    static Choice choice_of(std::span<const Named<Enum>> names, std::string_view complaint) {
        Choice rule{{}, complaint};
        for (const auto& entry : names)
            rule.names.emplace_back(entry.name);
        return rule;
    }
    template <class Enum>
    static Enum named(std::span<const Named<Enum>> names, const Value& value) {
        for (const auto& entry : names)
            if (entry.name == std::get<std::string>(value)) return entry.value;
        return names.front().value;
    }
};

}  // namespace hil::config
