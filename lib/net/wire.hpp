// A connection as HTTP reads and writes it: what has come in and is not used yet, and a time by which the
// next step must be done. One reader or writer at a time; kept alive by its outstanding operations.
#pragma once

#include "base/async_event.hpp"
#include "base/byte_stream.hpp"
#include "base/clock.hpp"

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace hil::net {

class Wire : public std::enable_shared_from_this<Wire> {
  public:
    Wire(Clock& clock, std::unique_ptr<ByteStream> stream);
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    // Bytes that came in, from the first one not used yet.
    [[nodiscard]] std::string& input() { return input_; }

    // Waits for more input. errc::timeout at `due` (of Clock::io_timers); the stream stays open, for a last
    // word to the peer, and the read under way is picked up by the next call. operation_aborted after
    // interrupt(); otherwise the error of the stream.
    awaitable<result<void>> read_more(Duration due);

    // Reads on while nobody waits for it; the token asks to stop when the peer has gone, and at hurry().
    // What the peer says instead is kept for the next call of read_more; nothing is read beyond it.
    [[nodiscard]] std::stop_token watch();
    // Whoever watches is to come to an end.
    void hurry() { gone_.request_stop(); }

    // Writes everything. errc::timeout when the peer takes nothing for `timeout`, or at `due`; the stream is
    // then closed.
    awaitable<result<void>> write(std::shared_ptr<const std::string> text, Duration timeout,
                                  Duration due = Duration::max());
    awaitable<result<void>> write(std::string text, Duration timeout, Duration due = Duration::max());

    // A read under way, and every later one, ends with operation_aborted.
    void interrupt();
    // Gives the stream up. An operation under way keeps the wire, and the stream the operation: were the
    // stream kept too, they would stay for good when the event loop goes before the operation has ended.
    void close() noexcept;
    [[nodiscard]] bool is_open() const { return stream_ && stream_->is_open(); }
    // Whether the peer has said something, or gone, while nobody was reading.
    [[nodiscard]] bool quiet();

    // Hands the stream over; input() stays. Precondition: no read is under way.
    [[nodiscard]] std::unique_ptr<ByteStream> release();

    [[nodiscard]] Duration now() const { return clock_.io_timers().now(); }

  private:
    // What the stream calls back; keeps the buffers until then.
    template <void (Wire::*member)(error_code, std::size_t)>
    struct Handler {
        std::shared_ptr<Wire> wire;
        void operator()(error_code error, std::size_t size) { ((*wire).*member)(error, size); }
    };
    void begin_read();
    void on_read(error_code error, std::size_t size);
    void on_written(error_code error, std::size_t size);

    Clock& clock_;
    std::unique_ptr<ByteStream> stream_;
    AsyncEvent wake_;
    std::string input_;
    std::vector<char> buffer_;
    std::stop_source gone_{std::nostopstate};
    std::shared_ptr<const std::string> output_;
    error_code read_error_, write_error_;
    bool reading_ = false, writing_ = false, interrupted_ = false;
};

}  // namespace hil::net
