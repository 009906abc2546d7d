// The way out of a WebSocket's connection, shared by whole text frames and by the control frames of the
// protocol's machine: one at a time, so that neither gets into the middle of the other.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace hil::net {

class FrameLane {
  public:
    FrameLane(Clock& clock, std::unique_ptr<ByteStream> below);
    FrameLane(const FrameLane&) = delete;
    FrameLane& operator=(const FrameLane&) = delete;
    // Ends the connection; a control frame that waited completes with operation_aborted.
    ~FrameLane();

    // When a byte of the peer last came, in unscaled time.
    [[nodiscard]] Duration heard() const { return heard_; }
    void read(asio::mutable_buffer buffer, IoHandler handler);

    // Nothing is on its way out.
    [[nodiscard]] bool free() const { return !writing_; }
    // Called whenever the lane has become free.
    std::function<void()> on_free;

    // As many bytes as go without waiting. Precondition: free().
    result<std::size_t> try_write(asio::const_buffer bytes) { return below_->try_write_some(bytes); }
    // All of them. `owner` keeps them alive; `done` is not called when the lane goes first. Precondition:
    // free().
    void write(asio::const_buffer bytes, std::shared_ptr<const void> owner,
               std::function<void(error_code)> done);
    // A whole control frame: at once, or when what is on its way has gone. At most one waits.
    void write_control(asio::const_buffer bytes, IoHandler handler);

    [[nodiscard]] ByteStream& below() const { return *below_; }

    // Points to the lane for as long as there is one, then to null.
    using Handle = std::shared_ptr<FrameLane*>;
    [[nodiscard]] Handle handle() const { return self_; }

  private:
    struct Waiting {
        asio::const_buffer bytes;
        IoHandler handler;
    };
    void begin_control(asio::const_buffer bytes, IoHandler handler);
    void wrote();

    Clock& clock_;
    std::unique_ptr<ByteStream> below_;
    // Operations under way look here whether the lane still exists: they must not keep it, or neither would
    // ever go when the event loop goes first.
    Handle self_ = std::make_shared<FrameLane*>(this);
    Duration heard_;
    bool writing_ = false;
    std::optional<Waiting> waiting_;
};

}  // namespace hil::net
