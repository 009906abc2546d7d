#include "plant/request_queue.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <vector>

using namespace hil;
using plant::Priority;

namespace {

struct Call {
    Priority priority{};
    int number = 0;
};

using Queue = plant::RequestQueue<Call, 4>;

}  // namespace

TEST_CASE("waiting calls are taken in order of priority, and in order of arrival within one") {
    Queue queue;
    Call first_sample{Priority::sample, 1}, second_sample{Priority::sample, 2},
        dispatch{Priority::dispatch, 3}, control{Priority::control, 4}, emergency{Priority::emergency, 5};
    for (auto* call : {&first_sample, &dispatch, &second_sample, &control, &emergency}) {
        REQUIRE(queue.push(call->priority, *call));
    }
    CHECK(queue.size() == 5);
    std::vector<int> order;
    while (auto* call = queue.pop())
        order.push_back(call->number);
    CHECK(order == std::vector{5, 4, 3, 1, 2});
    CHECK(queue.empty());
}

TEST_CASE("each priority has its own bound, so that samples never keep an emergency out") {
    Queue queue;
    std::vector<Call> calls(5);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(queue.push(Priority::sample, calls[i]));
    CHECK_FALSE(queue.push(Priority::sample, calls[4]));
    CHECK(queue.push(Priority::emergency, calls[4]));
    CHECK(queue.pop() == &calls[4]);
}

TEST_CASE("a call that goes away leaves the queue, and one that is not in it changes nothing") {
    Queue queue;
    std::vector<Call> calls(3);
    for (auto& call : calls)
        REQUIRE(queue.push(Priority::dispatch, call));
    queue.remove(calls[1]);
    queue.remove(calls[1]);
    CHECK(queue.size() == 2);
    CHECK(queue.pop() == &calls[0]);
    CHECK(queue.pop() == &calls[2]);
    CHECK(queue.pop() == nullptr);
}

TEST_CASE("emergencies can be left waiting while all others are taken") {
    Queue queue;
    Call emergency, control, sample;
    REQUIRE(queue.push(Priority::sample, sample));
    REQUIRE(queue.push(Priority::emergency, emergency));
    REQUIRE(queue.push(Priority::control, control));
    CHECK(queue.pop_below(Priority::emergency) == &control);
    CHECK(queue.pop_below(Priority::emergency) == &sample);
    CHECK(queue.pop_below(Priority::emergency) == nullptr);
    CHECK(queue.pop() == &emergency);
}

TEST_CASE("any sequence of arrivals, departures and turns agrees with a sorted list") {
    Random random(7);
    Queue queue;
    std::vector<Call> calls(64);
    std::vector<Call*> model, spare;
    for (auto& call : calls)
        spare.push_back(&call);
    for (int step = 0; step < 20000; ++step) {
        const auto waiting = [&](Priority p) { return std::ranges::count(model, p, &Call::priority); };
        switch (random.below(3)) {
            case 0: {
                if (spare.empty()) break;
                auto* call = spare.back();
                call->priority = static_cast<Priority>(random.below(4));
                const bool room = waiting(call->priority) < 4;
                REQUIRE(queue.push(call->priority, *call) == room);
                if (!room) break;
                spare.pop_back();
                const auto behind = std::ranges::upper_bound(model, call->priority, {}, &Call::priority);
                model.insert(behind, call);
                break;
            }
            case 1: {
                auto* const expected = model.empty() ? nullptr : model.front();
                REQUIRE(queue.pop() == expected);
                if (expected == nullptr) break;
                spare.push_back(expected);
                model.erase(model.begin());
                break;
            }
            default: {
                if (model.empty()) break;
                const auto at = model.begin() + static_cast<std::ptrdiff_t>(random.below(model.size()));
                queue.remove(**at);
                spare.push_back(*at);
                model.erase(at);
            }
        }
        REQUIRE(queue.size() == model.size());
    }
}
