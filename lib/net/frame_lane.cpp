#include "net/frame_lane.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace hil::net {
namespace {

// Does `first` if the lane still exists, then what was waited for.
template <class First>
struct Then {
    using cancellation_slot_type = asio::cancellation_slot;
    cancellation_slot_type get_cancellation_slot() const noexcept {
        return asio::get_associated_cancellation_slot(handler);
    }
    void operator()(error_code error, std::size_t size) {
        if (*lane != nullptr) first(**lane, error);
        std::move(handler)(error, size);
    }
    FrameLane::Handle lane;
    First first;
    IoHandler handler;
};

template <class First>
IoHandler then(FrameLane::Handle lane, First first, IoHandler handler) {
    return IoHandler(Then<First>{std::move(lane), std::move(first), std::move(handler)});
}

}  // namespace

FrameLane::FrameLane(Clock& clock, std::unique_ptr<ByteStream> below)
    : clock_(clock), below_(std::move(below)), heard_(clock.io_timers().now()) {}

FrameLane::~FrameLane() {
    *self_ = nullptr;
    if (!waiting_) return;
    asio::post(clock_.executor(), [handler = std::move(waiting_->handler)]() mutable {
        std::move(handler)(error_code(asio::error::operation_aborted), std::size_t{0});
    });
}

void FrameLane::read(asio::mutable_buffer buffer, IoHandler handler) {
    const auto note = [](FrameLane& lane, error_code error) {
        if (!error) lane.heard_ = lane.clock_.io_timers().now();
    };
    below_->async_read_some(buffer, then(self_, note, std::move(handler)));
}

void FrameLane::write(asio::const_buffer bytes, std::shared_ptr<const void> owner,
                      std::function<void(error_code)> done) {
    writing_ = true;
    below_->async_write(bytes, IoHandler([self = self_, owner = std::move(owner), done = std::move(done)](
                                             error_code error, std::size_t /*size*/) {
                            if (*self == nullptr) return;
                            (*self)->wrote();
                            done(error);
                        }));
}

void FrameLane::write_control(asio::const_buffer bytes, IoHandler handler) {
    if (writing_) {
        waiting_.emplace(Waiting{bytes, std::move(handler)});
    } else {
        begin_control(bytes, std::move(handler));
    }
}

void FrameLane::begin_control(asio::const_buffer bytes, IoHandler handler) {
    writing_ = true;
    const auto over = [](FrameLane& lane, error_code) { lane.wrote(); };
    below_->async_write(bytes, then(self_, over, std::move(handler)));
}

void FrameLane::wrote() {
    writing_ = false;
    if (waiting_) {
        auto next = std::move(*waiting_);
        waiting_.reset();
        begin_control(next.bytes, std::move(next.handler));
    } else if (on_free) {
        on_free();
    }
}

}  // namespace hil::net
