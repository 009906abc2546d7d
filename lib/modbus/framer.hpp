// Cuts a stream of bytes into Modbus TCP frames, whatever the pieces it arrives in. No I/O here.
#pragma once

#include "modbus/pdu.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hil::modbus {

struct Frame {
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    std::span<const std::uint8_t> pdu;  // 1..253 bytes inside the Framer, until its next space()
};

class Framer {
  public:
    enum class Found : std::uint8_t {
        frame,
        nothing,    // more bytes are needed
        bad_frame,  // a protocol id or length that no Modbus peer sends; the stream cannot be followed any
                    // more
    };

    // Where the next bytes go, never less than the rest of the frame that has begun. Once next() has
    // said `nothing`, there is room for a whole frame at least.
    std::span<std::uint8_t> space();
    // So many bytes have been put there.
    void received(std::size_t size) { end_ += size; }
    // The next frame. A wrong header is told as soon as its bytes are there, after the frames before it.
    Found next(Frame& frame);
    // Bytes of a frame that is not complete, or not taken yet.
    [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }

  private:
    // Most peers send one short frame at a time: room for more is made once somebody fills it.
    std::vector<std::uint8_t> bytes_;
    std::size_t begin_ = 0, end_ = 0;
};

}  // namespace hil::modbus
