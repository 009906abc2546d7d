#include "simulate/world/operator.hpp"

#include "simulate/world/fault_timeline.hpp"

#include <algorithm>
#include <utility>

namespace hil::simulate {

using namespace std::chrono_literals;

SimulatedOperator::SimulatedOperator(const Site& site, const FaultProfile& profile, Random random)
    : site_(site), profile_(profile), random_(random), people_(site.clock) {}

void SimulatedOperator::begin() {
    for (std::size_t i = 0; i < site_.setup.plant_ids.size(); ++i) {
        const Random operating = random_.fork();
        if (profile_.commands > 0)
            people_.spawn("operator", [this, i, operating] { return operate(i, operating); });
    }
    const Random leading = random_.fork(), fearing = random_.fork();
    if (profile_.site_commands > 0)
        people_.spawn("site manager", [this, leading] { return operate_site(leading); });
    if (profile_.emergency_stops > 0)
        people_.spawn("emergency", [this, fearing] { return stop_in_emergency(fearing); });
    const bool two_sides = std::ranges::all_of(site_.setup.config.plants, &config::Plant::has_remote);
    if (profile_.transports > 0 && two_sides) {
        const Random changing = random_.fork();
        people_.spawn("changing sides", [this, changing] { return change_sides(changing); });
    }
}

void SimulatedOperator::service_back(bool first) {
    shift_ = std::make_unique<TaskGroup>(site_.clock);
    auto& service = site_.process()->service();
    for (std::size_t i = 0; i < service.size(); ++i) {
        if (!first && random_.chance(0.3)) continue;
        shift_->spawn("attend", [this, &service, i] { return attend(service, i); });
    }
}

awaitable<void> SimulatedOperator::leave() {
    if (!shift_) co_return;
    shift_->cancel();
    co_await shift_->join();
}

awaitable<void> SimulatedOperator::end() {
    people_.cancel();
    co_await people_.join();
    co_await leave();
}

void SimulatedOperator::submit(std::string kind, std::string plant, boost::json::object payload) {
    if (auto* process = site_.process())
        process->service().parts().commands.submit(std::move(kind), std::move(plant), std::move(payload),
                                                   "operator");
}

awaitable<void> SimulatedOperator::attend(service::Service& service, std::size_t plant) {
    for (Duration pause = 17s;; pause = std::min<Duration>(2 * pause, 10min)) {
        const auto why = co_await service.start_plant(plant, true, "operator");
        site_.trace.add("attended", site_.setup.plant_ids[plant]).text("result", why);
        if (why.empty()) co_return;
        if (why == "plant_tripped") submit("trip.reset", site_.setup.plant_ids[plant]);
        co_await site_.clock.sleep_for(pause);
    }
}

awaitable<void> SimulatedOperator::operate(std::size_t plant, Random random) {
    for (;;) {
        // Now and then the next command comes before the one before is done, and takes it back.
        const bool hasty = random.chance(0.3);
        if (hasty) {
            co_await site_.clock.sleep_for(seconds(random.uniform(0.001, random.chance(0.5) ? 0.5 : 4)));
        } else {
            co_await next_event(site_.clock, random, profile_.commands);
        }
        if (auto* process = site_.process()) ask(process->service(), plant, random, hasty);
    }
}

void SimulatedOperator::ask(service::Service& service, std::size_t plant, Random& random, bool hasty) {
    const auto& id = site_.setup.plant_ids[plant];
    const auto& control = service.unit(plant).control();
    const double choice = random.uniform();
    const bool runs = control.state() == control::PlantState::running;
    if (site_.commands.trip_holds(plant) && random.chance(0.5)) {
        submit("trip.reset", id);
    } else if (random.chance(0.1)) {
        submit(random.chance(0.4) ? "plant.record_stop" : "plant.record_start", id);
    } else if (random.chance(0.04)) {
        submit("plant.adopt", id);
    } else if (random.chance(0.03)) {
        submit(random.chance(0.5) ? "plant.explode" : "plant.start", random.chance(0.5) ? "nowhere" : id,
               {{"nonsense", 1}});
    } else if (choice < (hasty ? 0.5 : runs ? 0.3 : 0.15)) {
        submit("plant.stop", id);
    } else if (choice < (runs && !hasty ? 0.4 : 0.85)) {
        submit(random.chance(0.85) ? "plant.dispatch_enable" : "plant.dispatch_disable", id);
        submit("plant.start", id);
    } else if (runs) {
        submit(!control.dispatch_enabled() || random.chance(0.2) ? "plant.dispatch_enable"
                                                                 : "plant.dispatch_disable",
               id);
    }
}

awaitable<void> SimulatedOperator::operate_site(Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.site_commands);
        const double choice = random.uniform();
        if (choice < 0.7 || !profile_.market()) {
            submit(random.chance(0.6) ? "fleet.start_all" : "fleet.stop_all");
        } else if (choice < 0.8) {
            submit("source.switch", {}, {{"source", random.chance(0.5) ? "api" : "manual"}});
            co_await site_.clock.sleep_for(seconds(random.uniform(0, 60)));
            submit("fleet.start_all");
        } else if (choice < 0.83) {
            submit("transport.switch", {}, {{"mode", random.chance(0.5) ? "remote" : "nowhere"}});
        } else {
            co_await use_market(random);
        }
    }
}

// The site goes to its other side, by force now and then, and what ran there runs here.
awaitable<void> SimulatedOperator::change_sides(Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.transports);
        auto* process = site_.process();
        if (process == nullptr) continue;
        const bool local = process->service().transport() == config::TransportMode::local;
        submit("transport.switch", {}, {{"mode", local ? "remote" : "local"}, {"force", random.chance(0.2)}});
        for (const auto& id : site_.setup.plant_ids)
            submit("plant.record_start", id);
        submit("fleet.start_all");
    }
}

// Somebody disconnects or mistypes the password, and notices later.
awaitable<void> SimulatedOperator::use_market(Random& random) {
    const double choice = random.uniform();
    const bool posting = choice < 0.3;
    if (posting) {
        submit("posting.disable");
    } else if (choice < 0.7) {
        submit("market.disconnect");
    } else {
        submit("market.connect", {}, {{"password", "mistyped"}});
    }
    co_await site_.clock.sleep_for(seconds(random.uniform(0.001, random.chance(0.3) ? 1 : 3600)));
    if (posting) {
        submit("posting.enable");
    } else {
        submit("market.connect", {}, {{"password", "drawn"}});
    }
}

awaitable<bool> SimulatedOperator::connect_market(Duration timeout) {
    auto& service = site_.process()->service();
    const auto last = site_.clock.now() + timeout;
    submit("posting.enable");
    while (site_.clock.now() < last) {
        const auto id =
            service.parts().commands.submit("market.connect", "", {{"password", "drawn"}}, "operator").id;
        const auto ended = co_await service.parts().commands.finished(id);
        if (ended && ended->state == control::CommandState::succeeded &&
            service.market()->posting().effective)
            co_return true;
        co_await site_.clock.sleep_for(5s);
    }
    co_return false;
}

awaitable<void> SimulatedOperator::stop_in_emergency(Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.emergency_stops);
        submit("estop", {}, {{"reason", "drawn"}});
        // Until somebody resets it; a service that restarts meanwhile must know.
        do {
            co_await site_.clock.sleep_for(seconds(random.uniform(1, 900)));
            submit("estop.reset");
            co_await site_.clock.sleep_for(30s);
        } while (site_.commands.latched());
        if (random.chance(0.8)) submit("fleet.start_all");
    }
}

}  // namespace hil::simulate
