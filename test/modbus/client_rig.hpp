// A client on a stream in memory; the test is the peer.
#pragma once

#include "test/modbus/faulty_stream.hpp"
#include "test/modbus/site.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hil::modbus::test {

struct ClientRig : Site {
    explicit ClientRig(ClientOptions options = {}) {
        client = std::make_unique<Client>(clock, std::make_unique<FaultyStream>(std::move(pair.first), io),
                                          options);
        client->on_disconnect = [this](error_code why) { ends.push_back(why); };
        client->on_exchange = [this](const Exchange& e) { exchanges.push_back(e); };
    }

    std::string asked() { return received(*this, *peer); }
    void answer(const char* text) { send(*this, *peer, text); }

    std::shared_ptr<Faults> io = std::make_shared<Faults>();
    MemoryPair pair = make_memory_pair(clock);
    std::shared_ptr<StreamConditions> to_peer = pair.first_to_second;
    std::unique_ptr<ByteStream> peer = std::move(pair.second);
    std::unique_ptr<Client> client;
    std::vector<error_code> ends;
    std::vector<Exchange> exchanges;
};

inline ClientOptions in_flight(std::uint16_t count) {
    ClientOptions options;
    options.max_in_flight = count;
    return options;
}

}  // namespace hil::modbus::test
