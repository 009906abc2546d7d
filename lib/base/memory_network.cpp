#include "base/memory_network.hpp"

#include "base/async_event.hpp"
#include "base/cancellation.hpp"
#include "base/recycled.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace hil {
namespace {

// One direction: bytes written at one end, delayed, spoilt or lost as its conditions say, read at the other.
class Pipe {
  public:
    Pipe(Clock& clock, StreamConditions conditions)
        : conditions(std::make_shared<StreamConditions>(std::move(conditions))),
          clock_(clock),
          delivery_(clock.io_timers(), [this] { deliver_due(); }) {}

    result<std::size_t> try_read(asio::mutable_buffer buffer) {
        if (available() > 0) {
            const auto wanted = std::min({buffer.size(), available(), conditions->max_chunk});
            std::memcpy(buffer.data(), arrived_.data() + head_, wanted);
            head_ += wanted;
            if (head_ == arrived_.size()) {
                arrived_.clear();
                head_ = 0;
            }
            continue_writing();
            return wanted;
        }
        if (broken_) return broken_;
        if (ended_ && under_way_.empty()) return error_code(asio::error::eof);
        return error_code(asio::error::would_block);
    }

    result<std::size_t> try_write(asio::const_buffer buffer) {
        if (broken_) return broken_;
        if (reader_gone_) return error_code(asio::error::broken_pipe);
        const auto taken = std::min({buffer.size(), room(), conditions->cut_after});
        if (taken > 0) carry({static_cast<const std::byte*>(buffer.data()), taken});
        if (conditions->cut_after != static_cast<std::size_t>(-1)) {
            conditions->cut_after -= taken;
            if (conditions->cut_after == 0) {
                on_cut();
                return taken > 0 ? result<std::size_t>(taken) : result<std::size_t>(broken_);
            }
        }
        if (taken == 0 && buffer.size() > 0) return error_code(asio::error::would_block);
        return taken;
    }

    void read(asio::mutable_buffer buffer, IoHandler handler) {
        const auto done = buffer.size() == 0 ? result<std::size_t>(0) : try_read(buffer);
        if (done.error() != asio::error::would_block) {
            post(std::move(handler), done.error(), done.value_or(0));
            return;
        }
        read_buffer_ = buffer;
        reader_.emplace(std::move(handler));
        watch_cancellation(reader_);
    }

    void write(asio::const_buffer buffer, IoHandler handler) {
        rest_ = buffer;
        written_ = 0;
        writer_.emplace(std::move(handler));
        continue_writing();
        if (writer_) watch_cancellation(writer_);
    }

    void end_writing() {
        ended_ = true;
        abort(writer_);
        wake_reader();
    }

    void end_reading() {
        reader_gone_ = true;
        abort(reader_);
        if (writer_) complete(writer_, asio::error::broken_pipe, written_);
    }

    void break_off(error_code why) {
        broken_ = why;
        under_way_.clear();
        delivery_.disarm();
        if (reader_) complete(reader_, why, 0);
        if (writer_) complete(writer_, why, written_);
    }

    std::shared_ptr<StreamConditions> conditions;
    std::function<void()> on_cut;

  private:
    struct Parcel {
        Duration due;
        std::vector<std::byte> bytes;
    };

    [[nodiscard]] std::size_t available() const { return arrived_.size() - head_; }
    [[nodiscard]] std::size_t room() const {
        const auto used = available() + under_way_bytes_;
        return used >= conditions->capacity ? 0 : conditions->capacity - used;
    }

    void carry(std::span<const std::byte> bytes) {
        if (conditions->swallow) return;
        if (conditions->latency == Duration::zero() && under_way_.empty()) {
            if (reader_ && available() == 0 && !writer_ && !conditions->corrupt) return hand_over(bytes);
            const auto at = arrived_.size();
            arrived_.insert(arrived_.end(), bytes.begin(), bytes.end());
            if (conditions->corrupt) conditions->corrupt(std::span(arrived_).subspan(at));
            wake_reader();
            return;
        }
        Parcel parcel{clock_.io_timers().now() + conditions->latency, {bytes.begin(), bytes.end()}};
        if (!under_way_.empty()) parcel.due = std::max(parcel.due, under_way_.back().due);
        if (conditions->corrupt) conditions->corrupt(parcel.bytes);
        under_way_bytes_ += parcel.bytes.size();
        under_way_.push_back(std::move(parcel));
        if (!delivery_.armed()) delivery_.arm_at(under_way_.front().due);
    }

    // To a reader that waits, without a stop on the way.
    void hand_over(std::span<const std::byte> bytes) {
        const auto wanted = std::min({read_buffer_.size(), bytes.size(), conditions->max_chunk});
        std::memcpy(read_buffer_.data(), bytes.data(), wanted);
        const auto rest = bytes.subspan(wanted);
        arrived_.insert(arrived_.end(), rest.begin(), rest.end());
        complete(reader_, {}, wanted);
    }

    void deliver_due() {
        while (!under_way_.empty() && under_way_.front().due <= clock_.io_timers().now()) {
            const auto& bytes = under_way_.front().bytes;
            arrived_.insert(arrived_.end(), bytes.begin(), bytes.end());
            under_way_bytes_ -= bytes.size();
            under_way_.pop_front();
        }
        if (!under_way_.empty()) delivery_.arm_at(under_way_.front().due);
        wake_reader();
    }

    void wake_reader() {
        if (!reader_ || (available() == 0 && !broken_ && !(ended_ && under_way_.empty()))) return;
        // The read makes room, which may let a waiting writer go on and bring it back here.
        std::optional<IoHandler> reader(std::move(reader_));
        reader_.reset();
        const auto done = try_read(read_buffer_);
        complete(reader, done.error(), done.value_or(0));
    }

    void continue_writing() {
        // A write may wake a reader, whose read makes room and asks for more while `rest_` still stands.
        if (!writer_ || writing_) return;
        while (rest_.size() > 0) {
            writing_ = true;
            const auto taken = try_write(rest_);
            writing_ = false;
            if (taken.error() == asio::error::would_block) return;
            if (!writer_) return;  // the connection was cut by this very write
            if (!taken) {
                complete(writer_, taken.error(), written_);
                return;
            }
            written_ += *taken;
            rest_ += *taken;
        }
        complete(writer_, {}, written_);
    }

    void watch_cancellation(std::optional<IoHandler>& waiting) {
        auto slot = asio::get_associated_cancellation_slot(*waiting);
        if (slot.is_connected()) slot.assign([this, &waiting](asio::cancellation_type) { abort(waiting); });
    }

    void abort(std::optional<IoHandler>& waiting) {
        if (waiting) complete(waiting, asio::error::operation_aborted, 0);
    }

    void complete(std::optional<IoHandler>& waiting, error_code error, std::size_t size) {
        leave_slot(*waiting);
        post(std::move(*waiting), error, size);
        waiting.reset();
    }

    void post(IoHandler handler, error_code error, std::size_t size) {
        asio::post(clock_.executor(),
                   Kept{[h = std::move(handler), error, size]() mutable { std::move(h)(error, size); }});
    }

    Clock& clock_;
    std::vector<std::byte> arrived_;
    std::size_t head_ = 0;
    std::list<Parcel> under_way_;  // takes no memory while it is empty, as hardly ever
    std::size_t under_way_bytes_ = 0;
    Timer delivery_;

    std::optional<IoHandler> reader_;
    asio::mutable_buffer read_buffer_;
    std::optional<IoHandler> writer_;
    asio::const_buffer rest_;
    std::size_t written_ = 0;
    bool writing_ = false;

    bool ended_ = false;
    bool reader_gone_ = false;
    error_code broken_;
};

struct MemoryConnection {
    MemoryConnection(Clock& clock, StreamConditions forth, StreamConditions back)
        : to_server(clock, std::move(forth)), to_client(clock, std::move(back)) {
        to_server.on_cut = to_client.on_cut = [this] { reset(); };
    }
    void reset() {
        to_server.break_off(asio::error::connection_reset);
        to_client.break_off(asio::error::connection_reset);
    }
    Pipe to_server, to_client;
};

class MemoryStream final : public ByteStream {
  public:
    MemoryStream(Clock& clock, std::shared_ptr<MemoryConnection> connection, bool client, std::string peer)
        : clock_(clock),
          connection_(std::move(connection)),
          in_(client ? connection_->to_client : connection_->to_server),
          out_(client ? connection_->to_server : connection_->to_client),
          peer_(std::move(peer)) {}
    ~MemoryStream() override { MemoryStream::close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        if (!open_) return refuse(std::move(handler));
        in_.read(buffer, std::move(handler));
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        if (!open_) return refuse(std::move(handler));
        out_.write(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        if (!open_) return error_code(asio::error::bad_descriptor);
        return in_.try_read(buffer);
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        if (!open_) return error_code(asio::error::bad_descriptor);
        return out_.try_write(buffer);
    }
    void close() noexcept override {
        if (!std::exchange(open_, false)) return;
        out_.end_writing();
        in_.end_reading();
    }
    bool is_open() const noexcept override { return open_; }
    asio::any_io_executor get_executor() override { return clock_.executor(); }
    std::string peer() const override { return peer_; }

  private:
    void refuse(IoHandler handler) {
        asio::post(clock_.executor(), [h = std::move(handler)]() mutable {
            std::move(h)(error_code(asio::error::bad_descriptor), std::size_t{0});
        });
    }

    Clock& clock_;
    std::shared_ptr<MemoryConnection> connection_;
    Pipe& in_;
    Pipe& out_;
    std::string peer_;
    bool open_ = true;
};

}  // namespace

MemoryPair make_memory_pair(Clock& clock, StreamConditions conditions) {
    auto connection = std::make_shared<MemoryConnection>(clock, conditions, conditions);
    return {std::make_unique<MemoryStream>(clock, connection, true, "memory:second"),
            std::make_unique<MemoryStream>(clock, connection, false, "memory:first"),
            connection->to_server.conditions, connection->to_client.conditions};
}

struct MemoryNetwork::Impl {
    explicit Impl(Clock& c) : clock(c) {}

    struct Queue {
        explicit Queue(Clock& clock) : arrived(clock) {}
        std::list<std::unique_ptr<ByteStream>> backlog;
        AsyncEvent arrived;
        bool closed = false;
    };

    Clock& clock;
    std::map<Endpoint, std::shared_ptr<Queue>> listeners;
    std::multimap<Endpoint, std::weak_ptr<MemoryConnection>> connections;
    std::uint16_t next_port = 49152;
};

namespace {

constexpr std::size_t max_backlog = 128;
constexpr const char* this_machine = "127.0.0.1:1";  // who connects, to whom it connects to

template <class Impl, class Queue>
class MemoryListener final : public Listener {
  public:
    MemoryListener(std::weak_ptr<Impl> network, std::shared_ptr<Queue> queue, Endpoint at)
        : network_(std::move(network)), queue_(std::move(queue)), at_(std::move(at)) {}
    ~MemoryListener() override { MemoryListener::close(); }

    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        const auto queue = queue_;
        while (!queue->closed && queue->backlog.empty())
            co_await queue->arrived.wait();
        if (queue->closed) co_return error_code(asio::error::operation_aborted);
        auto stream = std::move(queue->backlog.front());
        queue->backlog.pop_front();
        co_return std::move(stream);
    }

    Endpoint local_endpoint() const override { return at_; }

    void close() noexcept override {
        if (std::exchange(queue_->closed, true)) return;
        queue_->backlog.clear();
        queue_->arrived.notify();
        if (const auto network = network_.lock()) network->listeners.erase(at_);
    }

  private:
    std::weak_ptr<Impl> network_;
    std::shared_ptr<Queue> queue_;
    Endpoint at_;
};

}  // namespace

MemoryNetwork::MemoryNetwork(Clock& clock) : impl_(std::make_shared<Impl>(clock)) {}
MemoryNetwork::~MemoryNetwork() = default;

result<std::unique_ptr<Listener>> MemoryNetwork::listen(const Endpoint& at) {
    Endpoint where = at;
    if (where.port == 0) where.port = impl_->next_port++;
    if (impl_->listeners.contains(where)) return error_code(asio::error::address_in_use);
    auto queue = std::make_shared<Impl::Queue>(impl_->clock);
    impl_->listeners.emplace(where, queue);
    std::unique_ptr<Listener> listener =
        std::make_unique<MemoryListener<Impl, Impl::Queue>>(impl_, std::move(queue), std::move(where));
    return listener;
}

awaitable<result<std::unique_ptr<ByteStream>>> MemoryNetwork::connect(Endpoint to, Duration timeout) {
    const auto impl = impl_;
    Dial dial = on_dial ? on_dial(to) : Dial{};
    if (dial.hang || dial.delay >= timeout) {
        co_await impl->clock.io_sleep_for(timeout);
        co_return error_code(asio::error::timed_out);
    }
    if (dial.delay > Duration::zero()) co_await impl->clock.io_sleep_for(dial.delay);
    if (dial.refuse) co_return dial.refuse;
    const auto listener = impl->listeners.find(to);
    if (listener == impl->listeners.end() || listener->second->backlog.size() >= max_backlog) {
        co_return error_code(asio::error::connection_refused);
    }
    for (auto [entry, end] = impl->connections.equal_range(to); entry != end;)
        entry = entry->second.expired() ? impl->connections.erase(entry) : std::next(entry);
    auto connection =
        std::make_shared<MemoryConnection>(impl->clock, std::move(dial.to_server), std::move(dial.to_client));
    impl->connections.emplace(to, connection);
    listener->second->backlog.push_back(
        std::make_unique<MemoryStream>(impl->clock, connection, false, this_machine));
    listener->second->arrived.notify();
    if (on_connected) on_connected(to, connection->to_server.conditions, connection->to_client.conditions);
    std::unique_ptr<ByteStream> stream =
        std::make_unique<MemoryStream>(impl->clock, connection, true, "memory:" + to_string(to));
    co_return std::move(stream);
}

void MemoryNetwork::reset_connections(const Endpoint& to) {
    const auto [first, last] = impl_->connections.equal_range(to);
    for (auto it = first; it != last; ++it) {
        if (const auto connection = it->second.lock()) connection->reset();
    }
}

}  // namespace hil
