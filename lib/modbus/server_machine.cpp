#include "modbus/server_machine.hpp"

namespace hil::modbus {
namespace {

Response refusal(const Frame& frame, error_code error) {
    Response response;
    response.unit = frame.unit;
    response.function = static_cast<Function>(frame.pdu[0] & 0x7F);
    response.exception = static_cast<std::uint8_t>(error.value());
    return response;
}

}  // namespace

ServerMachine::Next ServerMachine::advance(const Handler& handler, bool& exception) {
    if (output_.size() > max_output - max_adu_size) return Next::write;
    Frame frame;
    switch (framer_.next(frame)) {
        case Framer::Found::nothing:
            return Next::read;
        case Framer::Found::bad_frame:
            return Next::bad_frame;
        case Framer::Found::frame:
            break;
    }
    const auto error = decode(request_, frame.unit, frame.pdu);
    const Response response = error ? refusal(frame, error) : handler(request_);
    exception = response.exception != 0;
    output_.append(frame.transaction, response);
    return Next::answered;
}

}  // namespace hil::modbus
