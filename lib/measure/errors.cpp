#include "measure/errors.hpp"

#include <string>

namespace hil::measure {
namespace {

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "hil.measure"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::not_a_row:
                return "the line is not a row of measurements";
            case errc::not_a_header:
                return "the first line is not the header of a recording";
            case errc::too_many_fields:
                return "the line has more fields than the header";
            case errc::rows_waiting:
                return "rows could not be written yet and are kept for the next flush";
            case errc::not_in_order:
                return "the rows are not in order of time";
            case errc::values_too_late:
                return "the values came too late for the time they were asked for";
            case errc::row_pending:
                return "a pending row waits beside the recording: start the service once, it takes it over";
            case errc::disk_silent:
                return "the disk does not answer";
            case errc::directory_lost:
                return "the directory was deleted, moved or replaced";
            case errc::no_history:
                return "the database of history cannot be read now";
        }
        return "unknown measurement error";
    }
};

}  // namespace

const boost::system::error_category& category() {
    static const Category instance;
    return instance;
}

}  // namespace hil::measure
