// As much of JSON Schema (draft 2020-12) as our schema uses; any other keyword makes it throw.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>

namespace hil::config::sample {

class SchemaValidator {
  public:
    explicit SchemaValidator(const boost::json::value& schema) : root_(schema) {}

    bool valid(const boost::json::value& value) { return valid(value, root_); }

  private:
    using Json = boost::json::value;

    static double number(const Json& v) { return v.to_number<double>(); }

    static bool has_type(const Json& value, const Json& type) {
        if (const auto* several = type.if_array()) {
            for (const auto& one : *several)
                if (has_type(value, one)) return true;
            return false;
        }
        const auto& name = type.as_string();
        if (name == "object") return value.is_object();
        if (name == "array") return value.is_array();
        if (name == "string") return value.is_string();
        if (name == "boolean") return value.is_bool();
        if (name == "null") return value.is_null();
        if (name == "number") return value.is_number();
        if (name == "integer")
            return value.is_number() &&
                   number(value) == static_cast<double>(static_cast<std::int64_t>(number(value)));
        throw std::logic_error("type");
    }

    bool matches(const std::string& pattern, const std::string& text) {
        const auto known = matched_.find({pattern, text});
        if (known != matched_.end()) return known->second;
        const bool matched = std::regex_search(text, std::regex(pattern));
        matched_.emplace(std::pair{pattern, text}, matched);
        return matched;
    }

    bool members(const boost::json::object& object, const boost::json::object& schema) {
        const auto* properties = schema.if_contains("properties");
        const auto* names = schema.if_contains("propertyNames");
        const auto* others = schema.if_contains("additionalProperties");
        for (const auto& [key, member] : object) {
            if (names != nullptr && !valid(Json(key), *names)) return false;
            const auto* known = properties == nullptr ? nullptr : properties->as_object().if_contains(key);
            if (known != nullptr ? !valid(member, *known) : others != nullptr && !valid(member, *others))
                return false;
        }
        if (const auto* required = schema.if_contains("required"))
            for (const auto& key : required->as_array())
                if (!object.contains(key.as_string())) return false;
        const auto* least = schema.if_contains("minProperties");
        return least == nullptr || static_cast<double>(object.size()) >= number(*least);
    }

    bool valid(const Json& value, const Json& schema_value) {
        if (schema_value.is_bool()) return schema_value.as_bool();
        const auto& schema = schema_value.as_object();
        for (const auto& [keyword, rule] : schema) {
            if (keyword == "$schema" || keyword == "title" || keyword == "description" ||
                keyword == "default" || keyword == "deprecated" || keyword == "$defs" ||
                keyword == "properties" || keyword == "required" || keyword == "additionalProperties" ||
                keyword == "propertyNames" || keyword == "minProperties")
                continue;
            bool ok = true;
            if (keyword == "type") {
                ok = has_type(value, rule);
            } else if (keyword == "$ref") {
                ok = valid(value, root_.at_pointer(rule.as_string().subview(1)));
            } else if (keyword == "anyOf") {
                ok = false;
                for (const auto& one : rule.as_array())
                    ok = ok || valid(value, one);
            } else if (keyword == "enum") {
                ok = false;
                for (const auto& one : rule.as_array())
                    ok = ok || one == value;
            } else if (keyword == "pattern") {
                ok = !value.is_string() ||
                     matches(std::string(rule.as_string()), std::string(value.as_string()));
            } else if (keyword == "minimum") {
                ok = !value.is_number() || number(value) >= number(rule);
            } else if (keyword == "exclusiveMinimum") {
                ok = !value.is_number() || number(value) > number(rule);
            } else if (keyword == "exclusiveMaximum") {
                ok = !value.is_number() || number(value) < number(rule);
            } else if (keyword == "maximum") {
                ok = !value.is_number() || number(value) <= number(rule);
            } else if (keyword == "items") {
                if (const auto* array = value.if_array())
                    for (const auto& item : *array)
                        ok = ok && valid(item, rule);
            } else {
                throw std::logic_error("a keyword this validator does not know: " + std::string(keyword));
            }
            if (!ok) return false;
        }
        const auto* object = value.if_object();
        return object == nullptr || members(*object, schema);
    }

    const Json root_;
    std::map<std::pair<std::string, std::string>, bool> matched_;
};

}  // namespace hil::config::sample
