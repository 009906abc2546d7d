#include "plant_sim/istentore/faults.hpp"

#include "base/number.hpp"
#include "config/document.hpp"
#include "config/time_value.hpp"

#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace hil::plant_sim {
namespace {

namespace json = boost::json;

constexpr double longest_delay_ms = 3'600'000;

using Reply = PlatformFault::Reply;
struct ReplyName {
    Reply reply;
    std::string_view name;
};
constexpr std::array reply_names{ReplyName{Reply::page, "page"},
                                 ReplyName{Reply::text, "text"},
                                 ReplyName{Reply::error, "error"},
                                 ReplyName{Reply::errors, "errors"},
                                 ReplyName{Reply::failure, "failure"},
                                 ReplyName{Reply::fewer_stored, "fewer_stored"},
                                 ReplyName{Reply::fewer_counted, "fewer_counted"},
                                 ReplyName{Reply::fewer_accepted, "fewer_accepted"},
                                 ReplyName{Reply::fewer_inserted, "fewer_inserted"}};

std::string known_replies() {
    std::string out = "must be ";
    for (std::size_t i = 0; i < reply_names.size(); ++i) {
        const bool last = i + 1 == reply_names.size();
        out += fmt::format("{}\"{}\"", i == 0 ? "" : last ? " or " : ", ", reply_names[i].name);
    }
    return out;
}

std::string_view view_of(const json::string& text) {
    return {text.data(), text.size()};
}

bool is_operation(std::string_view text) {
    constexpr std::array<std::string_view, 3> operations{"login", "market_products", "measurements"};
    return std::find(operations.begin(), operations.end(), text) != operations.end();
}

std::optional<double> number(const json::value& value) {
    if (!value.is_number()) return std::nullopt;
    return value.to_number<double>();
}

// Takes one key into the fault; the rule it breaks otherwise, empty when it breaks none.
std::string take(PlatformFault& fault, std::string_view key, const json::value& value) {
    if (key == "status") {
        const auto status = number(value);
        if (!status || *status < 400 || *status > 599 || *status != std::floor(*status)) {
            return "must be a whole number from 400 to 599";
        }
        fault.status = static_cast<unsigned>(*status);
    } else if (key == "delay_ms") {
        const auto ms = config::time_in(value, std::chrono::milliseconds(1));
        if (!ms || *ms < 0 || *ms > longest_delay_ms) return "must be a number from 0 to 3600000";
        fault.delay = seconds(*ms / 1000);
    } else if (key == "drop") {
        const auto* text = value.if_string();
        if (value.is_bool()) {
            fault.drop = value.get_bool() ? PlatformFault::Drop::before : PlatformFault::Drop::no;
        } else if (text != nullptr && (view_of(*text) == "before" || view_of(*text) == "after")) {
            fault.drop =
                view_of(*text) == "before" ? PlatformFault::Drop::before : PlatformFault::Drop::after;
        } else {
            return "must be true, false, \"before\" or \"after\"";
        }
    } else if (key == "expire_tokens" || key == "not_json" || key == "stored") {
        if (!value.is_bool()) return "must be true or false";
        (key == "not_json" ? fault.not_json
         : key == "stored" ? fault.stored
                           : fault.expire_tokens) = value.get_bool();
    } else if (key == "reply") {
        const auto* text = value.if_string();
        const auto known = std::find_if(reply_names.begin(), reply_names.end(), [&](const ReplyName& one) {
            return text != nullptr && one.name == view_of(*text);
        });
        if (known == reply_names.end()) return known_replies();
        fault.reply = known->reply;
    } else if (key == "count") {
        const auto count = number(value);
        if (!count || *count < 1 || *count > 1e15 || *count != std::floor(*count)) {
            return "must be a whole number from 1";
        }
        fault.count = static_cast<std::uint64_t>(*count);
    } else if (key == "operation") {
        const auto* text = value.if_string();
        if (text == nullptr || !is_operation(view_of(*text))) {
            return "must be \"login\", \"market_products\" or \"measurements\"";
        }
        fault.operation = view_of(*text);
    } else if (key == "probability") {
        const auto chance = number(value);
        if (!chance || !(*chance > 0 && *chance <= 1)) return "must be a number above 0 and at most 1";
        fault.probability = *chance;
    } else {
        return "is not a key of a fault";
    }
    return {};
}

bool has_effect(const PlatformFault& fault) {
    return fault.status || fault.delay > Duration::zero() || fault.drop != PlatformFault::Drop::no ||
           fault.expire_tokens || fault.not_json || fault.reply != Reply::no;
}

PlatformFault read_fault(const json::value& value, const std::string& pointer, config::Problems& problems) {
    PlatformFault fault;
    const auto* object = value.if_object();
    if (object == nullptr) {
        problems.add(pointer, "must be an object");
        return fault;
    }
    for (const auto& [name, said] : *object) {
        const std::string_view key(name.data(), name.size());
        if (auto rule = take(fault, key, said); !rule.empty())
            problems.add(config::below(pointer, key), std::move(rule));
    }
    if (!has_effect(fault)) {
        problems.add_unless_wrong(pointer, {},
                                  "must have one of status, delay_ms, drop, expire_tokens, not_json, reply");
    }
    return fault;
}

}  // namespace

std::variant<std::vector<PlatformFault>, std::string> parse_faults(std::string_view text,
                                                                   std::string_view source) {
    config::Problems problems{std::string(source)};
    const auto document = config::read_document(text, problems);
    std::vector<PlatformFault> out;
    if (document) {
        const auto* object = document->if_object();
        const auto* list = object ? object->if_contains("faults") : &*document;
        const std::string base = object && list ? "/faults" : "";
        if (list == nullptr) {
            out.push_back(read_fault(*document, "", problems));
        } else if (const auto* array = list->if_array()) {
            for (std::size_t i = 0; i < array->size(); ++i)
                out.push_back(read_fault((*array)[i], fmt::format("{}/{}", base, i), problems));
        } else {
            problems.add(base, "must be an array of faults");
        }
    }
    if (const auto found = problems.take_problems(); !found.empty()) return found.front().message();
    return out;
}

std::string to_json(const std::vector<PlatformFault>& faults) {
    std::string out = R"({"faults":[)";
    for (const auto& fault : faults) {
        std::string fields;
        if (fault.status) fields += fmt::format(R"("status":{},)", *fault.status);
        if (fault.delay > Duration::zero())
            fields += fmt::format(R"("delay_ms":{},)", format_number(to_seconds(fault.delay) * 1000));
        if (fault.drop != PlatformFault::Drop::no)
            fields += fmt::format(R"("drop":"{}",)",
                                  fault.drop == PlatformFault::Drop::before ? "before" : "after");
        if (fault.expire_tokens) fields += R"("expire_tokens":true,)";
        if (fault.not_json) fields += R"("not_json":true,)";
        for (const auto& [reply, name] : reply_names)
            if (fault.reply == reply) fields += fmt::format(R"("reply":"{}",)", name);
        if (fault.stored) fields += R"("stored":true,)";
        if (fault.count) fields += fmt::format(R"("count":{},)", *fault.count);
        if (!fault.operation.empty()) fields += fmt::format(R"("operation":"{}",)", fault.operation);
        if (!out.ends_with('[')) out += ',';
        out += fmt::format(R"({{{}"probability":{}}})", fields, format_number(fault.probability));
    }
    return out += "]}";
}

std::optional<PlatformFault> FaultList::draw(std::string_view operation, Random& random) {
    std::optional<PlatformFault> out;
    for (auto& fault : faults_) {
        if (!fault.operation.empty() && fault.operation != operation) continue;
        if (fault.probability < 1 && !random.chance(fault.probability)) continue;
        if (fault.count) --*fault.count;
        if (!out) out.emplace();
        if (!out->status) out->status = fault.status;
        if (out->drop == PlatformFault::Drop::no) out->drop = fault.drop;
        out->delay += fault.delay;
        out->expire_tokens = out->expire_tokens || fault.expire_tokens;
        out->not_json = out->not_json || fault.not_json;
        if (out->reply == Reply::no) {
            out->reply = fault.reply;
            out->stored = fault.stored;
        }
    }
    std::erase_if(faults_, [](const PlatformFault& fault) { return fault.count == 0u; });
    return out;
}

}  // namespace hil::plant_sim
