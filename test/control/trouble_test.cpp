// What errors mean to somebody who wants something done, and how long one step asks again.
#include "control/errors.hpp"
#include "control/start_retry.hpp"
#include "modbus/errors.hpp"
#include "plant/errors.hpp"

#include "support/catch.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::control;
using namespace std::chrono_literals;

TEST_CASE("busy and silent pass, every other refusal lasts") {
    using M = modbus::errc;
    CHECK(trouble_of({}) == Trouble::none);
    CHECK(trouble_of(M::acknowledge) == Trouble::busy);
    CHECK(trouble_of(M::server_device_busy) == Trouble::busy);
    for (const error_code silent :
         {error_code(M::gateway_path_unavailable), error_code(M::gateway_target_failed),
          error_code(M::timeout), error_code(M::disconnected), error_code(M::bad_response),
          error_code(M::bad_frame), error_code(M::queue_full), error_code(plant::errc::not_connected),
          error_code(plant::errc::not_answering), error_code(plant::errc::queue_full),
          error_code(plant::errc::superseded), error_code(control::errc::not_connected),
          error_code(boost::asio::error::connection_refused)})
        CHECK(trouble_of(silent) == Trouble::silent);
    for (const error_code lasting :
         {error_code(M::illegal_function), error_code(M::illegal_data_address),
          error_code(M::illegal_data_value), error_code(M::server_device_failure),
          error_code(M::memory_parity_error), error_code(M::other_exception),
          error_code(plant::errc::out_of_range), error_code(plant::errc::access_denied),
          error_code(control::errc::enable_failed)})
        CHECK(trouble_of(lasting) == Trouble::lasting);
}

TEST_CASE("a busy device is asked again until the time of the step is over") {
    const Instant t0{100s};
    for (const auto code : {modbus::errc::acknowledge, modbus::errc::server_device_busy}) {
        StepRetry retry(t0, 3s);
        for (int i = 0; i < 11; ++i)
            CHECK(retry.failed(code, t0 + i * StepRetry::pause) == StepRetry::pause);
        CHECK(retry.failed(code, t0 + 2750ms) == StepRetry::pause);
        CHECK_FALSE(retry.failed(code, t0 + 2751ms));
    }
    CHECK_FALSE(StepRetry(t0, 0s).failed(modbus::errc::server_device_busy, t0));
}

TEST_CASE("one answer may be lost, and the step has its time anew while the link asks the plant") {
    const Instant t0{100s};
    StepRetry retry(t0, 3s);
    CHECK(retry.failed(modbus::errc::timeout, t0 + 5s) == StepRetry::pause);
    CHECK(retry.failed(plant::errc::not_answering, t0 + 7s) == StepRetry::pause);
    CHECK_FALSE(retry.failed(plant::errc::not_answering, t0 + 8s));
    CHECK_FALSE(retry.failed(modbus::errc::timeout, t0 + 6s));
}

TEST_CASE("what is refused, or lost with its connection, is not asked for again by the step") {
    const Instant t0{100s};
    for (const error_code error :
         {error_code(modbus::errc::illegal_function), error_code(modbus::errc::illegal_data_address),
          error_code(modbus::errc::illegal_data_value), error_code(modbus::errc::server_device_failure),
          error_code(modbus::errc::memory_parity_error), error_code(modbus::errc::gateway_target_failed),
          error_code(plant::errc::not_connected), error_code(plant::errc::superseded)})
        CHECK_FALSE(StepRetry(t0, 3s).failed(error, t0));
}

TEST_CASE("a start is tried again for what passes, and for nothing else") {
    using M = modbus::errc;
    const auto passes = [](error_code error, error_code cause) { return StartRetry::passes(error, cause); };
    CHECK(passes(errc::not_connected, {}));
    for (const error_code failed : {error_code(errc::read_failed), error_code(errc::setpoint_write_failed),
                                    error_code(errc::enable_failed)}) {
        for (const auto cause : {M::acknowledge, M::server_device_busy, M::gateway_path_unavailable,
                                 M::gateway_target_failed, M::timeout, M::disconnected})
            CHECK(passes(failed, cause));
        for (const auto cause : {M::illegal_function, M::illegal_data_address, M::illegal_data_value,
                                 M::server_device_failure, M::memory_parity_error})
            CHECK_FALSE(passes(failed, cause));
        CHECK_FALSE(passes(failed, {}));
        CHECK_FALSE(passes(failed, errc::enable_failed));  // acknowledged, and does not show
    }
    for (const error_code decided :
         {error_code(errc::estop_latched), error_code(errc::plant_tripped), error_code(errc::shutting_down),
          error_code(errc::superseded), error_code(errc::already_running), error_code(errc::seed_failed),
          error_code(errc::readings_out_of_range)})
        CHECK_FALSE(passes(decided, M::server_device_busy));
}

TEST_CASE("a start is tried after longer and longer pauses, the last time when its time is over") {
    const Instant t0{100s};
    StartRetry retry(t0, 600s);
    Instant now = t0;
    std::vector<double> pauses;
    for (;;) {
        const auto pause = retry.failed(errc::not_connected, {}, now);
        if (!pause) break;
        pauses.push_back(to_seconds(*pause));
        now += *pause;
    }
    CHECK(now == t0 + 600s);
    CHECK(retry.out_of_time());
    CHECK(retry.tries() == pauses.size() + 1);
    REQUIRE(pauses.size() > 6);
    const std::vector<double> first{1, 2, 4, 8, 16, 30, 30};
    for (std::size_t i = 0; i < first.size(); ++i)
        CHECK(pauses[i] == Approx(first[i]));

    StartRetry once(t0, 0s);
    CHECK_FALSE(once.failed(errc::not_connected, {}, t0));
    CHECK(once.tries() == 1);

    StartRetry refused(t0, 600s);
    CHECK_FALSE(refused.failed(errc::enable_failed, modbus::errc::server_device_failure, t0));
    CHECK_FALSE(refused.out_of_time());
}
