#include "plant_sim/faulty_stream.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace hil::plant_sim {
namespace {

constexpr std::size_t header_size = 6;  // of a Modbus TCP frame, up to and including its length field

// Lives as long as a write of it is under way, the stream itself may be gone.
class Answers : public std::enable_shared_from_this<Answers> {
  public:
    Answers(std::unique_ptr<ByteStream> stream, Faults& faults, std::string plant)
        : stream_(std::move(stream)),
          faults_(faults),
          plant_(std::move(plant)),
          timer_(faults.clock().io_timers(), [this] { pump(); }) {}

    [[nodiscard]] ByteStream& stream() { return *stream_; }
    [[nodiscard]] const ByteStream& stream() const { return *stream_; }
    // Nothing is spoilt and nothing waits: bytes may pass directly.
    [[nodiscard]] bool clear() const { return faults_.quiet() && waiting_.empty() && partial_.empty(); }

    void take(std::span<const std::byte> bytes) {
        partial_.insert(partial_.end(), bytes.begin(), bytes.end());
        for (;;) {
            if (partial_.size() < header_size) break;
            const auto length =
                std::to_integer<std::size_t>(partial_[4]) << 8U | std::to_integer<std::size_t>(partial_[5]);
            const auto whole = header_size + length;
            if (partial_.size() < whole) break;
            const auto end = partial_.begin() + static_cast<std::ptrdiff_t>(whole);
            answer({partial_.begin(), end});
            partial_.erase(partial_.begin(), end);
        }
        pump();
    }

    void close() {
        timer_.disarm();
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

    void answer(std::vector<std::byte> frame) {
        if (ending_ || faults_.strike(plant_, FaultKind::drop_responses) != nullptr) return;
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
                                 if (error || last) return self->close();
                                 self->pump();
                             }));
    }

    std::unique_ptr<ByteStream> stream_;
    Faults& faults_;
    std::string plant_;
    std::vector<std::byte> partial_;  // of a frame
    std::deque<Waiting> waiting_;
    std::uint64_t sent_ = 0;
    bool writing_ = false;
    bool ending_ = false;  // an answer that ends the connection waits: what comes after it is lost
    Timer timer_;
};

class FaultyStream final : public ByteStream {
  public:
    FaultyStream(std::unique_ptr<ByteStream> stream, Faults& faults, std::string plant)
        : answers_(std::make_shared<Answers>(std::move(stream), faults, std::move(plant))) {}
    FaultyStream(const FaultyStream&) = delete;
    FaultyStream& operator=(const FaultyStream&) = delete;
    ~FaultyStream() override { answers_->close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        inner().async_read_some(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        return inner().try_read_some(buffer);
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        if (answers_->clear()) return inner().async_write(buffer, std::move(handler));
        answers_->take(bytes_of(buffer));
        asio::post(get_executor(), [handler = std::move(handler), size = buffer.size()]() mutable {
            std::move(handler)(error_code{}, size);
        });
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        if (answers_->clear()) return inner().try_write_some(buffer);
        answers_->take(bytes_of(buffer));
        return buffer.size();
    }
    void close() noexcept override { answers_->close(); }
    [[nodiscard]] bool is_open() const noexcept override { return answers_->stream().is_open(); }
    [[nodiscard]] asio::any_io_executor get_executor() override { return inner().get_executor(); }
    [[nodiscard]] std::string peer() const override { return answers_->stream().peer(); }

  private:
    static std::span<const std::byte> bytes_of(asio::const_buffer buffer) {
        return {static_cast<const std::byte*>(buffer.data()), buffer.size()};
    }
    [[nodiscard]] ByteStream& inner() { return answers_->stream(); }

    std::shared_ptr<Answers> answers_;
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
