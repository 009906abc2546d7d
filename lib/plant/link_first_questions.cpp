// What a link asks a device first: whether it answers at all, and whether it is the one that is expected.
#include "base/mutation.hpp"
#include "plant/fingerprint.hpp"
#include "plant/link_emergency.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace hil::plant {

// In an emergency nobody has the time to ask for a name.
void Link::State::remember_address(const std::string& peer) {
    const auto colon = peer.rfind(':');
    if (colon == std::string::npos) return;
    auto host = peer.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    error_code error;
    (void)asio::ip::make_address(host, error);
    if (!error) dialled_.host = std::move(host);
}

// Success: nothing is expected, or it was asked, whatever came of that.
awaitable<error_code> Link::State::look_whether_expected(Session& asked) {
    if (!endpoint.expect) co_return error_code{};
    const auto point = map.find(endpoint.expect->point);
    if (!point) co_return errc::no_such_point;
    if (!asked.try_begin()) {
        if (const auto error = co_await asked.wait_turn(Priority::control)) co_return error;
    }
    const Session::Turn turn(asked);
    const auto& definition = map.point(*point);
    const auto answer =
        co_await ask(asked, {definition.address, definition.word_count(), definition.register_type});
    result<Registers> words = Registers{};
    if (answer) {
        std::ranges::copy(*answer, words->begin());
    } else if (answer.error() == modbus::errc::illegal_data_address ||
               answer.error() == modbus::errc::illegal_data_value ||
               answer.error() == modbus::errc::illegal_function) {
        words = answer.error();
    } else {
        co_return answer.error();  // nobody knows: another connection will tell
    }
    expected_asked_ = true;
    auto found = mismatch(*endpoint.expect, map.codec(*point), words).value_or(std::string());
    if (mutated(Mutation::stranger_welcome)) found.clear();
    const bool news = found != status.unexpected;
    status.unexpected = std::move(found);
    if (status.unexpected.empty()) expected_again_.reset();
    if (news && hooks.on_trouble) hooks.on_trouble(status);
    co_return error_code{};
}

// Success when the peer answers at all.
awaitable<error_code> Link::State::probe(Session& probed) {
    if (!probed.try_begin()) {
        if (const auto error = co_await probed.wait_turn(Priority::control)) co_return error;
    }
    const Session::Turn turn(probed);
    const auto answer = co_await ask(probed, probed_registers_);
    if (answer || (modbus::is_exception(answer.error()) && !missed(answer.error()))) co_return error_code{};
    co_return answer.error();
}

}  // namespace hil::plant
