#include "service/plant_runtime.hpp"

namespace hil::service {

PlantRuntime::PlantRuntime(const SiteContext& context, PlantSite site, std::size_t index, Random random,
                           config::TransportMode mode)
    : context_(context),
      site_(std::move(site)),
      index_(index),
      plant_(site_.config.plants[index]),
      random_(random),
      following_(context_, plant_),
      reporter_(context_, site_, index, following_),
      maker_(context_, site_, index, reporter_),
      binding_(maker_.make(mode, random)) {
    reporter_.present(*binding_);
}

result<void> PlantRuntime::open() {
    return maker_.open(*binding_);
}

void PlantRuntime::begin() {
    maker_.begin(*binding_);
}

awaitable<void> PlantRuntime::close() {
    co_await EndpointMaker::end(*binding_);
}

result<std::shared_ptr<EndpointRuntime>> PlantRuntime::prepare(config::TransportMode mode) {
    auto binding = maker_.make(mode, random_.fork());
    if (const auto opened = maker_.open(*binding); !opened) return opened.error();
    return binding;
}

awaitable<void> PlantRuntime::change(std::shared_ptr<EndpointRuntime> next) {
    const auto old = std::exchange(binding_, std::move(next));
    reporter_.present(*binding_);
    following_.endpoint_changed();
    co_await EndpointMaker::end(*old);
    site_.safety.forget(index_);
    reporter_.moved(*old);
    begin();
}

awaitable<bool> PlantRuntime::connected(IoInstant until) {
    while (binding_->link->status().state != plant::LinkState::connected) {
        const Duration left = until - context_.clock.io_now();
        if (left <= Duration::zero()) co_return false;
        (void)co_await reporter_.link_changed().wait_io_for(left);
    }
    co_return true;
}

}  // namespace hil::service
