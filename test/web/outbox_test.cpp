#include "web/outbox.hpp"

#include "support/catch.hpp"

using namespace hil::web;

namespace {

Text text(std::string_view value) {
    return hil::net::make_frame(value);
}

std::string all(Outbox& outbox) {
    std::string out;
    while (const auto next = outbox.pop())
        out += next->text();
    return out;
}

}  // namespace

TEST_CASE("an outbox keeps the order of what was put in") {
    Outbox outbox;
    CHECK(outbox.empty());
    CHECK(outbox.push(MessageKind::snapshot, text("a")));
    CHECK(outbox.push(MessageKind::sample, text("b")));
    CHECK(outbox.push(MessageKind::event, text("c")));
    CHECK(outbox.bytes() == 3 * (1 + 2));  // with the heads of the frames
    CHECK(all(outbox) == "abc");
    CHECK(outbox.bytes() == 0);
    CHECK(outbox.empty());
}

TEST_CASE("samples go first when too much waits") {
    Outbox outbox({.messages = 3, .bytes = 100, .commands = 2});
    for (const char* sample : {"1", "2"})
        outbox.push(MessageKind::sample, text(sample));
    outbox.push(MessageKind::patch, text("p"));
    outbox.push(MessageKind::event, text("e"));
    CHECK_FALSE(outbox.snapshot_due());
    CHECK(outbox.dropped() == 2);
    CHECK(all(outbox) == "pe");
}

TEST_CASE("when samples are not enough a snapshot is due, and what it says is not queued") {
    Outbox outbox({.messages = 100, .bytes = 16, .commands = 2});
    outbox.push(MessageKind::patch, text("12345"));
    outbox.push(MessageKind::command, text("com"), "cmd-000001");
    outbox.push(MessageKind::patch, text("67890"));
    CHECK(outbox.snapshot_due());
    CHECK_FALSE(outbox.empty());
    outbox.push(MessageKind::patch, text("x"));
    outbox.push(MessageKind::sample, text("y"));
    outbox.push(MessageKind::event, text("e"));
    outbox.snapshot_sent();
    outbox.push(MessageKind::patch, text("z"));
    CHECK(all(outbox) == "comez");
    CHECK(outbox.bytes() == 0);
}

TEST_CASE("an answer to a command takes the place of the one before and is never dropped") {
    Outbox outbox({.messages = 3, .bytes = 100, .commands = 2});
    CHECK(outbox.push(MessageKind::command, text("a1"), "a"));
    CHECK(outbox.push(MessageKind::command, text("b1"), "b"));
    CHECK(outbox.push(MessageKind::command, text("a2"), "a"));
    CHECK_FALSE(outbox.push(MessageKind::command, text("c1"), "c"));
    for (int i = 0; i < 10; ++i)
        outbox.push(MessageKind::event, text("e"));
    CHECK(outbox.snapshot_due());
    CHECK(all(outbox).starts_with("b1a2"));
}
