// The market against the emulated platform, HTTP over a network in memory, with every fault there is.
#include "plant_sim/istentore/platform.hpp"
#include "base/memory_network.hpp"
#include "market/messages.hpp"
#include "net/server.hpp"
#include "site.hpp"

#include <set>

using namespace hil;
using namespace hil::market;
using namespace hil::market::test;
using plant_sim::PlatformFault;

namespace {

struct Rig : Site {
    explicit Rig(std::uint64_t seed = 1, config::Config c = shipped())
        : Site("2025-10-01T12:00", std::move(c)),
          client(clock, network, net::parse_url(config.istentore_api.base_url).value(), {}),
          random(seed),
          platform(std::make_shared<plant_sim::IstentorePlatform>(
              clock, random.fork(),
              plant_sim::IstentorePlatform::Options{.email = config.istentore_api.email,
                                                    .password = config.istentore_api.password})) {
        platform->on_post = [this](const plant_sim::MeasurementPost& post) { arrive(post); };
        serve();
    }
    ~Rig() {
        stop();
        market.reset();
        serving.reset();
        server.reset();
        client.close();
        clock.settle();
    }
    void start() { Site::start(client); }

    void serve() {
        server = std::make_unique<net::Server>(clock, network.listen(Endpoint{"127.0.0.1", 8443}).value(),
                                               platform, std::nullopt, net::Server::Limits{});
        serving = std::make_unique<TaskGroup>(clock);
        serving->spawn("platform", [this] { return server->run(); });
        clock.settle();
    }

    // First arrivals of a series rise in time; a repeat is the same value.
    void arrive(const plant_sim::MeasurementPost& post) {
        for (const auto& value : post.values) {
            const auto [at, is_new] = arrived[post.series].emplace(value.timestamp, value.measurement);
            if (!is_new) {
                ++repeats;
                CHECK(at->second == value.measurement);
                continue;
            }
            CHECK(std::next(at) == arrived[post.series].end());
        }
    }
    std::size_t arrivals() const {
        std::size_t count = 0;
        for (const auto& [series, all] : arrived)
            count += all.size();
        return count;
    }

    MemoryNetwork network{clock};
    net::Client client;
    Random random;
    std::shared_ptr<plant_sim::IstentorePlatform> platform;
    std::unique_ptr<net::Server> server;
    std::unique_ptr<TaskGroup> serving;
    std::map<int, std::map<std::string, double>> arrived;
    std::size_t repeats = 0;
};

PlatformFault always(std::function<void(PlatformFault&)> set) {
    PlatformFault fault;
    set(fault);
    return fault;
}

}  // namespace

TEST_CASE("A day with the emulated platform: plans come, measurements go") {
    Rig rig;
    rig.start();
    CHECK(rig.market->status().state == Connection::connected);
    CHECK(rig.market->status().today.fetched);
    rig.pass(4h);
    const auto status = rig.market->status();
    CHECK(status.tomorrow.fetched);  // the gate is at 15:00
    CHECK(status.next_activation);
    CHECK(rig.plans.market(0).rows.size() == 192);
    CHECK(rig.arrivals() == 240u * 8);
    CHECK(rig.repeats == 0);
    CHECK(rig.platform->statistics().logins == 1);
}

TEST_CASE("Whatever way the platform fails, all that was taken in arrives once it recovers") {
    struct Case {
        const char* name;
        std::vector<PlatformFault> faults;
    };
    const auto one = GENERATE(values<Case>({
        {"503", {always([](auto& f) { f.status = 503; })}},
        {"400 to measurements", {always([](auto& f) { f.status = 400, f.operation = "measurements"; })}},
        {"429", {always([](auto& f) { f.status = 429; })}},
        {"401 to measurements", {always([](auto& f) { f.status = 401, f.operation = "measurements"; })}},
        {"500 at login with tokens lost",
         {always([](auto& f) { f.status = 500, f.operation = "login"; }),
          always([](auto& f) { f.expire_tokens = true; })}},
        {"no answer, not done", {always([](auto& f) { f.drop = PlatformFault::Drop::before; })}},
        {"no answer, but done", {always([](auto& f) { f.drop = PlatformFault::Drop::after; })}},
        {"answers too late", {always([](auto& f) { f.delay = 60s; })}},
        {"answers slowly", {always([](auto& f) { f.delay = 10s; })}},
        {"a page instead of JSON", {always([](auto& f) { f.not_json = true; })}},
        {"tokens expire at once", {always([](auto& f) { f.expire_tokens = true; })}},
    }));
    INFO(one.name);
    Rig rig;
    rig.start();
    rig.pass(2min);
    rig.platform->set_faults(one.faults);
    rig.pass(20min);
    rig.platform->set_faults({});
    // The longest wait between attempts and a minute more; a request that hangs has its own time-out.
    const auto failing = rig.market->posting().pending;
    rig.pass(120s + 20s);
    INFO("waiting when it recovered: " << failing);
    const auto posting = rig.market->posting();
    CHECK(posting.pending == 0);
    CHECK(posting.health == Health::ok);
    CHECK(rig.market->status().state == Connection::connected);
    std::set<std::size_t> counts;
    for (const auto& [series, all] : rig.arrived)
        counts.insert(all.size());
    // Every minute since the start has its value in each of the eight series.
    CHECK(rig.arrived.size() == 8);
    CHECK(counts == std::set<std::size_t>{25});
}

TEST_CASE("A platform that cannot be reached, refuses connections or cuts them") {
    const int kind = GENERATE(0, 1, 2);
    Rig rig;
    rig.start();
    rig.pass(2min);
    rig.network.on_dial = [kind](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.hang = kind == 0;
        if (kind == 1) dial.refuse = asio::error::connection_refused;
        if (kind == 2) dial.to_client.cut_after = 40;
        return dial;
    };
    rig.network.reset_connections({"127.0.0.1", 8443});
    rig.pass(20min);
    CHECK(rig.market->posting().health == Health::error);
    CHECK(rig.market->status().state == Connection::error);
    CHECK(rig.market->posting().pending > 0);
    rig.network.on_dial = {};
    rig.pass(140s);
    CHECK(rig.market->posting().pending == 0);
    CHECK(rig.arrivals() == 25u * 8);
    CHECK(rig.market->status().state == Connection::connected);
}

TEST_CASE("Failing at random in every way, with processes that end, nothing is lost or out of order [D-20]",
          "[D-20]") {
    const auto seed = GENERATE(range(1u, 7u));
    Rig rig(seed);
    const auto sometimes = [](double probability, auto set) {
        auto fault = always(set);
        fault.probability = probability;
        return fault;
    };
    rig.start();
    rig.platform->set_faults({
        sometimes(0.05, [](auto& f) { f.status = 500; }),
        sometimes(0.05, [](auto& f) { f.status = 422, f.operation = "measurements"; }),
        sometimes(0.05, [](auto& f) { f.drop = PlatformFault::Drop::before; }),
        sometimes(0.05, [](auto& f) { f.drop = PlatformFault::Drop::after; }),
        sometimes(0.05, [](auto& f) { f.expire_tokens = true; }),
        sometimes(0.05, [](auto& f) { f.not_json = true; }),
        sometimes(0.05, [](auto& f) { f.delay = 3s; }),
    });
    auto moments = rig.random.fork();
    std::uint64_t enqueued = 0;
    for (int i = 0; i < 40; ++i) {
        rig.pass(std::chrono::seconds(20 + moments.below(300)));
        if (!moments.chance(0.5)) continue;
        rig.stop();
        rig.market.reset();
        rig.start();
    }
    rig.platform->set_faults({});
    rig.pass(140s);
    CHECK(rig.market->posting().pending == 0);
    CHECK(rig.market->status().state == Connection::connected);
    auto& taken = rig.database->prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
    REQUIRE(taken.step());
    enqueued = static_cast<std::uint64_t>(taken.integer(0));
    taken.reset();
    CHECK(rig.arrivals() == enqueued);
    CHECK(rig.repeats > 0);
    CHECK(rig.platform->statistics().faults > 50);
}
