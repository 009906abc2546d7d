#include "config/description.hpp"

#include <fmt/format.h>

namespace hil::config {

namespace {

struct Sentence {
    std::string operator()(const Flag&) const { return "must be true or false"; }
    std::string operator()(const Whole& rule) const {
        if (rule.max == Whole::unlimited)
            return fmt::format("must be a whole number of at least {}", rule.min);
        return fmt::format("must be {}..{}", rule.min, rule.max);
    }
    std::string operator()(const Real& rule) const {
        if (rule.above_min) return fmt::format("must be above {} and at most {}", rule.min, rule.max);
        if (rule.not_zero) return fmt::format("must be {}..{} and not 0", rule.min, rule.max);
        return fmt::format("must be {}..{}", rule.min, rule.max);
    }
    std::string operator()(const Text& rule) const { return std::string(rule.rule); }
    std::string operator()(const Choice& rule) const {
        std::string out = fmt::format("{}must be ", rule.complaint);
        for (std::size_t i = 0; i < rule.names.size(); ++i) {
            if (i > 0) out += i + 1 == rule.names.size() ? " or " : ", ";
            out += rule.names[i];
        }
        return out;
    }
};

constinit const Text path_rule{"must be a path that is not blank", "[^ \\t]", [](std::string& text) {
                                   return text.find_first_not_of(" \t") != std::string::npos &&
                                          text.find('\0') == std::string::npos;
                               }};

double in_seconds(Duration value) {
    return static_cast<double>(value.count()) / 1e9;
}

}  // namespace

std::string sentence(const Rule& rule) {
    return std::visit(Sentence{}, rule);
}

void Visitor::flag(const Field& field, bool& value) {
    Value v = value;
    if (scalar(field, Flag{}, v)) value = std::get<bool>(v);
}

void Visitor::whole(const Field& field, std::optional<int>& value, Whole rule) {
    Value v = nullptr;
    if (value) v = static_cast<std::int64_t>(*value);
    if (!scalar(field, rule, v)) return;
    value.reset();
    if (const auto* number = std::get_if<std::int64_t>(&v)) value = static_cast<int>(*number);
}

void Visitor::real(const Field& field, double& value, Real rule) {
    Value v = value;
    if (scalar(field, rule, v)) value = std::get<double>(v);
}

void Visitor::real(const Field& field, std::optional<double>& value, Real rule) {
    Value v = nullptr;
    if (value) v = *value;
    if (!scalar(field, rule, v)) return;
    value.reset();
    if (const auto* number = std::get_if<double>(&v)) value = *number;
}

void Visitor::seconds(const Field& field, Duration& value, Real rule) {
    rule.unit = std::chrono::seconds(1);
    Value v = in_seconds(value);
    if (scalar(field, rule, v)) value = hil::seconds(std::get<double>(v));
}

void Visitor::seconds(const Field& field, std::optional<Duration>& value, Real rule) {
    rule.unit = std::chrono::seconds(1);
    std::optional<double> number;
    if (value) number = in_seconds(*value);
    real(field, number, rule);
    value.reset();
    if (number) value = hil::seconds(*number);
}

void Visitor::milliseconds(const Field& field, Duration& value, Whole rule) {
    rule.unit = std::chrono::milliseconds(1);
    Value v = static_cast<std::int64_t>(value / std::chrono::milliseconds(1));
    if (scalar(field, rule, v)) value = std::chrono::milliseconds(std::get<std::int64_t>(v));
}

void Visitor::text(const Field& field, std::string& value, const Text& rule) {
    Value v = nullptr;
    if (!value.empty()) v = value;
    if (!scalar(field, rule, v)) return;
    if (auto* read = std::get_if<std::string>(&v)) value = std::move(*read);
}

void Visitor::path(const Field& field, std::filesystem::path& value) {
    std::string written = value.string();
    text(field, written, path_rule);
    value = written;
}

void Visitor::choice(const Field& field, std::string& value, Choice rule) {
    Value v = value;
    if (scalar(field, rule, v)) value = std::get<std::string>(v);
}

void Visitor::group(const Field& field, const std::function<void()>& describe_members) {
    if (!enter(field, Presence::always)) return;
    describe_members();
    leave();
}

void Visitor::optional_group(const Field& field, bool& there, const std::function<void()>& describe_members) {
    if (!enter(field, there ? Presence::is_there : Presence::is_missing)) return;
    describe_members();
    if (leave()) there = true;
}

void Visitor::texts(const Field& field, std::vector<std::string>& items, const Text& rule) {
    each_text(field, rule, items);
}

}  // namespace hil::config
