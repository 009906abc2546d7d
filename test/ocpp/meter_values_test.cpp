// Samples as stations send them; each case is named after the report it comes from, values are our own.
#include "ocpp/meter_values.hpp"

#include "base/zone.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

namespace hil::ocpp {
namespace {

using namespace std::chrono_literals;

std::vector<MeterSample> read(const std::string& sampled, const MeterQuirks& quirks = {}) {
    return read_meter_values(
        boost::json::parse(R"([{"timestamp":"2026-05-01T10:00:00Z","sampledValue":[)" + sampled + "]}]"),
        quirks);
}

ChargerReading one(const std::string& sampled, const MeterQuirks& quirks = {}) {
    const auto samples = read(sampled, quirks);
    REQUIRE(samples.size() == 1);
    return samples.front().reading;
}

std::string of(const std::string& measurand, const std::string& value, const std::string& phase = {},
               const std::string& unit = {}) {
    return R"({"value":")" + value + R"(","measurand":")" + measurand + "\"" +
           (phase.empty() ? "" : R"(,"phase":")" + phase + "\"") +
           (unit.empty() ? "" : R"(,"unit":")" + unit + "\"") + "}";
}

WallTime utc(const char* text) {
    return Zone::utc().parse(text).value();
}

}  // namespace

TEST_CASE("a full sample: energy, power, currents, voltages, charge") {
    const auto samples =
        read(of("Energy.Active.Import.Register", "12345", {}, "Wh") + "," +
             of("Power.Active.Import", "7.2", {}, "kW") + "," + of("Current.Import", "10.4", "L1") + "," +
             of("Current.Import", "10.5", "L2") + "," + of("Current.Import", "10.6", "L3") + "," +
             of("Voltage", "231", "L1-N") + "," + of("SoC", "55"));
    REQUIRE(samples.size() == 1);
    const auto& reading = samples.front().reading;
    CHECK(samples.front().timestamp == "2026-05-01T10:00:00Z");
    CHECK(*reading.energy_kwh == Approx(12.345));
    CHECK(*reading.power() == Approx(7.2));
    CHECK(*reading.current_a[2] == Approx(10.6));
    CHECK(*reading.voltage_v[0] == 231);
    CHECK(*reading.soc_pu == Approx(0.55));
    CHECK(reading.phases() == 3U);
    // Nothing but a value: the register of energy, in Wh.
    CHECK(*one(R"({"value":"500"})").energy_kwh == Approx(0.5));
}

TEST_CASE("an empty list of samples says nothing [lbbrhzn/ocpp#466]") {
    CHECK(read("").empty());
    CHECK(read_meter_values(boost::json::parse(R"([{"timestamp":"x"}, 7, {"sampledValue":5}])")).empty());
    CHECK(read_meter_values(boost::json::parse("{}")).empty());
}

TEST_CASE("values may be numbers, and what is no number is told [field]") {
    CHECK(*one(R"({"value":500,"measurand":"Power.Active.Import"})").power_kw == Approx(0.5));
    const auto samples = read(of("Power.Active.Import", "n/a") + "," + of("SoC", "40"));
    REQUIRE(samples.size() == 1);
    CHECK(samples.front().ignored == std::vector<std::string>{"Power.Active.Import: its value is no number"});
    CHECK(*samples.front().reading.soc_pu == Approx(0.4));
}

TEST_CASE(
    "units are obeyed, and are W and Wh where none is said [steve-community/steve#740, lbbrhzn/ocpp#1989]") {
    CHECK(*one(of("Energy.Active.Import.Register", "5", {}, "kWh")).energy_kwh == 5);
    CHECK(*one(of("Power.Active.Import", "5000")).power_kw == 5);
    CHECK(*one(of("Energy.Active.Import.Register", "5000")).energy_kwh == 5);
}

TEST_CASE(
    "a station whose energy is in kWh and says Wh has a factor [OpenEVSE/openevse_esp32_firmware#703]") {
    CHECK(*one(of("Energy.Active.Import.Register", "12.5", {}, "Wh"), {.energy_factor = 1000}).energy_kwh ==
          Approx(12.5));
}

TEST_CASE("zeros for phases a station does not have are no phases [lbbrhzn/ocpp#169, #2117]") {
    const auto reading = one(of("Current.Import", "16", "L1") + "," + of("Current.Import", "0", "L2") + "," +
                             of("Current.Import", "0", "L3") + "," + of("Voltage", "230", "L1") + "," +
                             of("Voltage", "0", "L2") + "," + of("Voltage", "0", "L3"));
    CHECK(reading.phases() == 1U);
    CHECK(*reading.power() == Approx(3.68));
}

TEST_CASE("a current on N alone is that of the one phase [lbbrhzn/ocpp#1311]") {
    const auto reading = one(of("Current.Import", "13", "N"));
    CHECK(*reading.current_a[0] == 13);
    CHECK(reading.phases() == 1U);
    // Beside others it is what flows in the neutral.
    CHECK_FALSE(one(of("Current.Import", "13", "N") + "," + of("Current.Import", "10", "L2")).current_a[0]);
}

TEST_CASE("Lx-N is Lx, for current and power, too [evcc-io/evcc#16966]") {
    const auto reading =
        one(of("Current.Import", "6", "L2-N") + "," + of("Power.Active.Import", "1400", "L1-N") + "," +
            of("Power.Active.Import", "1300", "L2-N"));
    CHECK(*reading.current_a[1] == 6);
    CHECK(*reading.power_kw == Approx(2.7));
    // Between phases is another thing.
    CHECK_FALSE(one(of("Voltage", "400", "L1-L2") + "," + of("SoC", "1")).voltage_v[0]);
}

TEST_CASE("units of 2.0.1 stand in an object with a power of ten") {
    CHECK(
        *one(R"({"value":7.2,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W","multiplier":3}})")
             .power_kw == Approx(7.2));
    CHECK(*one(R"({"value":3,"measurand":"Power.Active.Export","unitOfMeasure":{"unit":"kW"}})").power_kw ==
          -3);
}

TEST_CASE("ids that stand for no transaction [steve-community/steve#740, #156, EVerest/libocpp#495]") {
    const auto of_id = [](const char* id) {
        return transaction_of(boost::json::parse(std::string(R"({"transactionId":)") + id + "}").as_object());
    };
    CHECK(of_id("7") == 7);
    CHECK_FALSE(of_id("0"));
    CHECK_FALSE(of_id("-1"));
    CHECK_FALSE(of_id("9223372036854775807"));
    CHECK_FALSE(of_id("\"7\""));
    CHECK_FALSE(transaction_of({}));
}

TEST_CASE("times that cannot be are the time of receipt [matth-x/MicroOcpp#311, evcc-io/evcc#10399]") {
    const auto received = utc("2026-05-01T10:00:05Z");
    CHECK(time_of("2026-05-01T10:00:00Z", received).at == utc("2026-05-01T10:00:00Z"));
    CHECK(time_of("2026-05-01T12:00:00+02:00", received).at == utc("2026-05-01T10:00:00Z"));
    CHECK(time_of("2026-05-01T12:00:00.5", received, 2h).at == utc("2026-05-01T10:00:00.5Z"));
    CHECK(time_of("2026-05-01T12:00:00", received, 2h).own);
    for (const char* wrong : {"1970-01-01T00:00:10Z", "2036-05-01T10:00:00Z", "", "yesterday"}) {
        CAPTURE(wrong);
        CHECK(time_of(wrong, received).at == received);
        CHECK_FALSE(time_of(wrong, received).own);
    }
}

}  // namespace hil::ocpp
