// One plant at work in this process, whichever of its endpoints is in use: begun, ended, moved to another
// endpoint. What it has there is made by EndpointMaker, what happens there goes to PlantReporter.
#pragma once

#include "service/endpoint_runtime.hpp"
#include "service/plan_following.hpp"
#include "service/plant_reporter.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace hil::service {

class PlantRuntime {
  public:
    PlantRuntime(const SiteContext& context, PlantSite site, std::size_t index, Random random,
                 config::TransportMode mode);
    PlantRuntime(const PlantRuntime&) = delete;
    PlantRuntime& operator=(const PlantRuntime&) = delete;

    // Binds the emulator; nothing to do for a remote plant.
    result<void> open();
    // Starts the link, the dispatch loop and the sampler.
    void begin();
    // Ends them, the session with the plant and the emulator.
    awaitable<void> close();

    // Everything for another transport, emulator listening, but not in use yet. Fails as a listener does.
    result<std::shared_ptr<EndpointRuntime>> prepare(config::TransportMode mode);
    // Ends what is in use and goes on with what was prepared. The plant has been stopped; a coroutine that
    // still uses the control of the old binding holds binding().
    awaitable<void> change(std::shared_ptr<EndpointRuntime> next);

    void observe(PlantObserver observer) { reporter_.observe(std::move(observer)); }

    // Waits until the link is up; false: it was not until then (unscaled time).
    awaitable<bool> connected(IoInstant until);

    void follow() { following_.follow(); }
    void unfollow() { following_.unfollow(); }
    [[nodiscard]] const PlanFollowing& following() const { return following_; }
    [[nodiscard]] const PlantReporter& reporter() const { return reporter_; }

    [[nodiscard]] const config::Plant& plant() const { return plant_; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] config::TransportMode transport() const { return binding_->mode; }
    [[nodiscard]] const std::shared_ptr<EndpointRuntime>& binding() const { return binding_; }
    [[nodiscard]] const config::ModbusEndpoint& endpoint() const { return *binding_->endpoint; }
    [[nodiscard]] control::PlantControl& control() { return *binding_->control; }
    [[nodiscard]] const control::PlantControl& control() const { return *binding_->control; }
    [[nodiscard]] const plant::Link& link() const { return *binding_->link; }
    [[nodiscard]] const measure::Sampler& sampler() const { return *binding_->sampler; }
    [[nodiscard]] const measure::Statistics& statistics() const { return binding_->statistics; }
    [[nodiscard]] measure::ColumnFormat columns() const { return binding_->format; }
    [[nodiscard]] plant_sim::PlantServer* emulator() { return binding_->emulator.get(); }
    [[nodiscard]] std::size_t tasks() const { return binding_->tasks.size(); }

  private:
    SiteContext context_;
    PlantSite site_;
    std::size_t index_;
    const config::Plant& plant_;
    Random random_;
    PlanFollowing following_;
    PlantReporter reporter_;
    EndpointMaker maker_;
    std::shared_ptr<EndpointRuntime> binding_;
};

}  // namespace hil::service
