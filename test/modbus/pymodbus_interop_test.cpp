#include "test/modbus/interop.hpp"

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;

namespace {

// The system's Python: the package belongs to it.
std::vector<std::string> script(const std::string& name, const std::string& argument = {}) {
    std::vector<std::string> command = {"/usr/bin/python3", "-Bu",
                                        std::string(HIL_SOURCE_DIR) + "/test/modbus/" + name};
    if (!argument.empty()) command.push_back(argument);
    return command;
}

bool pymodbus_is_there() {
    ChildProcess python(std::vector<std::string>{"/usr/bin/python3", "-c", "import pymodbus"});
    python.read_rest();
    if (python.wait() == 0) return true;
    WARN("skipped: the package python3-pymodbus is not installed (apt-get install python3-pymodbus)");
    return false;
}

}  // namespace

TEST_CASE("our client and pymodbus' server understand each other") {
    if (!pymodbus_is_there()) return;
    ChildProcess server(script("pymodbus_server.py"));
    const auto port = server.read_line();
    if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) {
        FAIL("the server did not start: " << port << "\n" << server.read_rest());
    }
    exercise_server_at(static_cast<std::uint16_t>(std::stoi(port)));
}

TEST_CASE("pymodbus' client and our server understand each other") {
    if (!pymodbus_is_there()) return;
    auto bank = device();
    const auto [code, output] = serve_while(
        [](std::uint16_t port) {
            return std::make_unique<ChildProcess>(script("pymodbus_client.py", std::to_string(port)));
        },
        bank);
    CAPTURE(output);
    CHECK(code == 0);
    check_written(bank);
}
