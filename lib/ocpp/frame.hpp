// The frames of OCPP over JSON: calls, results, errors. Pure.
//
// What a station sends may be anything: text that is no JSON, numbers for texts, a NUL inside a string,
// integers of 64 bits. It becomes a frame, or a sentence that says what is wrong with it and, where its id
// can be read, how it is to be answered, so that the connection goes on.
#pragma once

#include "ocpp/call_error.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hil::ocpp {

struct Call {
    std::string id;  // 1 … 36 characters
    std::string action;
    boost::json::object payload;
};

struct CallResult {
    std::string id;
    boost::json::object payload;
};

struct CallError {
    std::string id;
    CallErrorCode code = CallErrorCode::generic;
    std::string description;  // up to 255 characters
    boost::json::object details;
};

using Frame = std::variant<Call, CallResult, CallError>;

// A text that is no frame.
struct BadFrame {
    std::string why;                  // a sentence without a full stop, for the log
    std::optional<CallError> answer;  // what is sent back; none: nothing, as to a bad answer
};

struct FrameLimits {
    std::size_t text = 1'000'000;  // bytes
    std::size_t depth = 16;        // of nesting
};

std::variant<Frame, BadFrame> read_frame(std::string_view text, const FrameLimits& limits = {});

// One line of JSON.
std::string write_frame(const Call& call);
std::string write_frame(const CallResult& result);
std::string write_frame(const CallError& error, Version version);

}  // namespace hil::ocpp
