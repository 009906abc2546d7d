#include "ocpp/version.hpp"

#include <array>
#include <utility>

namespace hil::ocpp {
namespace {

constexpr std::array<std::pair<Version, std::string_view>, 3> names{
    {{Version::v16, "ocpp1.6"}, {Version::v201, "ocpp2.0.1"}, {Version::v21, "ocpp2.1"}}};

}  // namespace

std::optional<Version> version_of(std::string_view sub_protocol) {
    for (const auto& [version, name] : names)
        if (name == sub_protocol) return version;
    return std::nullopt;
}

std::string_view sub_protocol(Version version) {
    for (const auto& [known, name] : names)
        if (known == version) return name;
    return {};
}

}  // namespace hil::ocpp
