#include "plant/errors.hpp"

#include <string>

namespace hil::plant {
namespace {

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "hil.plant"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::not_connected:
                return "no session with the plant";
            case errc::superseded:
                return "the value was decided before a stop, a switch or a disconnect";
            case errc::access_denied:
                return "the point's access does not allow it";
            case errc::out_of_range:
                return "the value does not fit the point's format";
            case errc::not_finite:
                return "the value is not a finite number";
            case errc::no_such_point:
                return "the endpoint has no such point";
            case errc::refused_point:
                return "the device refuses to read this point";
            case errc::not_in_one_request:
                return "the device has no function 16, so it cannot take all registers of this value at "
                       "once: "
                       "writing one after the other would leave half of it in between";
            case errc::queue_full:
                return "too many calls wait for the plant";
            case errc::not_answering:
                return "the plant is connected but does not answer";
            case errc::unexpected_device:
                return "another device, map or firmware than is expected: nothing is written";
        }
        return "unknown plant error";
    }
};

}  // namespace

const boost::system::error_category& category() {
    static const Category instance;
    return instance;
}

}  // namespace hil::plant
