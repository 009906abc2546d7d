#include "simulate/scenarios/platform.hpp"

#include <boost/json/serialize.hpp>

#include <stdexcept>
#include <utility>

namespace hil::simulate {

ScenarioPlatform::ScenarioPlatform(Clock& clock, Network& network, const config::Config& config,
                                   Random random, OnPost on_post)
    : on_post_(std::move(on_post)), tasks_(clock) {
    plant_sim::IstentorePlatform::Options options;
    options.email = config.istentore_api.email;
    options.password = config.istentore_api.password;
    options.plants.clear();
    for (const auto& plant : config.plants) {
        options.plants.push_back({plant.id, plant.model.power_limits.p_max_kw / 2});
        const auto& series = plant.measurement_series;
        for (const auto& id : {series.soc, series.p, series.q, series.v})
            if (id) plant_of_[*id] = plant.id;
    }
    platform_ = std::make_shared<plant_sim::IstentorePlatform>(clock, random, std::move(options));
    platform_->on_post = [this](const plant_sim::MeasurementPost& post) { take(post); };
    auto listener = network.listen(scenario_platform);
    if (!listener) throw std::runtime_error("the platform cannot listen: " + listener.error().message());
    server_ = std::make_unique<net::Server>(clock, std::move(*listener), platform_, std::nullopt,
                                            net::Server::Limits{});
}

void ScenarioPlatform::begin() {
    tasks_.spawn("platform", [this] { return server_->run(); });
}

void ScenarioPlatform::set_faults(const boost::json::value& faults) {
    auto parsed = plant_sim::parse_faults(boost::json::serialize(faults), "faults");
    if (const auto* why = std::get_if<std::string>(&parsed)) throw std::logic_error(*why);
    platform_->set_faults(std::move(std::get<std::vector<plant_sim::PlatformFault>>(parsed)));
}

// All times of the platform have one form, in which later is greater.
void ScenarioPlatform::take(const plant_sim::MeasurementPost& post) {
    const auto known = plant_of_.find(post.series);
    const std::string plant = known == plant_of_.end() ? std::string() : known->second;
    auto& newest = newest_[post.series];
    for (const auto& value : post.values) {
        on_post_("taken", plant, value.measurement);
        if (newest && value.timestamp == *newest) on_post_("repeated", plant, value.measurement);
        if (newest && value.timestamp < *newest) on_post_("out_of_order", plant, value.measurement);
        if (!newest || value.timestamp > *newest) newest = value.timestamp;
    }
}

awaitable<void> ScenarioPlatform::close() {
    co_await server_->stop();
    tasks_.cancel();
    co_await tasks_.join();
}

}  // namespace hil::simulate
