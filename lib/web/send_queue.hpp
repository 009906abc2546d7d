// What waits to be sent to one WebSocket: bounded, and shared with everybody who is sent the same text.
//
// A client that does not keep up loses samples first. When that is not enough, everything that a fresh
// snapshot makes up for goes, and the snapshot is due. What answers this client's own commands is never
// dropped; when it does not read those either, only the newest answer to each is kept.
#pragma once

#include "net/text_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace hil::web {

using Text = net::SharedFrame;

enum class MessageKind : std::uint8_t { snapshot, patch, sample, event, log, command };

class SendQueue {
  public:
    struct Limits {
        std::size_t messages = 256;
        std::size_t bytes = 512u << 10u;  // shared with others, but one client may be the last to hold them
        std::size_t commands = 64;        // answers to commands that wait; beyond it the client is given up
    };

    SendQueue() : SendQueue(Limits{}) {}
    explicit SendQueue(Limits limits) : limits_(limits) {}

    // `about` names what a command message tells of: when many wait, a newer one takes the place of older
    // ones. False: there is no room even so; the client is to be given up.
    bool push(MessageKind kind, Text text, std::string_view about = {});
    // The next text; null when nothing waits. Not to be called while a snapshot is due.
    Text pop();
    // The client needs the whole state before anything else: to be asked before pop().
    [[nodiscard]] bool snapshot_due() const { return snapshot_due_; }
    void snapshot_sent() { snapshot_due_ = false; }
    // Nothing older than a snapshot is worth sending.
    void want_snapshot();

    [[nodiscard]] bool empty() const { return queue_.empty() && !snapshot_due_; }
    [[nodiscard]] std::size_t size() const { return queue_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Item {
        MessageKind kind{};
        Text text;
        std::string about;
    };
    [[nodiscard]] bool too_much() const { return queue_.size() > limits_.messages || bytes_ > limits_.bytes; }
    [[nodiscard]] std::size_t commands() const;
    template <class Unwanted>
    void drop(Unwanted unwanted);

    Limits limits_;
    std::deque<Item> queue_;
    std::size_t bytes_ = 0;
    bool snapshot_due_ = false;
    std::uint64_t dropped_ = 0;
};

}  // namespace hil::web
