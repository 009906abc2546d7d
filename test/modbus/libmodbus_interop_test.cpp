#include "test/modbus/interop.hpp"

#include <modbus/modbus.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;

namespace {

// Listens before the child exists, so that nobody has to wait for it.
int listen_on_loopback(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener, generic, size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, generic, &size) == 0);
    port = ntohs(address.sin_port);
    return listener;
}

int serve(int listener) {
    modbus_t* context = modbus_new_tcp("127.0.0.1", 0);
    modbus_mapping_t* tables = modbus_mapping_new(device_size, device_size, device_size, device_size);
    for (int i = 0; i < device_size; ++i) {
        tables->tab_registers[i] = static_cast<std::uint16_t>(3 * i);
        tables->tab_input_registers[i] = static_cast<std::uint16_t>(1000 + i);
        tables->tab_bits[i] = i % 2 == 0;
        tables->tab_input_bits[i] = i % 3 == 0;
    }
    if (modbus_tcp_accept(context, &listener) < 0) return 1;
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> query{};
    for (;;) {
        const int size = modbus_receive(context, query.data());
        if (size < 0) break;
        if (size > 0 && modbus_reply(context, query.data(), size, tables) < 0 && errno != EMBXILADD) return 2;
    }
    return tables->tab_registers[160] == 0x17 ? 0 : 3;
}

// The other way round: what the child finds wrong is its output.
int use(std::uint16_t port, int output) {
    modbus_t* context = modbus_new_tcp("127.0.0.1", port);
    int failures = 0;
    const auto check = [&](const char* what, bool good) {
        if (good) return;
        ++failures;
        ::dprintf(output, "%s: %s\n", what, modbus_strerror(errno));
    };
    check("response timeout", modbus_set_response_timeout(context, 20, 0) == 0);
    check("connect", modbus_connect(context) == 0);
    std::array<std::uint16_t, 200> words{};
    std::array<std::uint8_t, 2000> bits{};
    check("read 125", modbus_read_registers(context, 10, 125, words.data()) == 125);
    for (int i = 0; i < 125; ++i)
        check("value", words[static_cast<std::size_t>(i)] == 3 * (10 + i));
    check("read input", modbus_read_input_registers(context, 5, 3, words.data()) == 3 && words[2] == 1007);
    check("read coils", modbus_read_bits(context, 0, 10, bits.data()) == 10 && bits[8] == 1 && bits[9] == 0);
    check("read discrete",
          modbus_read_input_bits(context, 3, 4, bits.data()) == 4 && bits[0] == 1 && bits[3] == 1);
    check("write register", modbus_write_register(context, 199, 0xBEEF) == 1);
    for (std::size_t i = 0; i < 123; ++i)
        words[i] = static_cast<std::uint16_t>(500 + i);
    check("write 123", modbus_write_registers(context, 0, 123, words.data()) == 123);
    check("write coil", modbus_write_bit(context, 1, 1) == 1);
    const std::array<std::uint8_t, 3> coils = {0, 1, 1};
    check("write coils", modbus_write_bits(context, 2, 3, coils.data()) == 3);
    const std::array<std::uint16_t, 2> written = {71, 72};
    check("write and read",
          modbus_write_and_read_registers(context, 151, 2, written.data(), 150, 4, words.data()) == 4 &&
              words[0] == 450 && words[1] == 71 && words[2] == 72 && words[3] == 459);
    check("write", modbus_write_register(context, 160, 0x12) == 1);
    check("mask", modbus_mask_write_register(context, 160, 0xF2, 0x25) == 1);
    check("read beyond",
          modbus_read_registers(context, device_size - 1, 2, words.data()) == -1 && errno == EMBXILADD);
    // A count of 0, which the library itself would not send.
    std::array<std::uint8_t, 6> none = {1, 3, 0, 0, 0, 0};
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> answer{};
    check("raw", modbus_send_raw_request(context, none.data(), none.size()) > 0);
    check("count 0",
          modbus_receive_confirmation(context, answer.data()) == 9 && answer[7] == 0x83 && answer[8] == 3);
    check("unknown function", modbus_report_slave_id(context, 100, bits.data()) == -1 && errno == EMBXILFUN);
    modbus_close(context);
    modbus_free(context);
    return failures == 0 ? 0 : 1;
}

}  // namespace

TEST_CASE("our client and libmodbus' server understand each other") {
    std::uint16_t port = 0;
    const int listener = listen_on_loopback(port);
    ChildProcess child([listener](int) { return serve(listener); });
    ::close(listener);
    exercise_server_at(port);
    CHECK(child.wait() == 0);
}

TEST_CASE("libmodbus' client and our server understand each other") {
    auto bank = device();
    const auto [code, output] = serve_while(
        [](std::uint16_t port) {
            return std::make_unique<ChildProcess>([port](int out) { return use(port, out); });
        },
        bank);
    CHECK(output.empty());
    CHECK(code == 0);
    check_written(bank);
}
