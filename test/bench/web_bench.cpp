// WebSocket hub: from a sample in the service to its text at the clients, over loopback TCP, server and
// clients on one reactor; 100 clients, then 1 000 of which ten never read. CPU time is that of both
// ends. Writes JSON to standard output and
// a table to standard error.
//
//   web_bench [SECONDS]
#include "config/load.hpp"
#include "web/passwords.hpp"
#include "web/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

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
                                                            measure::Range, measure::Grain) override {
        co_return std::vector<measure::Bucket>{};
    }
    awaitable<result<std::vector<measure::Stretch>>> availability(std::size_t, config::TransportMode,
                                                                  measure::Range, Duration) override {
        co_return std::vector<measure::Stretch>{};
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
    std::unique_ptr<Blocking> blocking = make_pool(clock);
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
        return {.clock = clock,
                .blocking = *blocking,
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
                .on_change = [](const std::function<void()>&) { return Subscription(); },
                .why = {},
                .health = {},
                .stored_events = {},
                .state_of_charge = {},
                .workbook = {},
                .random_bytes = web::system_random};
    }
};

struct Figures {
    std::size_t clients = 0;
    std::vector<double> latency_ms;    // sample to client
    std::vector<double> loop_late_ms;  // of a timer every 10 ms: what dispatch would notice
    std::uint64_t texts = 0;
    double cpu_us_per_text = 0;  // of server and clients together, user and kernel

    static double quantile(std::vector<double>& values, double q) {
        if (values.empty()) return 0;
        std::sort(values.begin(), values.end());
        return values[std::min(values.size() - 1,
                               static_cast<std::size_t>(q * static_cast<double>(values.size())))];
    }
};

// Reads the frames of one server, which are never masked, and notes when samples arrive.
awaitable<void> listen(Service& service, Endpoint at, bool reads, Figures& figures,
                       const IoInstant& sampled) {
    auto stream = co_await service.network->connect(at, 5s);
    require(stream.has_value(), "connect");
    const std::string hello =
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    require((co_await write_all(**stream, asio::buffer(hello))).has_value(), "write");
    if (!reads) co_await service.clock.io_sleep_for(1h);
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
        std::size_t at_byte = 0;
        while (input.size() - at_byte >= 2) {
            const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(input[at_byte + i]); };
            std::size_t header = 2, length = byte(1) & 0x7Fu;
            if (length == 126) {
                if (input.size() - at_byte < 4) break;
                length = static_cast<std::size_t>(byte(2)) << 8u | byte(3);
                header = 4;
            }
            if (length == 127 || input.size() - at_byte < header + length) break;
            const std::string_view text(input.data() + at_byte + header, length);
            ++figures.texts;
            if (text.starts_with(R"({"type":"sample")"))
                figures.latency_ms.push_back(to_seconds(service.clock.io_now() - sampled) * 1e3);
            at_byte += header + length;
        }
        input.erase(0, at_byte);
    }
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

Figures measure_with(std::size_t clients, std::size_t deaf, Duration period, Duration length) {
    Service service;
    auto settings = web::operator_settings(service.config, "/nowhere");
    web::Server server(*service.network, service.site(), settings);
    require(!server.open(), "the server does not open");
    Figures figures;
    figures.clients = clients;
    IoInstant sampled{};
    TaskGroup tasks(service.clock), listeners(service.clock);
    tasks.spawn("server", [&] { return server.run(); });
    tasks.spawn("lateness", [&]() -> awaitable<void> {
        for (;;) {
            const auto due = service.clock.io_now() + 10ms;
            co_await service.clock.io_sleep_for(10ms);
            figures.loop_late_ms.push_back(to_seconds(service.clock.io_now() - due) * 1e3);
        }
    });
    tasks.spawn("course", [&]() -> awaitable<void> {
        for (std::size_t i = 0; i < clients; ++i) {
            listeners.spawn("client", [&, i] {
                return listen(service, server.local_endpoint(), i >= deaf, figures, sampled);
            });
        }
        co_await service.clock.io_sleep_for(2s);
        figures.loop_late_ms.clear();
        const auto texts = figures.texts;
        const double cpu = cpu_seconds();
        const auto end = service.clock.io_now() + length;
        while (service.clock.io_now() < end) {
            measure::Row row;
            row.at = service.clock.wall_now();
            row.values.fill(service.p += 0.1);
            sampled = service.clock.io_now();
            service.live.sampled(0, row, service.clock.now());
            co_await service.clock.io_sleep_for(period);
        }
        figures.cpu_us_per_text = (cpu_seconds() - cpu) * 1e6 / static_cast<double>(figures.texts - texts);
        listeners.cancel();
        co_await listeners.join();
        co_await server.stop();
        service.clock.stop();
    });
    service.clock.run();
    return figures;
}

}  // namespace

int main(int argc, char* argv[]) {
    const double length = argc > 1 ? std::atof(argv[1]) : 10;
    rlimit files{8192, 8192};
    require(::setrlimit(RLIMIT_NOFILE, &files) == 0, "descriptors");
    std::printf("[");
    struct Case {
        std::size_t clients, deaf;
        Duration period;  // of samples
    };
    for (const auto& [clients, deaf, period] : {Case{100, 0, 100ms}, Case{1000, 10, 500ms}}) {
        auto figures = measure_with(clients, deaf, period, seconds(length));
        const double median = Figures::quantile(figures.latency_ms, 0.5),
                     high = Figures::quantile(figures.latency_ms, 0.99),
                     late = Figures::quantile(figures.loop_late_ms, 0.99);
        std::fprintf(
            stderr,
            "  %4zu clients, %2zu of them never read: sample to client %.2f ms median, %.2f ms p99; a timer "
            "%.2f ms late (p99); %llu texts at %.1f us CPU; %.0f MB resident\n",
            clients, deaf, median, high, late, static_cast<unsigned long long>(figures.texts),
            figures.cpu_us_per_text, resident_megabytes());
        std::printf(
            "%s{\"clients\": %zu, \"deaf\": %zu, \"median_ms\": %.3f, \"p99_ms\": %.3f, "
            "\"timer_late_p99_ms\": "
            "%.3f, \"cpu_us_per_text\": %.2f, \"resident_mb\": %.0f}",
            deaf == 0 ? "" : ", ", clients, deaf, median, high, late, figures.cpu_us_per_text,
            resident_megabytes());
    }
    std::printf("]\n");
    return 0;
}
