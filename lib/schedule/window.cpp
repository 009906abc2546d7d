#include "schedule/window.hpp"

namespace hil::schedule {

Window day_window(LocalDate date, const Zone& zone) {
    return {zone.midnight(date), zone.midnight(next_day(date))};
}

Window two_days(WallTime now, const Zone& zone) {
    const LocalDate today = zone.date(now);
    return {zone.midnight(today), zone.midnight(next_day(next_day(today)))};
}

}  // namespace hil::schedule
