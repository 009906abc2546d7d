#include "battery/recordings.hpp"

namespace hil::battery {
namespace {

class Category final : public boost::system::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "hil.replay"; }
    [[nodiscard]] std::string message(int) const override {
        return "the recording that the plant plays back cannot be read";
    }
};

}  // namespace

const boost::system::error_category& replay_category() {
    static const Category category;
    return category;
}

std::shared_ptr<const Recording> Recordings::of(std::string_view plant) const {
    const auto found = by_plant.find(plant);
    return found == by_plant.end() ? nullptr : found->second;
}

Recordings load_recordings(const config::Config& config, const Zone& zone) {
    Recordings out;
    for (const auto& plant : config.plants) {
        if (plant.model.emulation.kind != config::BatteryKind::replay) continue;
        auto read = load_recording(plant.model.emulation.file, zone);
        if (read.recording)
            out.by_plant.emplace(plant.id, std::move(read.recording));
        else
            out.problems.push_back(std::move(read.problem));
    }
    return out;
}

}  // namespace hil::battery
