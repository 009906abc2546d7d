#include "plant/closing.hpp"

#include <boost/asio/error.hpp>

namespace hil::plant {
namespace {

bool by_peer(error_code why) {
    return why == asio::error::eof || why == asio::error::connection_reset ||
           why == asio::error::connection_aborted || why == asio::error::broken_pipe;
}

}  // namespace

Closing closing_of(const modbus::Ending& ending, bool answered) {
    if (!answered || !by_peer(ending.why)) return Closing::failure;
    if (!ending.outstanding) return Closing::idle;
    const bool crossed = ending.quiet >= least_quiet && ending.oldest_age < longest_crossing;
    return crossed ? Closing::crossed : Closing::failure;
}

}  // namespace hil::plant
