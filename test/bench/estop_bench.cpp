// Emergency stop: from the command to the last byte of the zero and disable writes of all plants handed to
// the kernel, for 2 and for 200 plants on loopback whose peers answer, and for a plant whose peer answers no
// write. Writes JSON to standard output and a table to standard error.
//
//   estop_bench [--stops N] [--cpu N]
#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "control/safety.hpp"
#include "modbus/server.hpp"
#include "schedule/plan_store.hpp"

#include "test/bench/raw_peer.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace hil;
using namespace hil::bench;
using SteadyTime = std::chrono::steady_clock::time_point;

// ---- peers, in a process of their own ------------------------------------------------------------------

class Peers {
  public:
    // `body` serves so many ports, which it tells through the pipe, for ever.
    explicit Peers(const std::function<void(int tell)>& body, std::size_t count) : ports(count) {
        std::array<int, 2> ends{};
        require(::pipe(ends.data()) == 0, "pipe");
        pid_ = ::fork();
        require(pid_ >= 0, "fork");
        if (pid_ == 0) {
            body(ends[1]);
            ::_exit(0);
        }
        for (auto& port : ports)
            require(::read(ends[0], &port, sizeof port) == sizeof port, "the peers did not start");
        ::close(ends[0]);
        ::close(ends[1]);
    }
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;
    ~Peers() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::vector<std::uint16_t> ports;

  private:
    pid_t pid_ = -1;
};

void serve_plants(int tell, std::size_t count) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    std::vector<std::unique_ptr<modbus::Bank>> banks;
    std::vector<std::unique_ptr<modbus::Server>> servers;
    for (std::size_t i = 0; i < count; ++i) {
        auto listener = network->listen({"127.0.0.1", 0});
        require(listener.has_value(), "listen");
        const std::uint16_t port = (*listener)->local_endpoint().port;
        require(::write(tell, &port, sizeof port) == sizeof port, "pipe");
        banks.push_back(std::make_unique<modbus::Bank>(modbus::Bank::holding_only(300)));
        servers.push_back(std::make_unique<modbus::Server>(
            clock, std::move(*listener), [bank = banks.back().get()](const modbus::Request& request) {
                return modbus::execute(*bank, request);
            }));
    }
    clock.run();
}

// Answers reads of one register, and no write.
void serve_no_writes(int tell) {
    std::uint16_t port = 0;
    std::vector<pollfd> open{{listen_on_loopback(port), POLLIN, 0}};
    require(::write(tell, &port, sizeof port) == sizeof port, "pipe");
    for (;;) {
        require(::poll(open.data(), open.size(), -1) >= 0, "poll");
        if ((open.front().revents & POLLIN) != 0) {
            const int accepted = ::accept(open.front().fd, nullptr, nullptr);
            no_delay(accepted);
            open.push_back({accepted, POLLIN, 0});
        }
        for (std::size_t i = 1; i < open.size(); ++i) {
            if (open[i].revents == 0) continue;
            std::array<std::uint8_t, 4096> bytes{};
            const auto size = ::read(open[i].fd, bytes.data(), bytes.size());
            if (size <= 0) {
                ::close(open[i].fd);
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(i--));
                continue;
            }
            for (ssize_t at = 0; at + 12 <= size; at += 12) {
                const auto* request = &bytes[static_cast<std::size_t>(at)];
                if (request[7] != 3) continue;
                const std::array<std::uint8_t, 11> answer{request[0], request[1], 0, 0, 0, 5,
                                                          request[6], 3,          2, 0, 1};
                (void)!::write(open[i].fd, answer.data(), answer.size());
            }
        }
    }
}

// ---- a network that notes when register writes were handed to the kernel --------------------------------

struct Noted {
    SteadyTime last_write{}, last_first{};  // of all; of the first ones of each plant
    std::size_t writes = 0, begun = 0;      // plants that were written to
    std::size_t plants = 0;
    bool overtaken = false;  // somebody's second write went out before everybody's first
    std::uint64_t stop = 0;  // which one
    void sent(asio::const_buffer bytes, std::uint64_t& seen) {
        constexpr std::size_t header = 7;
        const auto* data = static_cast<const std::uint8_t*>(bytes.data());
        if (bytes.size() <= header || (data[header] != 6 && data[header] != 16)) return;
        last_write = std::chrono::steady_clock::now();
        if (std::exchange(seen, stop) != stop) {
            ++begun;
            last_first = last_write;
        } else if (begun < plants) {
            overtaken = true;
        }
        writes += bytes.size() / 12;
    }
};

class NotedStream final : public ByteStream {
  public:
    NotedStream(std::unique_ptr<ByteStream> inner, Noted& noted) : inner_(std::move(inner)), noted_(noted) {}
    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        inner_->async_read_some(buffer, std::move(handler));
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        inner_->async_write(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        return inner_->try_read_some(buffer);
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        auto taken = inner_->try_write_some(buffer);
        if (taken) noted_.sent(asio::buffer(buffer, *taken), seen_);
        return taken;
    }
    void close() noexcept override { inner_->close(); }
    [[nodiscard]] bool is_open() const noexcept override { return inner_->is_open(); }
    [[nodiscard]] asio::any_io_executor get_executor() override { return inner_->get_executor(); }
    [[nodiscard]] std::string peer() const override { return inner_->peer(); }

  private:
    std::unique_ptr<ByteStream> inner_;
    Noted& noted_;
    std::uint64_t seen_ = 0;  // the stop of its latest write
};

class NotedNetwork final : public Network {
  public:
    NotedNetwork(Network& inner, Noted& noted) : inner_(inner), noted_(noted) {}
    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override {
        auto stream = co_await inner_.connect(std::move(to), timeout);
        if (!stream) co_return stream.error();
        co_return std::make_unique<NotedStream>(std::move(*stream), noted_);
    }
    result<std::unique_ptr<Listener>> listen(const Endpoint& at) override { return inner_.listen(at); }

  private:
    Network& inner_;
    Noted& noted_;
};

// ---- the site -------------------------------------------------------------------------------------------

config::ModbusEndpoint endpoint(std::uint16_t port, Duration timeout) {
    config::ModbusEndpoint out;
    out.address = {"127.0.0.1", port};
    out.timeout = timeout;
    std::uint16_t address = 0;
    for (const char* name : {"enable", "p_setpoint", "q_setpoint", "p_battery", "q_battery", "soc", "p_poi",
                             "q_poi", "v_poi", "stop_command"}) {
        config::Point point;
        point.name = name;
        point.address = address++;
        point.access = config::Access::read_write;
        out.points.push_back(point);
    }
    out.start_sequence = {{"stop_command", 0, false}, {"enable", 1, false}};
    out.stop_sequence = {{"enable", 0, false}, {"stop_command", 1, false}};
    return out;
}

struct Plant {
    config::ModbusEndpoint endpoint;
    std::unique_ptr<plant::Link> link;
    std::unique_ptr<control::PlanSetpoints> setpoints;
    std::unique_ptr<control::PlantControl> control;
};

struct Site {
    Site(const std::vector<std::uint16_t>& ports, Duration timeout)
        : store(names(ports.size())),
          arbiter(store, config::ScheduleSource::manual, std::chrono::minutes(15)) {
        std::vector<control::Safety::PlantLimits> limits;
        for (std::size_t i = 0; i < ports.size(); ++i) {
            auto plant = std::make_unique<Plant>();
            plant->endpoint = endpoint(ports[i], timeout);
            plant->link = std::make_unique<plant::Link>(clock, network, Random(i + 1), plant->endpoint);
            const auto& map = plant->link->map();
            plant->setpoints = std::make_unique<control::PlanSetpoints>(arbiter, i, power,
                                                                        map.codec(map.standard().p_setpoint),
                                                                        map.codec(map.standard().q_setpoint));
            control::PlantControl::Options options;
            options.anchor = clock.now();
            plant->control = std::make_unique<control::PlantControl>(clock, *plant->link, plant->endpoint,
                                                                     *plant->setpoints, options,
                                                                     control::PlantControl::Hooks{});
            tasks.spawn("link", [link = plant->link.get()] { return link->run(); });
            limits.push_back({std::to_string(i), {}});
            plants.push_back(std::move(plant));
        }
        control::Safety::Hooks hooks;
        hooks.emergency_stop = [this](std::size_t plant) { return plants[plant]->control->emergency_stop(); };
        hooks.disable_dispatch = [this](std::size_t plant) {
            plants[plant]->control->set_dispatch_enabled(false);
        };
        safety = std::make_unique<control::Safety>(clock, std::move(limits), nullptr, std::move(hooks));
    }
    static std::vector<std::string> names(std::size_t count) {
        std::vector<std::string> out;
        for (std::size_t i = 0; i < count; ++i)
            out.push_back("p" + std::to_string(i));
        return out;
    }
    awaitable<void> connected() {
        for (const auto& plant : plants)
            while (plant->link->status().state != plant::LinkState::connected)
                co_await clock.io_sleep_for(std::chrono::milliseconds(2));
    }
    // One stop: microseconds from the command to the last byte of each plant's first write, and of all
    // writes.
    struct Took {
        double first = 0, all = 0;
    };
    awaitable<Took> stop() {
        noted.writes = noted.begun = 0;
        noted.plants = plants.size();
        ++noted.stop;
        const auto asked = std::chrono::steady_clock::now();
        (void)co_await safety->emergency_stop("bench", "bench");
        require(noted.writes >= 4 * plants.size(), "not all writes went out");
        require(!noted.overtaken, "a plant was written to twice before every plant was once");
        (void)co_await safety->reset_emergency("bench");
        const auto us = [&](SteadyTime at) {
            return std::chrono::duration<double, std::micro>(at - asked).count();
        };
        co_return Took{us(noted.last_first), us(noted.last_write)};
    }

    asio::io_context context{1};
    RealClock clock{context};
    std::unique_ptr<Network> tcp = make_tcp_network(clock);
    Noted noted;
    NotedNetwork network{*tcp, noted};
    config::PowerLimits power;
    schedule::PlanStore store;
    schedule::Arbiter arbiter;
    std::vector<std::unique_ptr<Plant>> plants;
    std::unique_ptr<control::Safety> safety;
    TaskGroup tasks{clock};
};

std::vector<Site::Took> stops(const std::vector<std::uint16_t>& ports, std::size_t count, Duration timeout) {
    Site site(ports, timeout);
    std::vector<Site::Took> out;
    site.tasks.spawn("stops", [&]() -> awaitable<void> {
        co_await site.connected();
        for (std::size_t i = 0; i < count; ++i)
            out.push_back(co_await site.stop());
        site.clock.stop();
    });
    site.clock.run();
    site.tasks.cancel();
    site.context.restart();
    site.context.poll();
    return out;
}

// ---- report ---------------------------------------------------------------------------------------------

void report(const char* name, std::vector<double> us, bool& first) {
    std::sort(us.begin(), us.end());
    const auto at = [&](double p) {
        return us[static_cast<std::size_t>(p * static_cast<double>(us.size() - 1))];
    };
    std::fprintf(stderr, "%-42s %7zu %10.0f %10.0f %10.0f %10.0f\n", name, us.size(), at(0.5), at(0.99),
                 at(0.999), us.back());
    std::printf(
        "%s\n  {\"name\": \"%s\", \"stops\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f}",
        first ? "[" : ",", name, us.size(), at(0.5), at(0.99), at(0.999));
    first = false;
}

}  // namespace

int main(int argc, char* argv[]) {
    std::size_t count = 5000;
    int cpu = -1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) == "--stops") count = static_cast<std::size_t>(std::atol(argv[i + 1]));
        if (std::string_view(argv[i]) == "--cpu") cpu = std::atoi(argv[i + 1]);
    }
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<unsigned>(cpu), &set);
        if (::sched_setaffinity(0, sizeof set, &set) != 0) std::perror("the CPU cannot be chosen");
    }
    count = std::max<std::size_t>(count, 20);
    std::fprintf(stderr, "%-42s %7s %10s %10s %10s %10s\n", "emergency stop, command to last byte", "stops",
                 "p50 us", "p99 us", "p99.9 us", "most us");
    bool first = true;
    for (const std::size_t plants : {std::size_t{2}, std::size_t{200}}) {
        const Peers peers([plants](int tell) { serve_plants(tell, plants); }, plants);
        const auto took = stops(peers.ports, plants == 2 ? count : count / 10, std::chrono::seconds(1));
        std::vector<double> firsts, all;
        for (const auto& one : took) {
            firsts.push_back(one.first);
            all.push_back(one.all);
        }
        const auto name = std::to_string(plants) + " plants that answer";
        report((name + ", first write of each").c_str(), std::move(firsts), first);
        report(name.c_str(), std::move(all), first);
    }
    {
        // Each stop ends the session, so each has a site of its own.
        const Peers peers([](int tell) { serve_no_writes(tell); }, 1);
        std::vector<double> us;
        for (int i = 0; i < 20; ++i)
            us.push_back(stops(peers.ports, 1, std::chrono::milliseconds(150)).front().all);
        report("1 plant that answers no write", std::move(us), first);
    }
    std::printf("\n]\n");
}
