#include "ocpp/frame.hpp"

#include "support/catch.hpp"

#include <boost/json/serialize.hpp>

namespace hil::ocpp {
namespace {

using Catch::Matchers::Contains;

template <class T>
T read(std::string_view text) {
    auto out = read_frame(text);
    REQUIRE(std::holds_alternative<Frame>(out));
    auto& frame = std::get<Frame>(out);
    REQUIRE(std::holds_alternative<T>(frame));
    return std::get<T>(std::move(frame));
}

BadFrame bad(std::string_view text, const FrameLimits& limits = {}) {
    auto out = read_frame(text, limits);
    REQUIRE(std::holds_alternative<BadFrame>(out));
    return std::get<BadFrame>(std::move(out));
}

}  // namespace

TEST_CASE("calls, results and errors are read and written") {
    const auto call = read<Call>(R"([2,"19223201","BootNotification",{"chargePointVendor":"V"}])");
    CHECK(call.id == "19223201");
    CHECK(call.action == "BootNotification");
    CHECK(call.payload.at("chargePointVendor") == "V");
    CHECK(write_frame(call) == R"([2,"19223201","BootNotification",{"chargePointVendor":"V"}])");
    const auto result = read<CallResult>(R"([3,"7",{"status":"Accepted"}])");
    CHECK(write_frame(result) == R"([3,"7",{"status":"Accepted"}])");
    const auto error = read<CallError>(R"([4,"7","NotSupported","no such thing",{"a":1}])");
    CHECK(error.code == CallErrorCode::not_supported);
    CHECK(error.description == "no such thing");
    CHECK(write_frame(error, Version::v16) == R"([4,"7","NotSupported","no such thing",{"a":1}])");
    // Some leave out what they have nothing to say in.
    CHECK(read<CallError>(R"([4,"7","GenericError"])").description.empty());
    CHECK(read<CallError>(R"([4,"7","GenericError",null,null])").details.empty());
}

TEST_CASE("codes of errors are understood in every spelling and written as each version has them") {
    using enum CallErrorCode;
    CHECK(code_of("FormationViolation") == format_violation);
    CHECK(code_of("FormatViolation") == format_violation);
    CHECK(code_of("OccurenceConstraintViolation") == occurrence_constraint);
    CHECK(code_of("OccurrenceConstraintViolation") == occurrence_constraint);
    CHECK(code_of("RpcFrameworkError") == rpc_framework);
    CHECK(code_of("Whatever") == generic);
    CHECK(to_text(format_violation, Version::v16) == "FormationViolation");
    CHECK(to_text(format_violation, Version::v201) == "FormatViolation");
    CHECK(to_text(occurrence_constraint, Version::v16) == "OccurenceConstraintViolation");
    CHECK(to_text(occurrence_constraint, Version::v201) == "OccurenceConstraintViolation");
    CHECK(to_text(occurrence_constraint, Version::v21) == "OccurrenceConstraintViolation");
    CHECK(to_text(message_type_not_supported, Version::v16) == "ProtocolError");
    // Written and read again each code is itself, as far as the version has it.
    for (int i = 0; i <= static_cast<int>(generic); ++i) {
        const auto code = static_cast<CallErrorCode>(i);
        for (const auto version : {Version::v16, Version::v201, Version::v21})
            CHECK(code_of(to_text(code, version)) == code);
    }
}

TEST_CASE("text that is no message says why, and is answered where something waits for an answer") {
    const auto nonsense = bad(R"({"errorCode" "NoError"})");
    CHECK_THAT(nonsense.why, Contains("no JSON"));
    CHECK(nonsense.answer->id == "-1");
    CHECK(bad("").answer->code == CallErrorCode::rpc_framework);
    CHECK(bad("[]").answer->id == "-1");
    CHECK(bad(R"([2,7,"Heartbeat",{}])").answer->id == "-1");
    CHECK(bad(R"([2,"","Heartbeat",{}])").answer->id == "-1");
    CHECK(bad(R"(["2","7","Heartbeat",{}])").answer->code == CallErrorCode::message_type_not_supported);
    CHECK(bad(R"([5,"7",{}])").answer->code == CallErrorCode::message_type_not_supported);
    const auto short_call = bad(R"([2,"7","Heartbeat"])");
    CHECK(short_call.answer->id == "7");
    CHECK(short_call.answer->code == CallErrorCode::format_violation);
    CHECK(bad(R"([2,"7","Heartbeat",null])").answer->code == CallErrorCode::type_constraint);
    CHECK(bad(R"([2,"7","Heartbeat",[]])").answer->code == CallErrorCode::type_constraint);
    CHECK(bad(R"([2,"7",3,{}])").answer->code == CallErrorCode::format_violation);
    // A bad answer is not answered.
    CHECK_FALSE(bad(R"([3,"7"])").answer);
    CHECK_FALSE(bad(R"([3,"7",null])").answer);
    CHECK_FALSE(bad(R"([4,"7",9])").answer);
}

TEST_CASE("a message has a size and a depth") {
    CHECK_THAT(bad(R"([2,"7","DataTransfer",{"data":"xxxxxxxxxxxxxxxxxxxxxxxx"}])", {.text = 40}).why,
               Contains("more than 40"));
    std::string deep = R"([2,"7","DataTransfer",{"a":)";
    for (int i = 0; i < 30; ++i)
        deep += "[";
    for (int i = 0; i < 30; ++i)
        deep += "]";
    CHECK(bad(deep + "}]").answer->id == "-1");
}

TEST_CASE("a NUL inside a text spoils one message, an escaped one is a character [evcc-io/evcc#3685]") {
    std::string text = R"([2,"7","DataTransfer",{"data":"a b"}])";
    text[text.find("a b") + 1] = '\0';
    CHECK(bad(text).answer->id == "-1");
    const auto call = read<Call>(R"([2,"7","DataTransfer",{"data":"a\u0000b"}])");
    CHECK(call.payload.at("data").as_string().size() == 3);
}

TEST_CASE("ids of transactions have 64 bits [steve-community/steve#740]") {
    const auto call = read<Call>(R"([2,"7","MeterValues",{"transactionId":9223372036854775807}])");
    CHECK(call.payload.at("transactionId").as_int64() == 9223372036854775807);
    CHECK(write_frame(call) == R"([2,"7","MeterValues",{"transactionId":9223372036854775807}])");
}

TEST_CASE("sub-protocols are known by their exact names") {
    CHECK(version_of("ocpp1.6") == Version::v16);
    CHECK(version_of("ocpp2.0.1") == Version::v201);
    CHECK(version_of("ocpp2.1") == Version::v21);
    CHECK_FALSE(version_of("OCPP1.6"));
    CHECK_FALSE(version_of("ocpp2.0"));
    CHECK(sub_protocol(Version::v201) == "ocpp2.0.1");
}

}  // namespace hil::ocpp
