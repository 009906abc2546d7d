#include "plant/connection_machine.hpp"

namespace hil::plant {

Duration ConnectionMachine::wait(IoInstant now) {
    if (breaker_.allow(now)) return Duration::zero();
    return delay(now);
}

Duration ConnectionMachine::delay(IoInstant now) const {
    return breaker_.state(now) == BreakerState::open ? breaker_.retry_at() - now : Duration::zero();
}

void ConnectionMachine::failed(IoInstant now) {
    breaker_.failed(now);
}

void ConnectionMachine::opened(IoInstant now) {
    opened_at_ = now;
}

void ConnectionMachine::closed(IoInstant now) {
    if (now - opened_at_ >= lasting) {
        breaker_.succeeded();
    } else {
        breaker_.failed(now);
    }
}

void ConnectionMachine::rested() {
    breaker_.succeeded();
}

void ConnectionMachine::abandoned() {
    breaker_.abandoned();
}

}  // namespace hil::plant
