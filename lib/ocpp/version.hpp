// Versions of OCPP that are spoken, by the names of their WebSocket sub-protocols.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hil::ocpp {

enum class Version : std::uint8_t { v16, v201, v21 };

// "ocpp1.6", "ocpp2.0.1", "ocpp2.1"; nothing else, whatever the case.
std::optional<Version> version_of(std::string_view sub_protocol);
std::string_view sub_protocol(Version version);

}  // namespace hil::ocpp
