#include "web/inputs.hpp"

#include "base/duration_text.hpp"
#include "config/document.hpp"
#include "config/problems.hpp"
#include "web/json_writer.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>

namespace hil::web {

namespace json = boost::json;

namespace {

std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 100)) + "\"";
}

// In an address `+` is a blank unless it is written %2B, which everybody forgets before an offset.
std::string with_offset_sign(std::string_view text) {
    std::string out(text);
    const auto blank = out.rfind(' ');
    if (blank != std::string::npos && blank > 10) out[blank] = '+';
    return out;
}

}  // namespace

void Query::refuse(std::string_view name, std::string detail) {
    errors_.push_back({"query/" + std::string(name), std::string(name) + " " + std::move(detail)});
}

std::optional<std::size_t> Query::optional_plant(std::string_view name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    const auto found = context_.find_plant(*given);
    if (!found) refuse_id(name, context_.plant_ids, *given);
    return found;
}

std::size_t Query::plant(std::string_view name) {
    if (!text(name)) refuse(name, fmt::format("is required, one of {}", fmt::join(context_.plant_ids, ", ")));
    return optional_plant(name).value_or(0);
}

std::optional<std::size_t> Query::optional_recorded(std::string_view name) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    const auto found = context_.find_recorded(*given);
    if (!found) refuse_id(name, context_.recorded_ids, *given);
    return found;
}

std::size_t Query::recorded(std::string_view name) {
    if (!text(name))
        refuse(name, fmt::format("is required, one of {}", fmt::join(context_.recorded_ids, ", ")));
    return optional_recorded(name).value_or(0);
}

void Query::refuse_id(std::string_view name, const std::vector<std::string>& known, std::string_view given) {
    refuse(name, fmt::format("must be one of {}, got {}", fmt::join(known, ", "), quoted(given)));
}

WallTime Query::time(std::string_view name, std::optional<WallTime> otherwise) {
    const auto given = text(name);
    if (!given) {
        if (!otherwise) refuse(name, "is required, a time as 2025-10-01T00:00:00+02:00");
        return otherwise.value_or(WallTime{});
    }
    if (const auto day = parse_date(*given)) return context_.site.zone.midnight(*day);
    const auto parsed = context_.site.zone.parse(with_offset_sign(*given));
    if (!parsed) {
        refuse(name, fmt::format("must be a time as 2025-10-01T00:00:00+02:00, got {}: {}", quoted(*given),
                                 parsed.error().message()));
        return otherwise.value_or(WallTime{});
    }
    return *parsed;
}

measure::Range Query::range(std::optional<WallTime> from, std::optional<WallTime> to) {
    const measure::Range range{time("from", from), time("to", to)};
    if (ok() && range.from >= range.to) refuse("to", "must be later than from");
    return range;
}

std::optional<std::int64_t> Query::optional_whole(std::string_view name, std::int64_t least,
                                                  std::int64_t most) {
    const auto given = text(name);
    if (!given) return std::nullopt;
    std::int64_t value = 0;
    const char* last = given->data() + given->size();
    const auto [end, error] = std::from_chars(given->data(), last, value);
    if (error != std::errc{} || end != last || value < least || value > most) {
        refuse(name, fmt::format("must be a whole number of {}..{}, got {}", least, most, quoted(*given)));
        return std::nullopt;
    }
    return value;
}

std::int64_t Query::seconds(std::string_view name, std::int64_t otherwise, std::int64_t least,
                            std::int64_t most) {
    const auto given = text(name);
    const auto length = given ? parse_duration(*given) : std::nullopt;
    if (!length) return whole(name, otherwise, least, most);
    const auto value = std::chrono::duration_cast<std::chrono::seconds>(*length);
    if (value == *length && value.count() >= least && value.count() <= most) return value.count();
    refuse(name, fmt::format("must be {}..{} whole seconds, got {}", least, most, quoted(*given)));
    return otherwise;
}

std::int64_t Query::whole(std::string_view name, std::int64_t otherwise, std::int64_t least,
                          std::int64_t most) {
    return optional_whole(name, least, most).value_or(otherwise);
}

std::size_t Query::choice(std::string_view name, std::initializer_list<std::string_view> names) {
    const auto given = text(name);
    if (!given) return 0;
    const auto found = std::find(names.begin(), names.end(), *given);
    if (found == names.end()) {
        refuse(name, fmt::format("must be one of {}, got {}", fmt::join(names, ", "), quoted(*given)));
        return 0;
    }
    return static_cast<std::size_t>(found - names.begin());
}

config::TransportMode Query::transport() {
    if (!text("transport")) return context_.site.transport();
    return choice("transport", {"local", "remote"}) == 0 ? config::TransportMode::local
                                                         : config::TransportMode::remote;
}

Body read_json(std::string_view text) {
    Body out;
    json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code error;
    json::parse(json_view(text), error, {}, options);  // the reader below takes comments, which are not JSON
    if (error) {
        out.refusal = problem(400, "the body is not JSON: " + error.message());
        return out;
    }
    config::Problems problems("body");
    auto value = config::read_document(text, problems);
    std::vector<InputError> errors;
    for (const auto& found : problems.take_problems())
        errors.push_back({found.pointer, found.text});
    if (!value || !errors.empty()) {
        out.refusal = invalid(errors);
        return out;
    }
    out.value = std::move(*value);
    return out;
}

Members read_members(std::string_view text, std::initializer_list<std::string_view> names) {
    Members out;
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return out;
    auto body = read_json(text);
    if (body.refusal) {
        out.refusal = std::move(body.refusal);
        return out;
    }
    auto* object = body.value.if_object();
    if (object == nullptr) {
        out.refusal = invalid({{"", "the body must be a JSON object"}});
        return out;
    }
    for (const auto& [key, value] : *object) {
        if (std::find(names.begin(), names.end(), std_view(key)) == names.end())
            out.errors.push_back({config::below("", std_view(key)),
                                  fmt::format("unknown field, there are {}", fmt::join(names, ", "))});
    }
    out.object = std::move(*object);
    return out;
}

std::optional<std::string> Members::text(std::string_view name, bool required, std::size_t longest) {
    const auto pointer = config::below("", name);
    const auto* value = object.if_contains(json_view(name));
    if (value == nullptr || value->is_null()) {
        if (required) errors.push_back({pointer, std::string(name) + " is required"});
        return std::nullopt;
    }
    const auto* given = value->if_string();
    if (given == nullptr || given->size() > longest) {
        errors.push_back({pointer, fmt::format("{} must be a text of at most {} bytes", name, longest)});
        return std::nullopt;
    }
    return std::string(std_view(*given));
}

}  // namespace hil::web
