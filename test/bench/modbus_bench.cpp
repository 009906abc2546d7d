// Requests per second and their latencies: our server and libmodbus' server under one raw client, our client
// and libmodbus' client against one server, a raw pair as the limit. Every pair shares one CPU. Writes JSON
// to standard output and a table to standard error.
//
//   modbus_bench [--seconds S] [--cpu N] [--only PART_OF_NAME]
#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "modbus/client.hpp"
#include "modbus/server.hpp"

#include "test/bench/raw_peer.hpp"

#include <modbus/modbus.h>

#include <sched.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

namespace {

using namespace hil;
using namespace hil::bench;

constexpr std::size_t device_size = 100;

// ---- servers, each in a process of its own ----------------------------------------------------------

// Serves on a port the system chooses, which it tells through the pipe.
using ServerBody = std::function<void(int tell)>;

void tell_port(int pipe, std::uint16_t port) {
    require(::write(pipe, &port, sizeof port) == sizeof port, "pipe");
}

void serve_raw(int tell) {
    std::uint16_t port = 0;
    const int listener = listen_on_loopback(port);
    tell_port(tell, port);
    raw_server(listener);
}

void serve_ours(int tell) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    auto listener = network->listen({"127.0.0.1", 0});
    require(listener.has_value(), "listen");
    tell_port(tell, (*listener)->local_endpoint().port);
    auto bank = modbus::Bank::holding_only(device_size);
    const modbus::Server server(
        clock, std::move(*listener),
        [&bank](const modbus::Request& request) { return modbus::execute(bank, request); },
        {.max_connections = 1000});
    clock.run();
}

// As its own example for many connections does it: select().
void serve_libmodbus(int tell) {
    std::uint16_t port = 0;
    int listener = listen_on_loopback(port);
    tell_port(tell, port);
    modbus_t* context = modbus_new_tcp("127.0.0.1", 0);
    modbus_mapping_t* tables = modbus_mapping_new(0, 0, device_size, 0);
    fd_set all;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    int highest = listener;
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> query;
    for (;;) {
        fd_set ready = all;
        if (::select(highest + 1, &ready, nullptr, nullptr, nullptr) < 0) return;
        for (int fd = 0; fd <= highest; ++fd) {
            if (!FD_ISSET(fd, &ready)) continue;
            if (fd == listener) {
                const int accepted = ::accept(listener, nullptr, nullptr);
                no_delay(accepted);
                FD_SET(accepted, &all);
                highest = std::max(highest, accepted);
                continue;
            }
            modbus_set_socket(context, fd);
            const int size = modbus_receive(context, query.data());
            if (size > 0) {
                modbus_reply(context, query.data(), size, tables);
            } else if (size < 0) {
                ::close(fd);
                FD_CLR(fd, &all);
            }
        }
    }
}

Nanoseconds cpu_time(const rusage& used) {
    const auto time = [](const timeval& t) {
        return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
    };
    return time(used.ru_utime) + time(used.ru_stime);
}

Nanoseconds own_cpu_time() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return cpu_time(used);
}

class ServerProcess {
  public:
    explicit ServerProcess(const ServerBody& body) {
        std::array<int, 2> ends{};
        require(::pipe(ends.data()) == 0, "pipe");
        pid_ = ::fork();
        require(pid_ >= 0, "fork");
        if (pid_ == 0) {
            body(ends[1]);
            ::_exit(0);
        }
        require(::read(ends[0], &port_, sizeof port_) == sizeof port_, "the server did not start");
        ::close(ends[0]);
        ::close(ends[1]);
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() { end(); }
    // Ends it; the CPU time it took.
    Nanoseconds end() {
        if (pid_ < 0) return {};
        rusage used{};
        ::kill(pid_, SIGKILL);
        ::wait4(std::exchange(pid_, -1), nullptr, 0, &used);
        return cpu_time(used);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    pid_t pid_ = -1;
    std::uint16_t port_ = 0;
};

// ---- clients ----------------------------------------------------------------------------------------

awaitable<void> ask_again_and_again(modbus::Client& client, Measured& out, Nanoseconds length,
                                    std::chrono::steady_clock::time_point begin, std::size_t& running,
                                    Clock& clock) {
    for (;;) {
        const auto sent = now();
        const auto words = co_await client.read_holding_registers(1, 0, registers);
        if (!words) {
            std::fprintf(stderr, "our client: %s\n", words.error().message().c_str());
            std::exit(1);
        }
        const auto time = now();
        out.latencies.push_back(static_cast<std::uint32_t>((time - sent).count()));
        if (time - begin >= length) break;
    }
    if (--running == 0) clock.stop();
}

// So many connections with so many requests in flight on each.
Measured our_client(std::uint16_t port, std::size_t connections, std::uint16_t in_flight,
                    Nanoseconds length) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    TaskGroup tasks(clock);
    std::vector<std::unique_ptr<modbus::Client>> clients;
    Measured out;
    out.latencies.reserve(4'000'000);
    std::size_t running = connections * in_flight;
    const auto begin = now();
    tasks.spawn("connect", [&]() -> awaitable<void> {
        for (std::size_t i = 0; i < connections; ++i) {
            auto stream = co_await network->connect({"127.0.0.1", port}, std::chrono::seconds(5));
            require(stream.has_value(), "connect");
            modbus::ClientOptions options;
            options.max_in_flight = in_flight;
            clients.push_back(std::make_unique<modbus::Client>(clock, std::move(*stream), options));
        }
        for (auto& client : clients) {
            for (std::uint16_t i = 0; i < in_flight; ++i) {
                tasks.spawn("asks", [&clock, &running, &out, length, begin, c = client.get()] {
                    return ask_again_and_again(*c, out, length, begin, running, clock);
                });
            }
        }
    });
    clock.run();
    out.duration = now() - begin;
    out.requests = out.latencies.size();
    clients.clear();
    context.poll();
    return out;
}

Measured libmodbus_client(std::uint16_t port, Nanoseconds length) {
    modbus_t* context = modbus_new_tcp("127.0.0.1", port);
    modbus_set_response_timeout(context, 1, 0);
    require(modbus_connect(context) == 0, "connect");
    Measured out;
    out.latencies.reserve(4'000'000);
    std::array<std::uint16_t, registers> words;
    const auto begin = now();
    while (out.duration < length) {
        const auto sent = now();
        require(modbus_read_registers(context, 0, registers, words.data()) == registers, "read");
        const auto time = now();
        out.latencies.push_back(static_cast<std::uint32_t>((time - sent).count()));
        out.duration = time - begin;
    }
    out.requests = out.latencies.size();
    modbus_close(context);
    modbus_free(context);
    return out;
}

// Client and server in one process over a stream in memory, in virtual time.
Measured over_memory(std::uint64_t requests) {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    MemoryNetwork network(clock);
    auto bank = modbus::Bank::holding_only(device_size);
    modbus::Server server(clock, std::move(*network.listen({"plant", 502})),
                          [&bank](const modbus::Request& request) { return modbus::execute(bank, request); });
    TaskGroup tasks(clock);
    Measured out;
    tasks.spawn("asks", [&]() -> awaitable<void> {
        auto stream = co_await network.connect({"plant", 502}, std::chrono::seconds(1));
        modbus::Client client(clock, std::move(*stream), {});
        const auto begin = now();
        for (; out.requests < requests; ++out.requests) {
            (void)co_await client.read_holding_registers(1, 0, registers);
        }
        out.duration = now() - begin;
    });
    clock.settle();
    return out;
}

// ---- report -----------------------------------------------------------------------------------------

double percentile(std::vector<std::uint32_t>& sorted, double p) {
    if (sorted.empty()) return 0;
    const auto at = static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1));
    return sorted[at] / 1e3;
}

class Report {
  public:
    explicit Report(std::string only) : only_(std::move(only)) {
        std::fprintf(stderr, "%-34s %12s %9s %9s %9s %9s\n", "", "requests/s", "p50 us", "p99 us", "p99.9 us",
                     "cpu us");
    }

    // Measures a client against a server; the CPU time is that of both, for one request.
    void measure(const char* name, const ServerBody& body,
                 const std::function<Measured(std::uint16_t port)>& client) {
        if (std::string_view(name).find(only_) == std::string_view::npos) return;
        ServerProcess server(body);
        const auto before = own_cpu_time();
        auto measured = client(server.port());
        const auto cpu = own_cpu_time() - before + server.end();
        add(name, std::move(measured), cpu);
    }

    void add(const char* name, Measured m, Nanoseconds cpu) {
        std::sort(m.latencies.begin(), m.latencies.end());
        const double rate =
            static_cast<double>(m.requests) / std::chrono::duration<double>(m.duration).count();
        const double p50 = percentile(m.latencies, 0.5), p99 = percentile(m.latencies, 0.99),
                     p999 = percentile(m.latencies, 0.999);
        const double cpu_us = static_cast<double>(cpu.count()) / 1e3 / static_cast<double>(m.requests);
        std::fprintf(stderr, "%-34s %12.0f %9.1f %9.1f %9.1f %9.2f\n", name, rate, p50, p99, p999, cpu_us);
        std::printf(
            "%s\n  {\"name\": \"%s\", \"requests_per_s\": %.0f, \"p50_us\": %.2f, \"p99_us\": %.2f, "
            "\"p999_us\": %.2f, \"cpu_us\": %.2f}",
            first_ ? "[" : ",", name, rate, p50, p99, p999, cpu_us);
        first_ = false;
    }
    void end() { std::printf("\n]\n"); }

  private:
    std::string only_;
    bool first_ = true;
};

void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) std::perror("the CPU cannot be chosen");
}

}  // namespace

int main(int argc, char* argv[]) {
    double length_s = 2;
    int cpu = 0;
    std::string only;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::string_view(argv[i]) == "--seconds") length_s = std::atof(argv[i + 1]);
        if (std::string_view(argv[i]) == "--cpu") cpu = std::atoi(argv[i + 1]);
        if (std::string_view(argv[i]) == "--only") only = argv[i + 1];
    }
    const auto length = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(length_s));
    pin(cpu);
    Report report(only);
    struct Kind {
        const char* name;
        ServerBody body;
    };
    const Kind raw{"raw", serve_raw}, ours{"our", serve_ours}, other{"libmodbus'", serve_libmodbus};
    for (const std::size_t connections : {std::size_t{1}, std::size_t{64}}) {
        for (const auto* kind : {&raw, &ours, &other}) {
            const auto name =
                std::string(kind->name) + " server, " + std::to_string(connections) + " connections";
            report.measure(name.c_str(), kind->body,
                           [&](std::uint16_t port) { return raw_client(port, connections, length); });
        }
    }
    report.measure("libmodbus' client, raw server", serve_raw,
                   [&](std::uint16_t port) { return libmodbus_client(port, length); });
    report.measure("our client, raw server", serve_raw,
                   [&](std::uint16_t port) { return our_client(port, 1, 1, length); });
    report.measure("our client, 16 in flight", serve_raw,
                   [&](std::uint16_t port) { return our_client(port, 1, 16, length); });
    report.measure("our client, 64 connections", serve_raw,
                   [&](std::uint16_t port) { return our_client(port, 64, 1, length); });
    report.measure("our client, our server", serve_ours,
                   [&](std::uint16_t port) { return our_client(port, 1, 1, length); });
    if (only.empty()) {
        const auto before = own_cpu_time();
        const auto pair = over_memory(static_cast<std::uint64_t>(500'000 * length_s));
        report.add("our pair over memory", pair, own_cpu_time() - before);
    }
    report.end();
}
