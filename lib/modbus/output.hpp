// Bytes on their way out: frames are appended at the end, what the stream has taken leaves at the front.
#pragma once

#include "modbus/pdu.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace hil::modbus {

class Output {
  public:
    // Appends one frame. Spans given out before are no longer valid.
    template <class Message>
    void append(std::uint16_t transaction, const Message& message) {
        if (bytes_.size() - end_ < max_adu_size) make_room();
        end_ += encode(std::span<std::uint8_t, max_adu_size>(bytes_.data() + end_, max_adu_size), transaction,
                       message);
    }
    [[nodiscard]] std::span<const std::uint8_t> pending() const {
        return {bytes_.data() + begin_, end_ - begin_};
    }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    void taken(std::size_t size) {
        begin_ += size;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    void clear() { begin_ = end_ = 0; }

  private:
    void make_room() {
        if (begin_ > 0) std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        if (bytes_.size() - end_ < max_adu_size) bytes_.resize(2 * bytes_.size() + max_adu_size);
    }

    std::vector<std::uint8_t> bytes_;
    std::size_t begin_ = 0, end_ = 0;
};

}  // namespace hil::modbus
