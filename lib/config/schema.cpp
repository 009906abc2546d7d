#include "base/duration_text.hpp"
#include "config/describe.hpp"
#include "config/json_text.hpp"
#include "config/load.hpp"
#include "config/raw_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>

namespace hil::config {

namespace json = boost::json;

namespace {

json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

// "kW" → "[kK][wW]"
std::string any_case(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const auto upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (upper == lower)
            out += c;
        else
            ((out += '[') += lower) += std::string{upper, ']'};
    }
    return out;
}

// "16", which may be written without quotes, too.
bool is_number(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// A length of time may be written as a text as well; whether that is in range the loader knows alone.
json::object or_a_time(json::object number, Duration unit) {
    if (unit == Duration::zero()) return number;
    return {{"anyOf", json::array{std::move(number),
                                  json::object{{"type", "string"}, {"pattern", view(duration_pattern)}}}}};
}

struct ToSchema {
    json::object operator()(const Flag&) const { return {{"type", "boolean"}}; }
    json::object operator()(const Whole& rule) const {
        return or_a_time({{"type", "integer"}, {"minimum", rule.min}, {"maximum", rule.max}}, rule.unit);
    }
    json::object operator()(const Real& rule) const {
        if (rule.not_zero)
            return {{"type", "number"},
                    {"anyOf", json::array{json::object{{"minimum", rule.min}, {"exclusiveMaximum", 0}},
                                          json::object{{"exclusiveMinimum", 0}, {"maximum", rule.max}}}}};
        return or_a_time({{"type", "number"},
                          {rule.above_min ? "exclusiveMinimum" : "minimum", rule.min},
                          {"maximum", rule.max}},
                         rule.unit);
    }
    json::object operator()(const Text& rule) const {
        return {{"type", "string"}, {"pattern", view(rule.pattern)}};
    }
    json::object operator()(const Choice& rule) const {
        // Editors offer the first form; the second is for those who write kW.
        std::string pattern = "^[ \\t\\r\\n]*(";
        for (std::size_t i = 0; i < rule.names.size(); ++i)
            pattern += (i > 0 ? "|" : "") + any_case(rule.names[i]);
        pattern += ")[ \\t\\r\\n]*$";
        json::array values(rule.names.begin(), rule.names.end());
        for (const auto& name : rule.names)
            if (is_number(name)) values.emplace_back(std::stoll(name));
        return {{"anyOf", json::array{json::object{{"enum", std::move(values)}},
                                      json::object{{"type", "string"}, {"pattern", pattern}}}}};
    }
};

void allow_null(json::object& schema) {
    if (auto* forms = schema.if_contains("anyOf"); forms != nullptr && !schema.contains("type"))
        forms->as_array().push_back(json::object{{"type", "null"}});
    else
        schema["type"] = json::array{schema.at("type"), "null"};
}

// Turns the description of a configuration with all its defaults into a schema.
class SchemaWriter final : public Visitor {
  public:
    SchemaWriter() { open_.emplace_back(); }

    json::value take() {
        json::object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "Configuration of hil_scheduler"}};
        for (auto& [key, value] : pop())
            out.emplace(key, std::move(value));
        json::object definitions;
        for (auto& [name, definition] : definitions_)
            definitions.emplace(view(name), std::move(definition));
        out.emplace("$defs", std::move(definitions));
        return out;
    }

  protected:
    bool scalar(const Field& field, const Rule& rule, Value& value) override {
        if (!field.variable.empty()) return false;
        auto schema = std::visit(ToSchema{}, rule);
        if (field.nullable) allow_null(schema);
        const bool none = std::holds_alternative<std::nullptr_t>(value);
        if (!field.required && !field.annotation && (!none || field.nullable))
            schema.emplace("default", std::visit([](const auto& v) { return json::value(v); }, value));
        add(field, std::move(schema));
        return false;
    }
    bool enter(const Field& field, Presence) override {
        open_.emplace_back();
        open_.back().field = field;
        return true;
    }
    bool leave() override {
        const auto field = open_.back().field;
        auto schema = pop();
        add(field, std::move(schema));
        return false;
    }
    void each_key(const Field& field, const Keys& keys, const std::vector<std::string>&,
                  const ForKey& element) override {
        json::object schema{{"type", "object"}};
        json::array required;
        json::object named;
        for (const auto name : keys.named) {
            auto member = of_type(keys, name, element);
            if (keys.doc != nullptr) member.emplace("description", view(keys.doc(name)));
            named.emplace(view(name), std::move(member));
            required.emplace_back(view(name));
        }
        for (const auto name : keys.usual) {
            auto member = of_type(keys, name, element);
            if (keys.doc != nullptr) member.emplace("description", view(keys.doc(name)));
            named.emplace(view(name), std::move(member));
        }
        if (!named.empty()) schema.emplace("properties", std::move(named));
        if (!required.empty()) schema.emplace("required", std::move(required));
        if (keys.at_least > 0) schema.emplace("minProperties", keys.at_least);
        schema.emplace("propertyNames", json::object{{"pattern", view(keys.key.pattern)}});
        auto other = of_type(keys, "", element);
        if (keys.doc != nullptr) other.emplace("description", view(keys.doc("")));
        schema.emplace("additionalProperties", std::move(other));
        add(field, std::move(schema));
    }
    void each_item(const Field& field, std::size_t, const std::function<void()>& clear,
                   const ForIndex& element) override {
        clear();
        open_.emplace_back();
        element(0);
        json::object schema{{"type", "array"}, {"items", pop()}};
        add(field, std::move(schema));
    }
    void each_text(const Field& field, const Text& rule, std::vector<std::string>&) override {
        add(field, {{"type", "array"}, {"items", ToSchema{}(rule)}});
    }
    void each_raw(const Field& field, std::vector<RawValue>&) override {
        const json::object number{{"type", "number"}};
        const json::object bits{{"type", "string"}, {"pattern", view(raw_pattern)}};
        const json::object one{{"anyOf", json::array{number, bits}}};
        add(field, {{"anyOf", json::array{number, bits, json::object{{"type", "array"}, {"items", one}}}}});
    }

  private:
    struct Open {
        Field field;
        json::object properties;
        json::array required;
    };

    void add(const Field& field, json::object schema) {
        json::object described;
        if (!field.doc.empty()) described.emplace("description", view(field.doc));
        if (field.deprecated) described.emplace("deprecated", true);
        for (auto& [key, value] : schema)
            described.emplace(key, std::move(value));
        open_.back().properties.emplace(view(field.name), std::move(described));
        if (field.required) open_.back().required.emplace_back(view(field.name));
    }
    json::object pop() {
        auto done = std::move(open_.back());
        open_.pop_back();
        json::object schema{{"type", "object"}, {"additionalProperties", false}};
        if (!done.required.empty()) schema.emplace("required", std::move(done.required));
        schema.emplace("properties", std::move(done.properties));
        return schema;
    }
    // Written out, or once for all under $defs.
    json::object of_type(const Keys& keys, std::string_view key, const ForKey& element) {
        const auto describe_it = [&] {
            open_.emplace_back();
            element(std::string(key));
            return pop();
        };
        if (keys.type == nullptr) return describe_it();
        const std::string type(keys.type(key));
        if (!definitions_.contains(type)) definitions_.emplace(type, describe_it());
        return {{"$ref", "#/$defs/" + type}};
    }

    std::vector<Open> open_;
    std::map<std::string, json::object> definitions_;
};

}  // namespace

std::string schema() {
    SchemaWriter writer;
    Config defaults;
    describe(writer, defaults);
    return json_text(writer.take());
}

}  // namespace hil::config
