#include "modbus/errors.hpp"

#include <string>

namespace hil::modbus {
namespace {

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "modbus"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::illegal_function:
                return "the device does not support this function (exception 1)";
            case errc::illegal_data_address:
                return "the device has no such address (exception 2)";
            case errc::illegal_data_value:
                return "the device does not accept this count or value (exception 3)";
            case errc::server_device_failure:
                return "the device failed while it executed the request (exception 4)";
            case errc::acknowledge:
                return "the device needs more time for the request (exception 5)";
            case errc::server_device_busy:
                return "the device is busy (exception 6)";
            case errc::memory_parity_error:
                return "the device found a parity error in its memory (exception 8)";
            case errc::gateway_path_unavailable:
                return "the gateway has no path to the device (exception 10)";
            case errc::gateway_target_failed:
                return "the device behind the gateway did not answer (exception 11)";
            case errc::other_exception:
                return "the device answered with an exception of its own";
            case errc::timeout:
                return "no answer in time";
            case errc::disconnected:
                return "not connected";
            case errc::bad_response:
                return "the answer does not fit the request";
            case errc::bad_frame:
                return "the peer does not speak Modbus TCP (wrong protocol id or length)";
            case errc::other_unit:
                return "the answer comes from another unit id than was asked";
            case errc::queue_full:
                return "too many requests are waiting for this connection";
        }
        return "unknown Modbus error " + std::to_string(value);
    }
};

}  // namespace

const boost::system::error_category& category() {
    static const Category instance;
    return instance;
}

bool is_exception(boost::system::error_code error) {
    return error.category() == category() && error.value() > 0 &&
           error.value() <= static_cast<int>(errc::other_exception);
}

errc exception_error(std::uint8_t code) {
    switch (code) {
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
        case 8:
        case 10:
        case 11:
            return static_cast<errc>(code);
        default:
            return errc::other_exception;
    }
}

}  // namespace hil::modbus
