// Reads the values of a request, collecting everything that is wrong with them.
#pragma once

#include "measure/history.hpp"
#include "web/context.hpp"
#include "web/route.hpp"

#include <boost/json/object.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

// The parameters of an address. What is refused is noted and read as the default; look at ok() in the end.
class Query {
  public:
    Query(const Context& context, const Call& call) : context_(context), target_(call.target) {}

    [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const {
        return target_.parameter(name);
    }
    std::size_t plant(std::string_view name = "plant");  // required
    std::optional<std::size_t> optional_plant(std::string_view name = "plant");
    // A plant or a watched device, by its index among all that is recorded.
    std::size_t recorded(std::string_view name = "plant");  // required
    std::optional<std::size_t> optional_recorded(std::string_view name = "plant");
    // ISO 8601; without an offset in the configured zone; a date alone is its midnight there.
    WallTime time(std::string_view name, std::optional<WallTime> otherwise = std::nullopt);
    // `from` before `to`.
    measure::Range range(std::optional<WallTime> from = std::nullopt,
                         std::optional<WallTime> to = std::nullopt);
    std::int64_t whole(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most);
    std::optional<std::int64_t> optional_whole(std::string_view name, std::int64_t least, std::int64_t most);
    // A whole number of seconds, or a length of time as 1h30m that is one.
    std::int64_t seconds(std::string_view name, std::int64_t otherwise, std::int64_t least,
                         std::int64_t most);
    // One of the names, its position; 0 when absent.
    std::size_t choice(std::string_view name, std::initializer_list<std::string_view> names);
    config::TransportMode transport();  // the present one when absent

    void refuse(std::string_view name, std::string detail);
    [[nodiscard]] bool ok() const { return errors_.empty(); }
    [[nodiscard]] const std::vector<InputError>& errors() const { return errors_; }

  private:
    void refuse_id(std::string_view name, const std::vector<std::string>& known, std::string_view given);

    const Context& context_;
    const net::Target& target_;
    std::vector<InputError> errors_;
};

// A body that is JSON; comments are not, equal keys are refused. Otherwise what to answer.
struct Body {
    boost::json::value value;
    std::optional<net::Response> refusal;
};
Body read_json(std::string_view text);
// The same for a body that must be an object with these members at most; an empty body is an empty object.
struct Members {
    boost::json::object object;
    std::optional<net::Response> refusal;

    // None when absent or null; noted when it is no text or longer than `longest`.
    std::optional<std::string> text(std::string_view name, bool required, std::size_t longest = 1000);
    std::vector<InputError> errors;
};
Members read_members(std::string_view text, std::initializer_list<std::string_view> names);

}  // namespace hil::web
