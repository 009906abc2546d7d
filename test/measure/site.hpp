// A recorder over memory files in virtual time, and rows to feed it.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "measure/recorder.hpp"

#include "support/catch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::measure {

using namespace std::chrono_literals;

inline const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

inline WallTime at(std::string_view text) {
    return madrid().parse(text).value();
}

// The columns of the shipped plants.
inline ColumnFormat shipped_format() {
    return {.decimals = {1, 1, 1, 1, 4, 1, 1, 3}, .count = {0.1, 0.1, 0.1, 0.1, 0.0001, 0.1, 0.1, 0.001}};
}

inline config::Compression shipped_rule() {
    config::Compression rule;
    rule.max_kept_gap = 360s;
    rule.tolerances.soc_pu = 0.001;
    return rule;
}

inline Row row(WallTime when, double p = 0, double soc = 0.5) {
    return {.at = when, .values = {p, p, 0, 0, soc, p, 0, 20}, .null = false};
}

inline std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = text.find('\n', begin);
        REQUIRE(end != std::string::npos);
        all.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

inline std::vector<Row> rows_of(const std::string& text) {
    std::vector<Row> rows;
    const auto all = lines(text);
    for (std::size_t i = 1; i < all.size(); ++i)
        rows.push_back(CsvLayout{}.parse(all[i], madrid()).value());
    return rows;
}

// Seconds of the rows since an instant; null rows in brackets: "[-2] 0 2 [4]".
inline std::string outline(const std::vector<Row>& rows, WallTime since) {
    std::string text;
    for (const auto& r : rows) {
        auto seconds = std::to_string(to_seconds(r.at - since));
        seconds.erase(seconds.find_last_not_of('0') + 1);
        if (seconds.back() == '.') seconds.pop_back();
        if (!text.empty()) text += ' ';
        text += r.null ? "[" + seconds + "]" : seconds;
    }
    return text;
}

struct Site {
    // `delay`: of every write, in site time.
    explicit Site(WallTime start, std::function<Duration()> delay = {})
        : clock(context, start), blocking(make_inline_executor(clock, std::move(delay))), tasks(clock) {
        settings.directory = "data";
        settings.period = 2s;
        settings.write_period = 60s;
        settings.compression = shipped_rule();
    }
    ~Site() {
        tasks.cancel();
        clock.settle();
    }

    // Made with the settings as they are at the first call.
    Recorder& recorder() {
        if (!recorder_) {
            recorder_.emplace(clock, *blocking, store, madrid(), settings,
                              std::vector<std::string>{"lib", "vrfb"}, hooks);
        }
        return *recorder_;
    }
    // The next recorder() is that of a new process; what the old one had not written is gone.
    void kill() {
        tasks.cancel();
        clock.settle();
        recorder_.reset();
    }

    // Runs a coroutine that needs no time.
    template <class Make>
    auto await(Make make) {
        using Value = typename decltype(make())::value_type;
        std::optional<Value> value;
        TaskGroup once(clock);
        once.spawn("test", [&]() -> awaitable<void> { value.emplace(co_await make()); });
        clock.settle();
        REQUIRE(value);
        return std::move(*value);
    }
    result<void> start(std::size_t plant = 0, TransportMode transport = TransportMode::local) {
        return await([&, plant, transport] { return recorder().start(plant, transport, format); });
    }
    result<void> stop(std::size_t plant = 0) {
        return await([&, plant] { return recorder().stop(plant); });
    }
    result<void> flush() {
        return await([&] { return recorder().flush(); });
    }
    void until(WallTime when) { clock.run_until(clock.instant(when)); }
    // A sample at its own time.
    void sample(const Row& r, std::size_t plant = 0) {
        if (r.at > clock.wall_now()) until(r.at);
        recorder().sample(plant, r);
    }

    std::string& file(const std::string& name) { return (*store)["data/" + name]; }
    bool has(const std::string& name) { return store->files().contains("data/" + name); }
    std::vector<Row> rows(const std::string& name) { return rows_of(file(name)); }

    asio::io_context context{1};
    VirtualClock clock;
    std::unique_ptr<BlockingExecutor> blocking;
    std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
    Recorder::Settings settings;
    Recorder::Hooks hooks;
    ColumnFormat format = shipped_format();
    TaskGroup tasks;

  private:
    std::optional<Recorder> recorder_;
};

}  // namespace hil::measure
