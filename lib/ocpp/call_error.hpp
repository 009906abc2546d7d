// Why a call is refused, in the spelling of each version.
//
// Two codes are spelt differently by the versions and by the programs that speak them: what is read is
// understood in every spelling seen in the field, what is written is right for the version.
#pragma once

#include "ocpp/version.hpp"

#include <cstdint>
#include <string_view>

namespace hil::ocpp {

enum class CallErrorCode : std::uint8_t {
    not_implemented,  // no such action
    not_supported,    // an action that this station or system does not do
    internal_error,
    protocol_error,
    security_error,
    format_violation,       // no message of the protocol; 1.6: FormationViolation
    property_constraint,    // a field has a value it cannot have, or is none of the message
    occurrence_constraint,  // a field is missing, or there too often; 1.6, 2.0.1:
                            // OccurenceConstraintViolation
    type_constraint,        // a field is of another type
    generic,
    message_type_not_supported,  // 2.x
    rpc_framework,               // 2.x
};

std::string_view to_text(CallErrorCode code, Version version);
// What is not known is `generic`.
CallErrorCode code_of(std::string_view text);

}  // namespace hil::ocpp
