#include "modbus/errors.hpp"
#include "modbus/framer.hpp"
#include "modbus/pdu.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"
#include "test/modbus/pcap.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <map>
#include <optional>
#include <sstream>

using namespace hil::modbus;
using namespace hil::modbus::test;

namespace {

constexpr std::uint16_t modbus_port = 502;

std::string data(const std::string& name) {
    return std::string(HIL_TEST_DATA) + "/modbus/" + name;
}

std::vector<std::string> split(const std::string& line, char separator) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, separator);)
        fields.push_back(field);
    return fields;
}

// The rows of a log of the protocol analyser, as field by name.
std::vector<std::map<std::string, std::string>> read_log(const std::string& name) {
    std::ifstream file(data(name));
    REQUIRE(file);
    std::vector<std::string> names;
    std::vector<std::map<std::string, std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        const auto fields = split(line, '\t');
        if (line.starts_with("#fields")) {
            names.assign(fields.begin() + 1, fields.end());
        } else if (!line.starts_with('#')) {
            REQUIRE(fields.size() == names.size());
            auto& row = rows.emplace_back();
            for (std::size_t i = 0; i < names.size(); ++i)
                row[names[i]] = fields[i];
        }
    }
    return rows;
}

std::string name_of(Function function) {
    switch (function) {
        case Function::read_coils:
            return "READ_COILS";
        case Function::read_discrete_inputs:
            return "READ_DISCRETE_INPUTS";
        case Function::read_holding_registers:
            return "READ_HOLDING_REGISTERS";
        case Function::read_input_registers:
            return "READ_INPUT_REGISTERS";
        case Function::write_single_coil:
            return "WRITE_SINGLE_COIL";
        case Function::write_single_register:
            return "WRITE_SINGLE_REGISTER";
        case Function::write_multiple_coils:
            return "WRITE_MULTIPLE_COILS";
        case Function::write_multiple_registers:
            return "WRITE_MULTIPLE_REGISTERS";
        case Function::mask_write_register:
            return "MASK_WRITE_REGISTER";
        case Function::read_write_multiple_registers:
            return "READ_WRITE_MULTIPLE_REGISTERS";
    }
    return "?";
}

std::string list(const Words& words) {
    return words.empty() ? "-" : fmt::format("{}", fmt::join(words, ","));
}

std::string list(const Bits& bits, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += fmt::format("{}{}", i > 0 ? "," : "", bits[i] ? 1 : 0);
    return text.empty() ? "-" : text;
}

// One connection's frames in both directions by transaction id.
struct Conversation {
    std::map<std::uint16_t, OwnedFrame> requests, answers;
};

std::vector<Conversation> conversations(const Capture& capture) {
    std::vector<Conversation> all;
    for (const auto& [flow, bytes] : capture.flows) {
        if (flow.to_port != modbus_port) continue;
        auto& talk = all.emplace_back();
        for (auto& frame : frame_whole(bytes).frames)
            talk.requests[frame.transaction] = frame;
        const auto back = capture.flows.find(flow.reverse());
        if (back == capture.flows.end()) continue;
        for (auto& frame : frame_whole(back->second).frames)
            talk.answers[frame.transaction] = frame;
    }
    return all;
}

}  // namespace

TEST_CASE("captured traffic is framed alike wherever it is cut") {
    for (const auto* name : {"icsnpp_modbus_example.pcap", "iti_modbusSmall.pcap", "iti_modbus_test.pcap"}) {
        CAPTURE(name);
        const auto capture = CaptureReader::read(data(name));
        REQUIRE(capture.gaps == 0);
        REQUIRE_FALSE(capture.flows.empty());
        for (const auto& [flow, bytes] : capture.flows) {
            const auto whole = frame_whole(bytes);
            CHECK_FALSE(whole.bad);
            CHECK(whole.left == 0);
            if (bytes.size() < 1000) {
                for (std::size_t at = 0; at <= bytes.size(); ++at)
                    CHECK(frame_cut(bytes, at) == whole);
            }
            for (std::size_t size = 1; size <= 64; ++size)
                CHECK(frame_in_chunks(bytes, size) == whole);
            // Long captures: every frame by itself, cut at each of its bytes.
            std::size_t wrong = 0, begin = 0;
            for (const auto& frame : whole.frames) {
                const auto one = std::span(bytes).subspan(begin, mbap_size + frame.pdu.size());
                for (std::size_t at = 0; at <= one.size(); ++at) {
                    const auto cut = frame_cut(one, at);
                    if (cut.frames.size() != 1 || cut.frames[0] != frame || cut.left != 0) ++wrong;
                }
                begin += one.size();
            }
            CHECK(begin == bytes.size());
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("the example capture decodes to what its log says") {
    const auto talks = conversations(CaptureReader::read(data("icsnpp_modbus_example.pcap")));
    std::map<std::string, Conversation> by_client{{"127.0.0.1", {}}, {"192.168.1.6", {}}};
    for (const auto& talk : talks) {
        by_client[talk.requests.size() > 1 ? "127.0.0.1" : "192.168.1.6"] = talk;
    }
    std::size_t known = 0, unknown = 0;
    for (const auto& row : read_log("icsnpp_expected_modbus_detailed.log")) {
        const auto& talk = by_client.at(row.at("id.orig_h"));
        const auto id = static_cast<std::uint16_t>(std::stoi(row.at("tid")));
        CAPTURE(id, row.at("func"));
        const auto& asked = talk.requests.at(id);
        const auto& answered = talk.answers.at(id);
        const auto request = decode_request(asked.unit, asked.pdu);
        const auto response = decode_response(answered.unit, answered.pdu);
        CHECK(std::to_string(asked.unit) == row.at("unit"));
        if (!request) {
            ++unknown;
            CHECK(request.error() == errc::illegal_function);
            CHECK(response.error() == errc::illegal_function);
            continue;
        }
        ++known;
        REQUIRE(response);
        CHECK(answers(*request, *response));
        CHECK(name_of(request->function) == row.at("func"));
        if (row.at("exception_code") == "ILLEGAL_DATA_ADDRESS") {
            CHECK(response->exception == 2);
        } else {
            CHECK(response->exception == 0);
        }
        if (row.at("address") != "-") CHECK(std::to_string(request->address) == row.at("address"));
        const auto& quantity = row.at("quantity");
        switch (request->function) {
            case Function::read_coils:
            case Function::read_discrete_inputs:
                CHECK(std::to_string(request->count) == quantity);
                CHECK(list(response->bits, request->count) == row.at("response_values"));
                break;
            case Function::read_holding_registers:
            case Function::read_input_registers:
                CHECK(std::to_string(request->count) == quantity);
                CHECK(list(response->words) == row.at("response_values"));
                break;
            case Function::write_single_coil:
                CHECK(list(request->bits, 1) == row.at("request_values"));
                CHECK(list(response->bits, 1) == row.at("response_values"));
                break;
            case Function::write_single_register:
                CHECK(list(request->words) == row.at("request_values"));
                CHECK(list(response->words) == row.at("response_values"));
                break;
            case Function::write_multiple_coils:
                CHECK(std::to_string(request->count) == quantity);
                CHECK(list(request->bits, request->count) == row.at("request_values"));
                break;
            case Function::write_multiple_registers:
                CHECK(std::to_string(request->count) == quantity);
                CHECK(list(request->words) == row.at("request_values"));
                break;
            case Function::mask_write_register:
            case Function::read_write_multiple_registers:
                break;  // in logs of their own
        }
    }
    CHECK(known == 17);
    CHECK(unknown == 9);  // of functions that are not ours; two of them have two rows
}

TEST_CASE("the example capture's mask writes decode to what their log says") {
    const auto capture = CaptureReader::read(data("icsnpp_modbus_example.pcap"));
    std::size_t rows = 0;
    for (const auto& talk : conversations(capture)) {
        for (const auto& row : read_log("icsnpp_expected_modbus_mask_write_register.log")) {
            const auto id = static_cast<std::uint16_t>(std::stoi(row.at("tid")));
            if (!talk.requests.contains(id)) continue;
            ++rows;
            const auto expected = std::tuple(row.at("address"), row.at("and_mask"), row.at("or_mask"));
            const auto text = [](const auto& m) {
                return std::tuple(std::to_string(m.address), std::to_string(m.and_mask),
                                  std::to_string(m.or_mask));
            };
            if (row.at("request_response") == "REQUEST") {
                CHECK(text(*decode_request(4, talk.requests.at(id).pdu)) == expected);
            } else {
                CHECK(text(*decode_response(4, talk.answers.at(id).pdu)) == expected);
            }
        }
    }
    CHECK(rows == 4);
}

TEST_CASE("the example capture's combined reads and writes decode to what their log says") {
    const auto capture = CaptureReader::read(data("icsnpp_modbus_example.pcap"));
    std::size_t rows = 0;
    for (const auto& talk : conversations(capture)) {
        for (const auto& row : read_log("icsnpp_expected_modbus_read_write_multiple_registers.log")) {
            const auto id = static_cast<std::uint16_t>(std::stoi(row.at("tid")));
            if (!talk.requests.contains(id)) continue;
            ++rows;
            if (row.at("request_response") == "REQUEST") {
                const auto request = decode_request(6, talk.requests.at(id).pdu);
                REQUIRE(request);
                CHECK(std::to_string(request->write_address) == row.at("write_start_address"));
                CHECK(list(request->words) == row.at("write_registers"));
                CHECK(std::to_string(request->address) == row.at("read_start_address"));
                CHECK(std::to_string(request->count) == row.at("read_quantity"));
            } else {
                const auto response = decode_response(6, talk.answers.at(id).pdu);
                REQUIRE(response);
                CHECK(list(response->words) == row.at("read_registers"));
            }
        }
    }
    CHECK(rows == 4);
}

TEST_CASE(
    "every frame of plant traffic decodes, encodes to the same bytes, and answers match their requests") {
    std::size_t requests = 0, answered = 0;
    std::size_t earlier = 0;  // answers to what was asked before the capture began
    for (const auto* name : {"iti_modbusSmall.pcap", "iti_modbus_test.pcap"}) {
        const auto capture = CaptureReader::read(data(name));
        for (const auto& [flow, bytes] : capture.flows) {
            if (flow.to_port != modbus_port) continue;
            // Ids are used again in a long capture, so one id has several requests.
            std::map<std::uint16_t, std::vector<Request>> asked;
            for (const auto& frame : frame_whole(bytes).frames) {
                const auto request = decode_request(frame.unit, frame.pdu);
                REQUIRE(request);
                CHECK(frame_whole(adu(frame.transaction, *request)).frames == std::vector{frame});
                asked[frame.transaction].push_back(*request);
                ++requests;
            }
            const auto back = capture.flows.find(flow.reverse());
            REQUIRE(back != capture.flows.end());
            for (const auto& frame : frame_whole(back->second).frames) {
                const auto response = decode_response(frame.unit, frame.pdu);
                REQUIRE(response);
                CHECK(frame_whole(adu(frame.transaction, *response)).frames == std::vector{frame});
                const auto& candidates = asked[frame.transaction];
                if (candidates.empty()) {
                    ++earlier;
                    continue;
                }
                CHECK(std::any_of(candidates.begin(), candidates.end(),
                                  [&](const Request& r) { return answers(r, *response); }));
                ++answered;
            }
        }
    }
    CHECK(requests == 16 + 1142);
    CHECK(answered == 16 + 1115);
    CHECK(earlier == 1);
}

TEST_CASE("the frame vectors decode to their meaning and encode to their bytes") {
    std::ifstream file(data("modbus_frame_vectors.csv"));
    REQUIRE(file);
    std::size_t rows = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.ends_with('\r')) line.pop_back();
        // The meaning may be quoted and then holds commas.
        std::string meaning = line.substr(0, line.find(line.starts_with('"') ? "\"," : ","));
        const auto fields = split(line.substr(line.find(meaning) + meaning.size()), ',');
        if (meaning.starts_with('"')) meaning.erase(0, 1);
        if (fields.size() != 5 || fields[1] != "TCP") continue;
        CAPTURE(line);
        ++rows;
        const auto unit = static_cast<std::uint8_t>(std::stoi(fields[2]));
        const auto id = static_cast<std::uint16_t>(std::stoi(fields[3]));
        const auto bytes = hex(fields[4]);
        const auto framed = frame_whole(bytes);
        REQUIRE(framed.frames.size() == 1);
        CHECK(framed.frames[0].transaction == id);
        CHECK(framed.frames[0].unit == unit);
        const auto& pdu = framed.frames[0].pdu;
        Request request;
        request.unit = unit;
        request.address = 124;
        request.count = 2;
        Response response;
        response.unit = unit;
        if (meaning == "req FC3 addr=124 count=2") {
            CHECK(decode_request(unit, pdu).value() == request);
            CHECK(adu(id, request) == bytes);
        } else {
            if (meaning == "rsp FC3 regs 141,142") {
                response.words = {141, 142};
            } else {
                REQUIRE(meaning == "exception FC3 code 2");
                response.exception = 2;
            }
            CHECK(decode_response(unit, pdu).value() == response);
            CHECK(adu(id, response) == bytes);
        }
    }
    CHECK(rows == 18);
}
