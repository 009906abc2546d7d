#include "simulate/world/fault_network.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <utility>
#include <vector>

namespace hil::simulate {
namespace {

constexpr std::size_t header_size = 7;  // transaction, protocol, length, unit

}  // namespace

struct FaultNetwork::State {
    State(Clock& c, MemoryNetwork& n, Random r, const FaultProfile& p, Duration t, Hooks h)
        : clock(c), network(n), random(r), profile(p), timeout(t), hooks(std::move(h)) {}

    class Stream;
    class Acceptor;

    void fault(const Endpoint& at, std::string_view kind, Duration lasts) {
        if (hooks.on_fault) hooks.on_fault(at, kind, lasts);
    }
    void answer(const Endpoint& at, bool delivered) {
        if (hooks.on_answer) hooks.on_answer(at, delivered);
    }
    [[nodiscard]] bool silent(const Endpoint& at) const {
        const auto found = silent_until.find(at);
        return found != silent_until.end() && clock.now() < found->second;
    }

    Clock& clock;
    MemoryNetwork& network;
    Random random;
    FaultProfile profile;
    Duration timeout;
    Hooks hooks;
    std::map<Endpoint, Instant> silent_until;
};

// The plant's end of a connection.
class FaultNetwork::State::Stream final : public ByteStream {
  public:
    Stream(std::shared_ptr<State> state, Endpoint at, std::unique_ptr<ByteStream> inner)
        : state_(std::move(state)),
          at_(std::move(at)),
          inner_(std::move(inner)),
          delivery_(state_->clock.io_timers(), [this] { deliver_due(); }) {}
    ~Stream() override { Stream::close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        inner_->async_read_some(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        return inner_->try_read_some(buffer);
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        const auto taken = try_write_some(buffer);
        asio::post(state_->clock.executor(),
                   [h = std::move(handler), error = taken.error(), size = taken.value_or(0)]() mutable {
                       std::move(h)(error, size);
                   });
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        if (!inner_->is_open()) return error_code(asio::error::bad_descriptor);
        const auto* bytes = static_cast<const std::uint8_t*>(buffer.data());
        begun_.insert(begun_.end(), bytes, bytes + buffer.size());
        while (begun_.size() >= header_size) {
            const std::size_t size = 6 + (std::size_t{begun_[4]} << 8) + begun_[5];
            if (begun_.size() < size) break;
            Frame frame(begun_.begin(), begun_.begin() + static_cast<std::ptrdiff_t>(size));
            begun_.erase(begun_.begin(), begun_.begin() + static_cast<std::ptrdiff_t>(size));
            if (!spoil(std::move(frame))) return error_code(asio::error::connection_reset);
        }
        return buffer.size();
    }
    void close() noexcept override {
        delivery_.disarm();
        for (; !waiting_.empty(); waiting_.pop_front())
            state_->answer(at_, false);
        inner_->close();
    }
    [[nodiscard]] bool is_open() const noexcept override { return inner_->is_open(); }
    [[nodiscard]] asio::any_io_executor get_executor() override { return inner_->get_executor(); }
    [[nodiscard]] std::string peer() const override { return inner_->peer(); }

  private:
    using Frame = std::vector<std::uint8_t>;
    struct Waiting {
        Duration due{};
        Frame frame;
        bool whole = true;  // unspoilt
    };

    // False when the connection ended with this frame.
    bool spoil(Frame frame) {
        auto& dice = state_->random;
        const auto& p = state_->profile;
        if (state_->silent(at_)) {
            lose();
            return true;
        }
        double drawn = dice.uniform();
        const auto hits = [&drawn](double probability) {
            drawn -= probability;
            return drawn < 0;
        };
        if (hits(p.drop)) {
            state_->fault(at_, "answer dropped", state_->timeout);
            lose();
        } else if (hits(p.cut)) {
            const auto kept = dice.below(frame.size());
            state_->fault(at_, "answer cut", {});
            frame.resize(kept);
            lose();
            send(frame);
            state_->network.reset_connections(at_);
            return false;
        } else if (hits(p.wrong_id)) {
            frame[0] = static_cast<std::uint8_t>(frame[0] ^ 0x55);
            state_->fault(at_, "wrong transaction id", state_->timeout);
            post({.due = now(), .frame = std::move(frame), .whole = false});
        } else if (hits(p.exception)) {
            static constexpr std::array<std::uint8_t, 4> codes{1, 2, 4, 6};
            const auto code = codes[dice.below(codes.size())];
            const Frame refused{
                frame[0], frame[1], 0, 0, 0, 3, frame[6], static_cast<std::uint8_t>(frame[7] | 0x80), code};
            // A point said not to exist is not asked for again for a minute.
            const bool lasting = code == 2;
            const auto function = frame[7] & 0x7F;  // of a refusal, too
            const bool write = function == 6 || function == 16;
            state_->fault(at_,
                          lasting              ? "exception 2"
                          : code == 4 && write ? "exception 4 to a write"
                                               : "exception",
                          lasting ? std::chrono::seconds(62) : Duration{});
            post({.due = now(), .frame = refused, .whole = false});
        } else if (hits(p.delay)) {
            const Duration delay = seconds(dice.uniform(0, p.longest_delay_s));
            state_->fault(at_, "answer delayed", delay + state_->timeout);
            post({.due = now() + delay, .frame = std::move(frame), .whole = true});
        } else {
            post({.due = now(), .frame = std::move(frame), .whole = true});
        }
        return true;
    }

    [[nodiscard]] Duration now() const { return state_->clock.io_timers().now(); }

    void lose() {
        if (waiting_.empty()) {
            state_->answer(at_, false);
        } else {
            waiting_.push_back({.due = now(), .frame = {}, .whole = false});
        }
    }

    void post(Waiting waiting) {
        if (waiting_.empty() && waiting.due <= now()) {
            send(waiting.frame);
            state_->answer(at_, waiting.whole);
            return;
        }
        waiting_.push_back(std::move(waiting));
        if (!delivery_.armed()) delivery_.arm_at(waiting_.front().due);
    }

    void deliver_due() {
        while (!waiting_.empty() && waiting_.front().due <= now()) {
            const Waiting first = std::move(waiting_.front());
            waiting_.pop_front();
            if (!first.frame.empty()) send(first.frame);
            state_->answer(at_, first.whole);
        }
        if (!waiting_.empty()) delivery_.arm_at(waiting_.front().due);
    }

    // The pipe below has room for thousands of answers; where it has none, or is gone, the answer is lost.
    void send(const Frame& frame) {
        if (!frame.empty()) (void)inner_->try_write_some(asio::buffer(frame));
    }

    std::shared_ptr<State> state_;
    Endpoint at_;
    std::unique_ptr<ByteStream> inner_;
    std::vector<std::uint8_t> begun_;
    std::deque<Waiting> waiting_;
    Timer delivery_;
};

class FaultNetwork::State::Acceptor final : public Listener {
  public:
    Acceptor(std::shared_ptr<State> state, std::unique_ptr<Listener> inner)
        : state_(std::move(state)), inner_(std::move(inner)) {}

    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        const auto state = state_;
        const auto at = inner_->local_endpoint();
        auto accepted = co_await inner_->accept();
        if (!accepted) co_return accepted.error();
        std::unique_ptr<ByteStream> stream = std::make_unique<Stream>(state, at, std::move(*accepted));
        co_return std::move(stream);
    }
    [[nodiscard]] Endpoint local_endpoint() const override { return inner_->local_endpoint(); }
    void close() noexcept override { inner_->close(); }

  private:
    std::shared_ptr<State> state_;
    std::unique_ptr<Listener> inner_;
};

FaultNetwork::FaultNetwork(Clock& clock, MemoryNetwork& network, Random random, const FaultProfile& profile,
                           Duration timeout, Hooks hooks)
    : state_(std::make_shared<State>(clock, network, random, profile, timeout, std::move(hooks))) {
    network.on_dial = [state = state_.get()](const Endpoint& to) {
        MemoryNetwork::Dial dial;
        const double drawn = state->random.uniform();
        if (state->silent(to) || drawn < state->profile.hang) {
            dial.hang = true;
            state->fault(to, "connect hangs", state->timeout);
        } else if (drawn < state->profile.hang + state->profile.refuse) {
            dial.refuse = asio::error::connection_refused;
            state->fault(to, "connect refused", {});
        }
        return dial;
    };
    network.on_connected = [state = state_.get()](const Endpoint& to, const auto&, const auto&) {
        if (state->hooks.on_connected) state->hooks.on_connected(to);
    };
}

FaultNetwork::~FaultNetwork() {
    state_->hooks = {};
    state_->network.on_dial = {};
    state_->network.on_connected = {};
}

awaitable<result<std::unique_ptr<ByteStream>>> FaultNetwork::connect(Endpoint to, Duration timeout) {
    return state_->network.connect(std::move(to), timeout);
}

result<std::unique_ptr<Listener>> FaultNetwork::listen(const Endpoint& at) {
    auto inner = state_->network.listen(at);
    if (!inner) return inner.error();
    std::unique_ptr<Listener> listener = std::make_unique<State::Acceptor>(state_, std::move(*inner));
    return listener;
}

void FaultNetwork::reset(const Endpoint& at) {
    state_->fault(at, "connection reset", {});
    state_->network.reset_connections(at);
}

void FaultNetwork::begin_outage(const Endpoint& at, Duration length) {
    state_->fault(at, "outage", length + state_->timeout);
    auto& until = state_->silent_until[at];
    until = std::max(until, state_->clock.now() + length);
}

void FaultNetwork::calm() {
    state_->profile = {};
    state_->silent_until.clear();
}

}  // namespace hil::simulate
