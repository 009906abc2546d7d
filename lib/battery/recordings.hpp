// The recordings that a configuration's plants play back, read before anything starts.
#pragma once

#include "base/result.hpp"
#include "battery/recording.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hil::battery {

struct Recordings {
    std::map<std::string, std::shared_ptr<const Recording>, std::less<>> by_plant;
    std::vector<std::string> problems;  // one for each plant whose file cannot be played back

    // Null for a plant that plays back nothing.
    [[nodiscard]] std::shared_ptr<const Recording> of(std::string_view plant) const;
};

// Reads the file of every plant of kind replay. Blocks.
Recordings load_recordings(const config::Config& config, const Zone& zone);

enum class replay_errc { no_recording = 1 };
const boost::system::error_category& replay_category();
inline error_code make_error_code(replay_errc e) {
    return {static_cast<int>(e), replay_category()};
}

}  // namespace hil::battery

template <>
struct boost::system::is_error_code_enum<hil::battery::replay_errc> : std::true_type {};
