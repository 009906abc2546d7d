#include "config/location.hpp"

namespace hil::config {

std::filesystem::path default_file() {
    const std::filesystem::path beside_sources = HIL_SOURCE_CONFIG;
    std::error_code ignored;
    if (std::filesystem::exists(beside_sources, ignored)) return beside_sources;
    return "/etc/hil-scheduler/hil.json";
}

}  // namespace hil::config
