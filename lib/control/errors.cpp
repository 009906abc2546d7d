#include "control/errors.hpp"

#include <string>

namespace hil::control {
namespace {

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "control"; }
    std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::already_running:
                return "already_running";
            case errc::not_connected:
                return "not_connected";
            case errc::setpoint_write_failed:
                return "setpoint_write_failed";
            case errc::enable_failed:
                return "enable_failed";
            case errc::disable_failed:
                return "disable_failed";
            case errc::superseded:
                return "superseded";
            case errc::seed_failed:
                return "seed_failed";
            case errc::estop_latched:
                return "estop_latched";
            case errc::plant_tripped:
                return "plant_tripped";
            case errc::not_running:
                return "not_running";
            case errc::not_latched:
                return "not_latched";
            case errc::not_tripped:
                return "not_tripped";
            case errc::condition_lasts:
                return "condition_lasts";
            case errc::not_saved:
                return "not_saved";
            case errc::record_lost:
                return "record_lost";
            case errc::shutting_down:
                return "shutting_down";
            case errc::stale_setpoint:
                return "stale_setpoint";
            case errc::data_directory_lost:
                return "data_directory_lost";
            case errc::reasons_unreadable:
                return "reasons_unreadable";
            case errc::read_failed:
                return "read_failed";
            case errc::readings_out_of_range:
                return "readings_out_of_range";
            case errc::unexpected_device:
                return "unexpected_device";
        }
        return "unknown control error";
    }
};

}  // namespace

const boost::system::error_category& category() {
    static const Category instance;
    return instance;
}

}  // namespace hil::control
