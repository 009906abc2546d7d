// The promises about order, over interleavings drawn from seeds and judged from what ran when.
#include "base/random.hpp"
#include "control/command_engine.hpp"

#include "support/catch.hpp"

#include <array>
#include <map>

namespace hil::control {
namespace {

using namespace std::chrono_literals;

struct Ran {
    std::string id;
    int queue;  // 0..2 plants, 3 site, 4 market, 5 posting, 6 schedule, 7 immediate
    Instant asked, began, ended;
    std::size_t order_asked, order_began;
    bool refused = false;
};

struct Kind {
    const char* name;
    CommandQueue queue;
};
constexpr std::array kinds{Kind{"plant", CommandQueue::plant},       Kind{"site", CommandQueue::site},
                           Kind{"market", CommandQueue::market},     Kind{"posting", CommandQueue::posting},
                           Kind{"schedule", CommandQueue::schedule}, Kind{"estop", CommandQueue::immediate}};

struct Course {
    explicit Course(std::uint64_t seed) : random(seed) {
        for (const auto& kind : kinds) {
            CommandEngine::Kind what;
            what.queue = kind.queue;
            what.fields = {"ms", "throw"};
            what.refuse = [this, immediate = kind.queue == CommandQueue::immediate](
                              const Command&) -> std::optional<std::string> {
                if (!immediate && refuse_now) return "estop_latched";
                return std::nullopt;
            };
            what.execute = [this](const Command& command, CommandEngine::Say say) -> awaitable<Outcome> {
                auto& ran = all.at(command.id);
                ran.began = clock.now();
                ran.order_began = begun++;
                say("at it");
                co_await clock.sleep_for(std::chrono::milliseconds(command.payload.at("ms").as_int64()));
                ran.ended = clock.now();
                if (command.payload.contains("throw")) throw std::runtime_error("drawn");
                co_return Outcome::success();
            };
            engine.define(kind.name, std::move(what));
        }
        news = engine.subscribe([this](const Command& command) {
            const auto [known, first] = last_state.emplace(command.id, command.state);
            CHECK((first || known->second < command.state || command.message == "at it"));
            known->second = command.state;
        });
    }
    ~Course() { clock.settle(); }

    void submit() {
        const auto& kind = kinds[random.chance(0.6) ? 0 : random.below(kinds.size())];
        const auto plant = static_cast<int>(random.below(3));
        boost::json::object payload{{"ms", static_cast<std::int64_t>(random.below(3000))}};
        if (random.chance(0.1)) payload["throw"] = true;
        const bool full = engine.waiting() >= capacity;
        const auto& command = engine.submit(
            kind.name, kind.queue == CommandQueue::plant ? plants[static_cast<std::size_t>(plant)] : "",
            std::move(payload), "test");
        ++submitted;
        if (command.state == CommandState::rejected) {
            CHECK(((command.message == "queue_full" && full && kind.queue != CommandQueue::immediate) ||
                   (command.message == "estop_latched" && refuse_now)));
            ++rejected;
            return;
        }
        CHECK(engine.waiting() <= capacity);
        Ran ran;
        ran.id = command.id;
        ran.queue = kind.queue == CommandQueue::plant ? plant : 2 + static_cast<int>(kind.queue);
        ran.asked = clock.now();
        ran.order_asked = submitted;
        all.emplace(command.id, ran);
    }

    static constexpr std::size_t capacity = 12;
    const std::array<std::string, 3> plants{"a", "b", "c"};
    Random random;
    asio::io_context context{1};
    VirtualClock clock{context, WallTime{}};
    bool refuse_now = false;
    std::size_t begun = 0, submitted = 0, rejected = 0;
    std::map<std::string, Ran> all;
    std::map<std::string, CommandState> last_state;
    CommandEngine engine{clock, {"a", "b", "c"}, {.queue_capacity = capacity}};
    Subscription news;
};

bool plants_or_site(const Ran& ran) {
    return ran.queue <= 3;
}

}  // namespace

TEST_CASE(
    "in 500 drawn interleavings every queue keeps its order, the site is a barrier and nothing is lost") {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        CAPTURE(seed);
        Course course(seed);
        for (int i = 0; i < 60; ++i) {
            for (auto burst = course.random.below(4); burst > 0; --burst)
                course.submit();
            if (course.random.chance(0.03)) course.refuse_now = !course.refuse_now;
            if (course.random.chance(0.7))
                course.clock.run_for(std::chrono::milliseconds(course.random.below(2000)));
        }
        // Nobody starves: a command waits for at most what was asked for before it, three seconds each.
        course.clock.run_for(3s * (Course::capacity + 8));
        REQUIRE(course.engine.waiting() == 0);
        std::vector<const Ran*> ran;
        for (auto& [id, one] : course.all) {
            const auto* command = course.engine.find(id);
            if (command == nullptr) continue;  // ended long ago
            REQUIRE(ended(command->state));
            one.refused = command->state == CommandState::rejected;
        }
        for (const auto& [id, one] : course.all) {
            REQUIRE(ended(course.last_state.at(id)));
            if (course.last_state.at(id) != CommandState::rejected) ran.push_back(&one);
        }
        CHECK(course.all.size() + course.rejected == course.submitted);
        for (const auto* a : ran) {
            REQUIRE(a->ended >= a->began);
            if (a->queue == 2 + static_cast<int>(CommandQueue::immediate)) {
                CHECK(a->began == a->asked);
                continue;
            }
            for (const auto* b : ran) {
                if (a->order_asked >= b->order_asked) continue;
                const bool same_queue = a->queue == b->queue;
                const bool barrier =
                    plants_or_site(*a) && plants_or_site(*b) && (a->queue == 3 || b->queue == 3);
                if (!same_queue && !barrier) continue;
                CHECK(a->order_began < b->order_began);
                CHECK(a->ended <= b->began);
            }
        }
    }
}

}  // namespace hil::control
