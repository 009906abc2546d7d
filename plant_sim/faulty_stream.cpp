#include "plant_sim/faulty_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hil::plant_sim {
namespace {

constexpr std::size_t header_size = 6;  // of a Modbus TCP frame, up to and including its length field

// Takes the first whole frame from the front; empty when there is none.
std::vector<std::byte> take_frame(std::vector<std::byte>& bytes) {
    if (bytes.size() < header_size) return {};
    const auto length = std::to_integer<std::size_t>(bytes[4]) << 8U | std::to_integer<std::size_t>(bytes[5]);
    if (bytes.size() < header_size + length) return {};
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(header_size + length);
    std::vector<std::byte> frame(bytes.begin(), end);
    bytes.erase(bytes.begin(), end);
    return frame;
}

// One connection: what becomes of its requests and answers. Lives as long as an operation of it is under way,
// the stream itself may be gone.
class Line : public std::enable_shared_from_this<Line> {
  public:
    Line(std::unique_ptr<ByteStream> stream, Faults& faults, std::string plant)
        : stream_(std::move(stream)),
          faults_(faults),
          plant_(std::move(plant)),
          opened_(now()),
          timer_(faults.clock().io_timers(), [this] { pump(); }),
          idle_(faults.clock().io_timers(), [this] { close_idle(); }) {
        watch_idle();
    }

    [[nodiscard]] ByteStream& stream() { return *stream_; }
    [[nodiscard]] const ByteStream& stream() const { return *stream_; }
    // Nothing is spoilt and nothing waits: bytes may pass directly.
    [[nodiscard]] bool clear() const { return faults_.quiet() && waiting_.empty() && partial_.empty(); }
    [[nodiscard]] bool clear_to_read() const { return faults_.quiet() && asked_.empty() && ready_.empty(); }

    // Requests, without those that the plant loses.
    void read(asio::mutable_buffer buffer, IoHandler handler) {
        if (const auto size = give(buffer); size > 0) {
            asio::post(stream_->get_executor(), [handler = std::move(handler), size]() mutable {
                std::move(handler)(error_code{}, size);
            });
            return;
        }
        auto next = [self = shared_from_this(), buffer, handler = std::move(handler)](
                        error_code error, std::size_t size) mutable {
            if (error || self->clear_to_read()) return std::move(handler)(error, size);
            const auto* bytes = static_cast<const std::byte*>(buffer.data());
            self->asked_.insert(self->asked_.end(), bytes, bytes + size);
            self->sort_out();
            if (const auto given = self->give(buffer); given > 0) return std::move(handler)(error, given);
            self->read(buffer, std::move(handler));
        };
        stream_->async_read_some(buffer, IoHandler(std::move(next)));
    }

    void take(std::span<const std::byte> bytes) {
        partial_.insert(partial_.end(), bytes.begin(), bytes.end());
        for (auto frame = take_frame(partial_); !frame.empty(); frame = take_frame(partial_))
            answer(std::move(frame));
        pump();
    }

    // An answer has passed by itself.
    void passed() {
        being_answered_ = 0;
        answered_ = now();
    }

    void close() {
        timer_.disarm();
        idle_.disarm();
        // What is being written is the stream's until it says so.
        waiting_.resize(writing_ ? 1 : 0);
        stream_->close();
    }

  private:
    struct Waiting {
        std::vector<std::byte> bytes;
        Duration due{};  // of unscaled time
        bool last = false;
    };

    [[nodiscard]] Duration now() const { return faults_.clock().io_timers().now(); }

    void close_idle() {
        if (!faults_.quiet() && faults_.strike(plant_, FaultKind::close_idle) != nullptr) close();
    }

    void watch_idle() {
        const auto* fault = faults_.quiet() ? nullptr : faults_.strike(plant_, FaultKind::close_idle);
        if (fault != nullptr) idle_.arm_after(fault->delay);
    }

    // Whole requests of what came go to the plant, but for those that it loses.
    void sort_out() {
        idle_.disarm();
        // What is no frame is left to the plant to refuse.
        if (asked_.size() > 3 && (asked_[2] != std::byte{0} || asked_[3] != std::byte{0}))
            ready_ = std::exchange(asked_, {});
        for (auto frame = take_frame(asked_); !frame.empty(); frame = take_frame(asked_)) {
            if (loses()) continue;
            ++being_answered_;
            ready_.insert(ready_.end(), frame.begin(), frame.end());
        }
        watch_idle();
    }

    [[nodiscard]] bool loses() {
        if (faults_.quiet()) return false;
        const auto* early = faults_.strike(plant_, FaultKind::swallow_first);
        if (early != nullptr && now() - opened_ < early->delay) return true;
        const auto* pause = faults_.strike(plant_, FaultKind::need_pause);
        if (pause != nullptr && answered_ && now() - *answered_ < pause->delay) return true;
        return (being_answered_ > 0 || !waiting_.empty()) &&
               faults_.strike(plant_, FaultKind::one_at_a_time) != nullptr;
    }

    std::size_t give(asio::mutable_buffer buffer) {
        const auto size = std::min(buffer.size(), ready_.size());
        std::copy_n(ready_.begin(), size, static_cast<std::byte*>(buffer.data()));
        ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(size));
        return size;
    }

    // Answers to writes say which register was written.
    [[nodiscard]] bool dropped(const std::vector<std::byte>& frame) {
        const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(frame.at(i)); };
        for (const auto* fault : faults_.strikes(plant_, FaultKind::drop_responses)) {
            if (fault->function && (frame.size() < 8 || byte(7) != *fault->function)) continue;
            const bool write = frame.size() == 12 && (byte(7) == 6 || byte(7) == 16);
            if (fault->address && (!write || byte(8) * 256 + byte(9) != *fault->address)) continue;
            return true;
        }
        return false;
    }

    void answer(std::vector<std::byte> frame) {
        if (being_answered_ > 0) --being_answered_;
        if (ending_ || dropped(frame)) return;
        Waiting next{std::move(frame), faults_.clock().io_timers().now()};
        if (const auto* late = faults_.strike(plant_, FaultKind::delay)) {
            next.due += late->delay;
            if (late->jitter > Duration::zero())
                next.due += seconds(faults_.random().uniform() * to_seconds(late->jitter));
        }
        // Answers keep their order, however the delays were drawn.
        if (!waiting_.empty()) next.due = std::max(next.due, waiting_.back().due);
        if (faults_.strike(plant_, FaultKind::wrong_transaction_id) != nullptr)
            next.bytes[1] ^= std::byte{0x55};
        if (const auto* other = faults_.strike(plant_, FaultKind::other_unit); other && next.bytes.size() > 6)
            next.bytes[6] = std::byte{other->unit};
        if (faults_.strike(plant_, FaultKind::truncate) != nullptr) {
            next.bytes.resize(std::max<std::size_t>(1, next.bytes.size() / 2));
            next.last = true;
        }
        sent_ += next.bytes.size();
        if (const auto* cut = faults_.strike(plant_, FaultKind::disconnect); cut && sent_ > cut->after_bytes)
            next.last = true;
        ending_ = next.last;
        waiting_.push_back(std::move(next));
    }

    void pump() {
        if (writing_ || waiting_.empty() || !stream_->is_open()) return;
        if (waiting_.front().due > faults_.clock().io_timers().now()) {
            timer_.arm_at(waiting_.front().due);
            return;
        }
        writing_ = true;
        const auto& bytes = waiting_.front().bytes;
        stream_->async_write(asio::buffer(bytes),
                             IoHandler([self = shared_from_this()](error_code error, std::size_t) {
                                 self->writing_ = false;
                                 if (self->waiting_.empty()) return;
                                 const bool last = self->waiting_.front().last;
                                 self->waiting_.pop_front();
                                 self->answered_ = self->now();
                                 if (error || last) return self->close();
                                 self->pump();
                             }));
    }

    std::unique_ptr<ByteStream> stream_;
    Faults& faults_;
    std::string plant_;
    Duration opened_;
    std::optional<Duration> answered_;
    std::vector<std::byte> asked_, ready_;  // of requests: not whole yet, and to be given to the plant
    unsigned being_answered_ = 0;           // requests that the plant has and has not answered
    std::vector<std::byte> partial_;        // of an answer
    std::deque<Waiting> waiting_;
    std::uint64_t sent_ = 0;
    bool writing_ = false;
    bool ending_ = false;  // an answer that ends the connection waits: what comes after it is lost
    Timer timer_, idle_;
};

class FaultyStream final : public ByteStream {
  public:
    FaultyStream(std::unique_ptr<ByteStream> stream, Faults& faults, std::string plant)
        : line_(std::make_shared<Line>(std::move(stream), faults, std::move(plant))) {}
    FaultyStream(const FaultyStream&) = delete;
    FaultyStream& operator=(const FaultyStream&) = delete;
    ~FaultyStream() override { line_->close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        line_->read(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        if (!line_->clear_to_read()) return error_code(asio::error::would_block);
        return inner().try_read_some(buffer);
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        if (line_->clear()) {
            line_->passed();
            return inner().async_write(buffer, std::move(handler));
        }
        line_->take(bytes_of(buffer));
        asio::post(get_executor(), [handler = std::move(handler), size = buffer.size()]() mutable {
            std::move(handler)(error_code{}, size);
        });
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        if (line_->clear()) {
            line_->passed();
            return inner().try_write_some(buffer);
        }
        line_->take(bytes_of(buffer));
        return buffer.size();
    }
    void close() noexcept override { line_->close(); }
    [[nodiscard]] bool is_open() const noexcept override { return line_->stream().is_open(); }
    [[nodiscard]] asio::any_io_executor get_executor() override { return inner().get_executor(); }
    [[nodiscard]] std::string peer() const override { return line_->stream().peer(); }

  private:
    static std::span<const std::byte> bytes_of(asio::const_buffer buffer) {
        return {static_cast<const std::byte*>(buffer.data()), buffer.size()};
    }
    [[nodiscard]] ByteStream& inner() { return line_->stream(); }

    std::shared_ptr<Line> line_;
};

class FaultyListener final : public Listener {
  public:
    FaultyListener(std::unique_ptr<Listener> listener, Faults& faults, std::string plant)
        : listener_(std::move(listener)), faults_(faults), plant_(std::move(plant)) {}

    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        for (;;) {
            auto stream = co_await listener_->accept();
            if (!stream) co_return stream.error();
            if (faults_.strike(plant_, FaultKind::refuse_connections) == nullptr)
                co_return std::make_unique<FaultyStream>(std::move(*stream), faults_, plant_);
            (*stream)->close();
        }
    }
    [[nodiscard]] Endpoint local_endpoint() const override { return listener_->local_endpoint(); }
    void close() noexcept override { listener_->close(); }

  private:
    std::unique_ptr<Listener> listener_;
    Faults& faults_;
    std::string plant_;
};

}  // namespace

std::unique_ptr<Listener> make_faulty_listener(std::unique_ptr<Listener> listener, Faults& faults,
                                               std::string plant) {
    return std::make_unique<FaultyListener>(std::move(listener), faults, std::move(plant));
}

}  // namespace hil::plant_sim
