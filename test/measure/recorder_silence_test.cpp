#include "measure/recorder.hpp"

#include "measure/errors.hpp"
#include "measure/silent_disk.hpp"
#include "measure/site.hpp"

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
constexpr auto file = "20251001_lib.csv";

struct SilentSite : Site {
    SilentSite() : Site(ten) {
        auto made = std::make_unique<SilentDisk>(clock);
        disk = made.get();
        blocking = std::move(made);
    }
    // Gives a call to the recorder, and says how it ended as soon as it has.
    template <class Make>
    std::shared_ptr<std::optional<result<void>>> call(Make make) {
        auto ended = std::make_shared<std::optional<result<void>>>();
        tasks.spawn("call", [ended, make]() -> awaitable<void> { ended->emplace(co_await make()); });
        clock.settle();
        return ended;
    }
    auto call_start() {
        return call([this] { return recorder().start(0, TransportMode::local, format); });
    }
    auto call_stop() {
        return call([this] { return recorder().stop(0); });
    }

    SilentDisk* disk = nullptr;
};

}  // namespace

TEST_CASE("a stop does not wait for a disk that does not answer, and its rows are written when it does") {
    SilentSite site;
    REQUIRE(site.start());
    site.sample(row(ten));
    site.sample(row(ten + 2s, 7));
    site.disk->fall_silent();
    const auto stopped = site.call_stop();
    site.clock.run_for(4900ms);
    CHECK_FALSE(stopped->has_value());
    CHECK_FALSE(site.recorder().recording(0));
    site.clock.run_for(100ms);
    REQUIRE(stopped->has_value());
    CHECK((*stopped)->error() == errc::rows_waiting);
    CHECK(site.recorder().waiting_rows(0) > 0);

    site.disk->answer();
    site.clock.settle();
    CHECK(site.recorder().waiting_rows(0) == 0);
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 [4]");
}

TEST_CASE("all stops and flushes are answered while the disk is not") {
    SilentSite site;
    REQUIRE(site.start(0));
    REQUIRE(site.start(1));
    site.sample(row(ten), 0);
    site.sample(row(ten), 1);
    site.disk->fall_silent();
    const auto flushed = site.call([&] { return site.recorder().flush(); });
    const auto stopped = site.call([&] { return site.recorder().stop_all(); });
    site.clock.run_for(5s);
    REQUIRE(flushed->has_value());
    REQUIRE(stopped->has_value());
    CHECK((*flushed)->error() == errc::rows_waiting);
    CHECK((*stopped)->error() == errc::rows_waiting);
    site.disk->answer();
    site.clock.settle();
    REQUIRE(site.flush());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 [2]");
    CHECK(outline(site.rows("20251001_vrfb.csv"), ten) == "[-2] 0 [2]");
}

TEST_CASE("a start fails while the disk does not answer, and may be tried again") {
    SilentSite site;
    REQUIRE(site.start());
    site.sample(row(ten));
    REQUIRE(site.stop());
    site.disk->fall_silent();
    auto started = site.call_start();
    site.clock.run_for(5s);
    REQUIRE(started->has_value());
    CHECK((*started)->error() == errc::disk_silent);
    CHECK_FALSE(site.recorder().recording(0));
    site.sample(row(ten + 6s));

    started = site.call_start();
    site.disk->answer();
    site.clock.settle();
    REQUIRE(started->has_value());
    REQUIRE(started->value().has_value());
    CHECK(site.recorder().recording(0));
    site.sample(row(ten + 10s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 [2] [8] 10 [12]");
}

TEST_CASE("a start behind a write that hangs fails in time too") {
    SilentSite site;
    REQUIRE(site.start());
    site.sample(row(ten));
    site.disk->fall_silent();
    (void)site.call_stop();
    site.clock.run_for(1s);
    const auto started = site.call_start();
    site.clock.run_for(5s);
    REQUIRE(started->has_value());
    CHECK((*started)->error() == errc::disk_silent);
    CHECK_FALSE(site.recorder().recording(0));
    site.disk->answer();
    site.clock.settle();
    REQUIRE(site.start());
    site.sample(row(ten + 20s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 [2] [18] 20 [22]");
}

TEST_CASE("what waits for a silent disk is bounded as for one that fails") {
    SilentSite site;
    site.settings.max_waiting_bytes = 700;
    site.settings.write_period = 4s;
    std::size_t dropped = 0;
    site.hooks.on_dropped = [&](std::size_t, std::size_t rows) { dropped += rows; };
    REQUIRE(site.start());
    site.tasks.spawn("recorder", [&] { return site.recorder().run(site.clock.now()); });
    site.disk->fall_silent();
    for (int i = 0; i < 100; ++i)
        site.sample(row(ten + i * 2s, i));
    CHECK(site.recorder().waiting_rows(0) < 20);
    CHECK(dropped > 70);
    site.disk->answer();
    REQUIRE(site.stop());
    CHECK(site.recorder().counters(0).dropped == dropped);
    CHECK(outline(site.rows(file), ten).ends_with(" 194 196 198 [200]"));
}
