// What a Modbus TCP server decides on one connection, without I/O: bytes in, answers out.
#pragma once

#include "modbus/framer.hpp"
#include "modbus/output.hpp"
#include "modbus/pdu.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace hil::modbus {

class ServerMachine {
  public:
    using Handler = std::function<Response(const Request&)>;

    enum class Next : std::uint8_t {
        answered,   // one more request; look again
        read,       // no whole request is left
        write,      // enough is waiting to be sent; look again when it has left
        bad_frame,  // close the connection, after what is in output()
    };

    std::span<std::uint8_t> space() { return framer_.space(); }
    void received(std::size_t size) { framer_.received(size); }

    // Answers at most one of the requests received. `exception` tells whether the answer was one. What
    // cannot be decoded is answered here: exception 1 for an unknown function, 3 for wrong counts and values.
    Next advance(const Handler& handler, bool& exception);

    [[nodiscard]] Output& output() { return output_; }

  private:
    // A peer that sends many requests and reads no answer costs no more memory than this.
    static constexpr std::size_t max_output = 16 * max_adu_size;

    Framer framer_;
    Output output_;
    Request request_;
};

}  // namespace hil::modbus
