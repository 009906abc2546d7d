#include "modbus/framer.hpp"

#include <cstring>

namespace hil::modbus {

namespace {

constexpr std::size_t most = 16 * max_adu_size;

}  // namespace

std::span<std::uint8_t> Framer::space() {
    const bool filled = end_ == bytes_.size();
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (bytes_.size() - end_ < max_adu_size) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (filled || bytes_.size() - end_ < max_adu_size) {
        const auto wanted = filled && !bytes_.empty() ? most : end_ + max_adu_size;
        if (bytes_.size() < wanted) bytes_.resize(wanted);
    }
    return std::span(bytes_).subspan(end_);
}

Framer::Found Framer::next(Frame& frame) {
    const std::uint8_t* head = bytes_.data() + begin_;
    const std::size_t have = end_ - begin_;
    if (have >= 3 && head[2] != 0) return Found::bad_frame;
    if (have >= 4 && head[3] != 0) return Found::bad_frame;
    if (have >= 5 && head[4] != 0) return Found::bad_frame;  // no frame is longer than 260 bytes
    if (have < 6) return Found::nothing;
    const std::size_t length = head[5];  // unit and PDU
    if (length < 2 || length > max_pdu_size + 1) return Found::bad_frame;
    if (have < 6 + length) return Found::nothing;
    frame.transaction = static_cast<std::uint16_t>(head[0] << 8 | head[1]);
    frame.unit = head[6];
    frame.pdu = {head + mbap_size, length - 1};
    begin_ += 6 + length;
    return Found::frame;
}

}  // namespace hil::modbus
