#include "base/subscription.hpp"

#include "support/catch.hpp"

#include <stdexcept>

#include <optional>

using namespace hil;

TEST_CASE("a listener hears of publications until its guard goes") {
    Publisher<int> publisher;
    std::vector<int> heard;
    {
        const auto guard = publisher.subscribe([&](int value) { heard.push_back(value); });
        publisher.publish(1);
        CHECK(publisher.listeners() == 1);
    }
    publisher.publish(2);
    CHECK(heard == std::vector<int>{1});
    CHECK(publisher.listeners() == 0);
}

TEST_CASE("a listener may end its own subscription and others while it is told") {
    Publisher<int> publisher;
    std::vector<std::string> heard;
    Subscription first;
    Subscription second;
    first = publisher.subscribe([&](int) {
        heard.emplace_back("first");
        first.end();
        second.end();
    });
    second = publisher.subscribe([&](int) { heard.emplace_back("second"); });
    const auto third = publisher.subscribe([&](int) { heard.emplace_back("third"); });
    publisher.publish(0);
    publisher.publish(0);
    CHECK(heard == std::vector<std::string>{"first", "third", "third"});
}

TEST_CASE("a listener that subscribes another while it is told does not disturb the round") {
    Publisher<int> publisher;
    std::vector<Subscription> guards;
    int heard = 0;
    guards.push_back(publisher.subscribe([&](int) {
        for (int i = 0; i < 20; ++i)
            guards.push_back(publisher.subscribe([&](int) { ++heard; }));
    }));
    publisher.publish(0);
    CHECK(heard == 0);
    guards.erase(guards.begin());
    publisher.publish(0);
    CHECK(heard == 20);
}

TEST_CASE("a publication from within a publication reaches every listener") {
    Publisher<int> publisher;
    std::vector<int> heard;
    const auto first = publisher.subscribe([&](int value) {
        if (value < 3) publisher.publish(value + 1);
    });
    const auto second = publisher.subscribe([&](int value) { heard.push_back(value); });
    publisher.publish(1);
    CHECK(heard == std::vector<int>{3, 2, 1});
}

TEST_CASE("a guard may outlive its publisher") {
    std::optional<Publisher<int>> publisher(std::in_place);
    auto guard = publisher->subscribe([](int) {});
    publisher.reset();
    guard.end();
}

TEST_CASE("a listener that throws keeps nothing from the others") {
    Publisher<int> publisher;
    std::vector<int> heard;
    const auto first = publisher.subscribe([&](int) { throw std::runtime_error("first"); });
    const auto second = publisher.subscribe([&](int value) { heard.push_back(value); });
    const auto third = publisher.subscribe([&](int) { throw std::logic_error("third"); });
    CHECK_THROWS_AS(publisher.publish(1), std::runtime_error);
    CHECK_THROWS_AS(publisher.publish(2), std::runtime_error);
    CHECK(heard == std::vector<int>{1, 2});
    CHECK(publisher.listeners() == 3);
}
