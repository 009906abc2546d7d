// The market platform of a scenario: the emulator of istentore_sim over plain HTTP in memory.
#pragma once

#include "base/byte_stream.hpp"
#include "base/random.hpp"
#include "base/task_group.hpp"
#include "net/server.hpp"
#include "plant_sim/istentore/platform.hpp"
#include "simulate/scenarios/setup.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hil::simulate {

class ScenarioPlatform {
  public:
    // A value was taken: "taken", then what is odd about it, "repeated" or "out_of_order".
    using OnPost = std::function<void(std::string_view what, const std::string& plant, double value)>;

    // Everything but `random` outlives it.
    ScenarioPlatform(Clock& clock, Network& network, const config::Config& config, Random random,
                     OnPost on_post);
    ScenarioPlatform(const ScenarioPlatform&) = delete;
    ScenarioPlatform& operator=(const ScenarioPlatform&) = delete;

    void begin();
    // Precondition: checked.
    void set_faults(const boost::json::value& faults);
    void clear_faults() { platform_->set_faults({}); }
    awaitable<void> close();

  private:
    void take(const plant_sim::MeasurementPost& post);

    std::map<int, std::string> plant_of_;               // by series
    std::map<int, std::optional<std::string>> newest_;  // time of the newest value, by series
    OnPost on_post_;
    std::shared_ptr<plant_sim::IstentorePlatform> platform_;
    std::unique_ptr<net::Server> server_;
    TaskGroup tasks_;
};

}  // namespace hil::simulate
