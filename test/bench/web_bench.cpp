// WebSocket hub: from a sample in the service to its text at the clients, over loopback TCP. The server has a
// process and a CPU of its own, its clients another. Without clients, with 100, with 1 000 of which ten never
// read. A round trip over a loopback socket beside it, served by the same event loop, shows what a plant's
// link would notice. Writes JSON to standard output and a table to standard error.
//
//   web_bench [SECONDS] [--cpu N]      N: the server's, default the last one
#include "config/load.hpp"
#include "web/passwords.hpp"
#include "web/server.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>

namespace {

using namespace hil;
using namespace std::chrono_literals;

void require(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "web_bench: %s\n", what);
    std::exit(1);
}

class NoHistory final : public measure::History {
  public:
    void append(std::size_t, config::TransportMode, std::vector<measure::Row>) override {}
    awaitable<result<void>> flush() override { co_return result<void>(); }
    awaitable<result<measure::HistoryAnswer>> rows(std::size_t, config::TransportMode, measure::Range,
                                                   std::optional<std::size_t>) override {
        co_return measure::HistoryAnswer{};
    }
    awaitable<result<std::vector<measure::Bucket>>> buckets(std::size_t, config::TransportMode,
                                                            measure::Range, measure::Resolution) override {
        co_return std::vector<measure::Bucket>{};
    }
    awaitable<result<std::vector<measure::Interval>>> availability(std::size_t, config::TransportMode,
                                                                   measure::Range, Duration) override {
        co_return std::vector<measure::Interval>{};
    }
    awaitable<result<std::optional<measure::Range>>> extent(std::size_t, config::TransportMode) override {
        co_return std::optional<measure::Range>();
    }
};

config::Config load_config() {
    auto loaded = config::load("etc/hil.json");
    require(loaded.problems.empty(), "etc/hil.json cannot be read: run this from the project's directory");
    loaded.config.private_dashboard.address.port = 0;
    return std::move(loaded.config);
}

// A state document of the usual size: two plants, some fifty values each, of which three change.
boost::json::object state_document(double p) {
    boost::json::object plants;
    for (const char* id : {"lib", "vrfb"}) {
        boost::json::object plant;
        for (int i = 0; i < 50; ++i)
            plant["value_" + std::to_string(i)] =
                i % 5 == 0 ? boost::json::value() : boost::json::value(i * 0.1);
        plant["p_kw"] = p;
        plants[id] = std::move(plant);
    }
    return {{"time", p}, {"plants", std::move(plants)}};
}

struct Service {
    asio::io_context context{1};
    RealClock clock{context};
    std::unique_ptr<Network> network = make_tcp_network(clock);
    std::unique_ptr<BlockingExecutor> blocking = make_pool(clock);
    config::Config config = load_config();
    Zone zone = Zone::utc();
    observe::Log log{clock, zone, {}, *blocking};
    observe::EventLog events{clock};
    observe::Alerts alerts{clock, events};
    observe::Metrics metrics;
    schedule::PlanStore plans{{"lib", "vrfb"}};
    schedule::Drafts drafts{2};
    schedule::Arbiter arbiter{plans, config::ScheduleSource::manual, 15min};
    NoHistory history;
    measure::LiveState live{2};
    control::CommandEngine commands{clock, {"lib", "vrfb"}, {}};
    double p = 0;

    web::Site site() {
        return {
            .clock = clock,
            .blocking = *blocking,
            .solver = *blocking,
            .zone = zone,
            .config = config,
            .commands = commands,
            .plans = plans,
            .drafts = drafts,
            .arbiter = arbiter,
            .history = history,
            .live = live,
            .events = events,
            .alerts = alerts,
            .log = log,
            .metrics = metrics,
            .files = nullptr,
            .version = "bench",
            .transport = [] { return config::TransportMode::local; },
            .state = [this] { return state_document(p); },
            .state_of =
                [this](const observe::Subject& subject) {
                    return subject.kind == observe::Subject::Kind::site ? state_document(p)
                                                                        : boost::json::object();
                },
            .on_change = [](const std::function<void(const observe::Subject&)>&) { return Subscription(); },
            .why = {},
            .health = {},
            .stored_events = {},
            .state_of_charge = {},
            .workbook = {},
            .report = {},
            .random_bytes = web::system_random};
    }
};

std::int64_t monotonic_ns() {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

// What both processes see. One writes, each value is a word.
struct Page {
    volatile std::int64_t sampled_ns;
    volatile bool measuring;
};

// What the clients' process has to tell.
struct Heard {
    double median_ms = 0, p99_ms = 0;
    std::uint64_t texts = 0;  // while it was measured
};

double quantile(std::vector<double>& values, double q) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

struct Case {
    std::size_t clients, deaf;
    Duration period;  // of samples
};

struct Clients {
    asio::io_context context{1};
    RealClock clock{context};
    std::unique_ptr<Network> network = make_tcp_network(clock);
    Page* page = nullptr;
    std::vector<double> latency_ms;
    std::uint64_t texts = 0;

    // Reads the frames of the server, which are never masked, and notes when samples arrive.
    awaitable<void> listen(Endpoint at, bool reads) {
        auto stream = co_await network->connect(at, 5s);
        require(stream.has_value(), "connect");
        const std::string hello =
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        require((co_await write_all(**stream, asio::buffer(hello))).has_value(), "write");
        if (!reads) co_await clock.io_sleep_for(1h);
        std::string input;
        std::array<char, 16384> block{};
        bool upgraded = false;
        for (;;) {
            const auto got = co_await read_some(**stream, asio::buffer(block));
            if (!got) co_return;
            input.append(block.data(), *got);
            if (!upgraded) {
                const auto end = input.find("\r\n\r\n");
                if (end == std::string::npos) continue;
                require(input.starts_with("HTTP/1.1 101"), "no upgrade");
                input.erase(0, end + 4);
                upgraded = true;
            }
            take(input);
        }
    }

    void take(std::string& input) {
        std::size_t at = 0;
        while (input.size() - at >= 2) {
            const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(input[at + i]); };
            std::size_t header = 2, length = byte(1) & 0x7Fu;
            if (length == 126) {
                if (input.size() - at < 4) break;
                length = static_cast<std::size_t>(byte(2)) << 8u | byte(3);
                header = 4;
            }
            if (length == 127 || input.size() - at < header + length) break;
            const std::string_view text(input.data() + at + header, length);
            if (page->measuring) {
                ++texts;
                if (text.starts_with(R"({"type":"sample")"))
                    latency_ms.push_back(static_cast<double>(monotonic_ns() - page->sampled_ns) * 1e-6);
            }
            at += header + length;
        }
        input.erase(0, at);
    }
};

Heard be_clients(const Case& what, Page* page, int port_from) {
    std::uint16_t port = 0;
    require(::read(port_from, &port, sizeof port) == sizeof port, "the server's port");
    Clients clients;
    clients.page = page;
    TaskGroup readers(clients.clock), deaf(clients.clock), tasks(clients.clock);
    for (std::size_t i = 0; i < what.clients; ++i) {
        const bool reads = i >= what.deaf;
        (reads ? readers : deaf).spawn("client", [&clients, port, reads] {
            return clients.listen({"127.0.0.1", port}, reads);
        });
    }
    tasks.spawn("end", [&]() -> awaitable<void> {
        co_await readers.join();  // the server says goodbye
        deaf.cancel();
        co_await deaf.join();
        clients.clock.stop();
    });
    clients.clock.run();
    return {quantile(clients.latency_ms, 0.5), quantile(clients.latency_ms, 0.99), clients.texts};
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto in_seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
}

double resident_megabytes() {
    std::ifstream status("/proc/self/statm");
    double total = 0, resident = 0;
    status >> total >> resident;
    return resident * 4096 / 1e6;
}

struct Served {
    std::vector<double> timer_late_ms;  // of a timer every 10 ms: what dispatch would notice
    std::vector<double> round_trip_ms;  // of a plant's link
    double cpu_s = 0, resident_mb = 0;
};

awaitable<void> answer_round_trips(std::unique_ptr<Listener> listener) {
    auto stream = co_await listener->accept();
    std::array<char, 64> block{};
    while (stream) {
        const auto got = co_await read_some(**stream, asio::buffer(block));
        if (!got || !(co_await write_all(**stream, asio::buffer(block.data(), *got)))) co_return;
    }
}

awaitable<void> make_round_trips(Service& service, Endpoint at, Served& out) {
    auto stream = co_await service.network->connect(at, 5s);
    require(stream.has_value(), "connect");
    std::array<char, 12> request{};
    for (;;) {
        const auto due = service.clock.io_now() + 10ms;
        co_await service.clock.io_sleep_for(10ms);
        const auto begun = service.clock.io_now();
        out.timer_late_ms.push_back(to_seconds(begun - due) * 1e3);
        if (!(co_await write_all(**stream, asio::buffer(request)))) co_return;
        if (!(co_await read_some(**stream, asio::buffer(request)))) co_return;
        out.round_trip_ms.push_back(to_seconds(service.clock.io_now() - begun) * 1e3);
    }
}

Served be_server(const Case& what, Page* page, int port_to, Duration length) {
    Service service;
    auto settings = web::operator_settings(service.config, "/nowhere");
    web::Server server(*service.network, service.site(), settings);
    require(!server.open(), "the server does not open");
    const std::uint16_t port = server.local_endpoint().port;
    require(::write(port_to, &port, sizeof port) == sizeof port, "pipe");
    Served out;
    TaskGroup tasks(service.clock);
    auto listener = std::move(service.network->listen({"127.0.0.1", 0}).value());
    const auto plant = listener->local_endpoint();
    tasks.spawn("server", [&] { return server.run(); });
    tasks.spawn("plant", [&] { return answer_round_trips(std::move(listener)); });
    tasks.spawn("link", [&] { return make_round_trips(service, plant, out); });
    tasks.spawn("course", [&]() -> awaitable<void> {
        // Nothing counted yet is no number.
        while (what.clients > 0 &&
               !(service.metrics.websocket_clients.value() >= static_cast<double>(what.clients)))
            co_await service.clock.io_sleep_for(10ms);
        co_await service.clock.io_sleep_for(1s);
        out.timer_late_ms.clear();
        out.round_trip_ms.clear();
        page->measuring = true;
        const double cpu = cpu_seconds();
        const auto end = service.clock.io_now() + length;
        while (service.clock.io_now() < end) {
            measure::Row row;
            row.at = service.clock.wall_now();
            row.values.fill(service.p += 0.1);
            page->sampled_ns = monotonic_ns();
            service.live.sampled(0, row, service.clock.now());
            co_await service.clock.io_sleep_for(what.period);
        }
        page->measuring = false;
        out.cpu_s = cpu_seconds() - cpu;
        out.resident_mb = resident_megabytes();
        co_await server.stop();
        service.clock.stop();
    });
    service.clock.run();
    return out;
}

void run_on(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) std::perror("the CPU cannot be chosen");
}

void measure_with(const Case& what, Duration length, int cpu, bool first) {
    auto* page = static_cast<Page*>(
        ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    require(page != MAP_FAILED, "mmap");
    std::array<int, 2> port{}, results{};
    require(::pipe(port.data()) == 0 && ::pipe(results.data()) == 0, "pipe");
    const auto child = ::fork();
    require(child >= 0, "fork");
    if (child == 0) {
        run_on(cpu == 0 ? 1 : 0);
        const auto heard = be_clients(what, page, port[0]);
        ::_exit(::write(results[1], &heard, sizeof heard) == sizeof heard ? 0 : 1);
    }
    run_on(cpu);
    auto served = be_server(what, page, port[1], length);
    Heard heard;
    require(::read(results[0], &heard, sizeof heard) == sizeof heard, "the clients' figures");
    ::waitpid(child, nullptr, 0);
    for (const int fd : {port[0], port[1], results[0], results[1]})
        ::close(fd);
    ::munmap(page, sizeof(Page));

    const double cpu_us = heard.texts == 0 ? 0 : served.cpu_s * 1e6 / static_cast<double>(heard.texts);
    const double trip = quantile(served.round_trip_ms, 0.5), trips = quantile(served.round_trip_ms, 0.99),
                 late = quantile(served.timer_late_ms, 0.99);
    std::fprintf(
        stderr,
        "  %4zu clients, %2zu deaf: sample to client %6.2f ms median, %6.2f ms p99; round trip of a "
        "plant %.3f ms median, %6.2f ms p99; timer %5.2f ms late p99; %4.1f us of the server's CPU a "
        "text; %.0f MB\n",
        what.clients, what.deaf, heard.median_ms, heard.p99_ms, trip, trips, late, cpu_us,
        served.resident_mb);
    std::printf(
        "%s{\"clients\": %zu, \"deaf\": %zu, \"median_ms\": %.3f, \"p99_ms\": %.3f, "
        "\"round_trip_median_ms\": "
        "%.4f, \"round_trip_p99_ms\": %.4f, \"timer_late_p99_ms\": %.3f, \"cpu_us_per_text\": %.2f, "
        "\"resident_mb\": %.0f}",
        first ? "" : ", ", what.clients, what.deaf, heard.median_ms, heard.p99_ms, trip, trips, late, cpu_us,
        served.resident_mb);
}

}  // namespace

int main(int argc, char* argv[]) {
    double length = 10;
    int cpu = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)) - 1;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--cpu" && i + 1 < argc)
            cpu = std::atoi(argv[++i]);
        else
            length = std::atof(argv[i]);
    }
    rlimit files{8192, 8192};
    require(::setrlimit(RLIMIT_NOFILE, &files) == 0, "descriptors");
    std::printf("[");
    std::fflush(stdout);
    bool first = true;
    for (const Case& what : {Case{0, 0, 100ms}, Case{100, 0, 100ms}, Case{1000, 10, 500ms}})
        measure_with(what, seconds(length), cpu, std::exchange(first, false));
    std::printf("]\n");
    return 0;
}
