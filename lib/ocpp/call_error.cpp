#include "ocpp/call_error.hpp"

#include <array>

namespace hil::ocpp {
namespace {

struct Spelling {
    CallErrorCode code;
    std::string_view v16, v201, v21;
};

// 1.6 has no codes for the framework: what it says instead is the nearest it has.
constexpr std::array spellings{
    Spelling{CallErrorCode::not_implemented, "NotImplemented", "NotImplemented", "NotImplemented"},
    Spelling{CallErrorCode::not_supported, "NotSupported", "NotSupported", "NotSupported"},
    Spelling{CallErrorCode::internal_error, "InternalError", "InternalError", "InternalError"},
    Spelling{CallErrorCode::protocol_error, "ProtocolError", "ProtocolError", "ProtocolError"},
    Spelling{CallErrorCode::security_error, "SecurityError", "SecurityError", "SecurityError"},
    Spelling{CallErrorCode::format_violation, "FormationViolation", "FormatViolation", "FormatViolation"},
    Spelling{CallErrorCode::property_constraint, "PropertyConstraintViolation", "PropertyConstraintViolation",
             "PropertyConstraintViolation"},
    Spelling{CallErrorCode::occurrence_constraint, "OccurenceConstraintViolation",
             "OccurenceConstraintViolation", "OccurrenceConstraintViolation"},
    Spelling{CallErrorCode::type_constraint, "TypeConstraintViolation", "TypeConstraintViolation",
             "TypeConstraintViolation"},
    Spelling{CallErrorCode::generic, "GenericError", "GenericError", "GenericError"},
    Spelling{CallErrorCode::message_type_not_supported, "ProtocolError", "MessageTypeNotSupported",
             "MessageTypeNotSupported"},
    Spelling{CallErrorCode::rpc_framework, "FormationViolation", "RpcFrameworkError", "RpcFrameworkError"},
};

}  // namespace

std::string_view to_text(CallErrorCode code, Version version) {
    for (const auto& spelling : spellings) {
        if (spelling.code != code) continue;
        switch (version) {
            case Version::v16:
                return spelling.v16;
            case Version::v201:
                return spelling.v201;
            case Version::v21:
                return spelling.v21;
        }
    }
    return "GenericError";
}

CallErrorCode code_of(std::string_view text) {
    for (const auto& spelling : spellings)
        if (text == spelling.v16 || text == spelling.v201 || text == spelling.v21) return spelling.code;
    return CallErrorCode::generic;
}

}  // namespace hil::ocpp
