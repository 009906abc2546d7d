#include "web/send_queue.hpp"

#include "support/catch.hpp"

using namespace hil::web;

namespace {

Text text(std::string_view value) {
    return hil::net::make_frame(value);
}

std::string all(SendQueue& queue) {
    std::string out;
    while (const auto next = queue.pop())
        out += next->text();
    return out;
}

}  // namespace

TEST_CASE("an send queue keeps the order of what was put in") {
    SendQueue queue;
    CHECK(queue.empty());
    CHECK(queue.push(MessageKind::snapshot, text("a")));
    CHECK(queue.push(MessageKind::sample, text("b")));
    CHECK(queue.push(MessageKind::event, text("c")));
    CHECK(queue.bytes() == 3 * (1 + 2));  // with the heads of the frames
    CHECK(all(queue) == "abc");
    CHECK(queue.bytes() == 0);
    CHECK(queue.empty());
}

TEST_CASE("samples go first when too much waits") {
    SendQueue queue({.messages = 3, .bytes = 100, .commands = 2});
    for (const char* sample : {"1", "2"})
        queue.push(MessageKind::sample, text(sample));
    queue.push(MessageKind::patch, text("p"));
    queue.push(MessageKind::event, text("e"));
    CHECK_FALSE(queue.snapshot_due());
    CHECK(queue.dropped() == 2);
    CHECK(all(queue) == "pe");
}

TEST_CASE("when samples are not enough a snapshot is due, and what it says is not queued") {
    SendQueue queue({.messages = 100, .bytes = 16, .commands = 2});
    queue.push(MessageKind::patch, text("12345"));
    queue.push(MessageKind::command, text("com"), "cmd-000001");
    queue.push(MessageKind::patch, text("67890"));
    CHECK(queue.snapshot_due());
    CHECK_FALSE(queue.empty());
    queue.push(MessageKind::patch, text("x"));
    queue.push(MessageKind::sample, text("y"));
    queue.push(MessageKind::event, text("e"));
    queue.snapshot_sent();
    queue.push(MessageKind::patch, text("z"));
    CHECK(all(queue) == "comez");
    CHECK(queue.bytes() == 0);
}

TEST_CASE("an answer to a command takes the place of the one before and is never dropped") {
    SendQueue queue({.messages = 3, .bytes = 100, .commands = 2});
    CHECK(queue.push(MessageKind::command, text("a1"), "a"));
    CHECK(queue.push(MessageKind::command, text("b1"), "b"));
    CHECK(queue.push(MessageKind::command, text("a2"), "a"));
    CHECK_FALSE(queue.push(MessageKind::command, text("c1"), "c"));
    for (int i = 0; i < 10; ++i)
        queue.push(MessageKind::event, text("e"));
    CHECK(queue.snapshot_due());
    CHECK(all(queue).starts_with("b1a2"));
}
