// The schema, the loader and the printed configuration come from one description; these tests hold them
// together.
#include "config/describe.hpp"
#include "config/reader.hpp"
#include "sample.hpp"
#include "schema_validator.hpp"

#include <set>

using namespace hil::config;
using namespace hil::config::sample;
using Catch::Matchers::Contains;

namespace {

// What is wrong with single values and keys: all that a schema can know.
std::string problems_of_values(const json::value& value) {
    Problems problems("file");
    Overrides overrides({});
    Reader reader(value, overrides, problems);
    if (value.is_object()) {
        Config config;
        describe(reader, config);
        reader.finish();
    }
    std::string out;
    for (const auto& problem : problems.take_problems())
        out += problem.message() + "\n";
    return out;
}

void every_pointer(const json::value& value, const std::string& at, std::vector<std::string>& out) {
    if (!at.empty()) out.push_back(at);
    if (const auto* object = value.if_object())
        for (const auto& [key, member] : *object)
            every_pointer(member, below(at, std::string_view(key.data(), key.size())), out);
    if (const auto* array = value.if_array())
        for (std::size_t i = 0; i < array->size(); ++i)
            every_pointer((*array)[i], below(at, std::to_string(i)), out);
}

// Names of all properties in a schema, with the names of the objects they are in left out.
void every_property(const json::value& schema, std::set<std::string>& out) {
    if (const auto* array = schema.if_array())
        for (const auto& item : *array)
            every_property(item, out);
    const auto* object = schema.if_object();
    if (object == nullptr) return;
    if (const auto* properties = object->if_contains("properties"))
        for (const auto& [key, member] : properties->as_object())
            out.emplace(key);
    for (const auto& [key, member] : *object)
        every_property(member, out);
}

// Described by the same words as another one in the complete configuration.
bool is_twin(const std::string& pointer) {
    for (const char* twin : {"/remote/points/",
                             "/remote/st",
                             "/remote/heartbeat",
                             "/auth/1",
                             "/public_readonly/tls/",
                             "/points/p_battery",
                             "/points/q_battery",
                             "/points/p_poi/",
                             "/points/q_poi",
                             "/points/enable",
                             "/points/heart/",
                             "/stop_sequence/",
                             "/devices/grid/modbus/remote/",
                             "/devices/grid/model/",
                             "/devices/grid/modbus/local/points/i_l",
                             "/devices/grid/modbus/local/points/q/",
                             "/devices/grid/modbus/local/points/firmware/",
                             "/devices/grid/modbus/local/points/energy_export",
                             "/devices/roof/",
                             "/devices/old/"})
        if (pointer.find(twin) != std::string::npos) return true;
    return false;
}

// No more of a configuration than it must have: what is looked at in one section costs no reading of the
// others.
json::object without_what_may_lack(const json::object& complete) {
    json::object out = complete;
    for (const auto& [key, section] : complete) {
        auto fewer = out;
        fewer.erase(key);
        if (problems_of_values(fewer).empty()) out = std::move(fewer);
    }
    for (auto& [key, section] : out)
        if (auto* list = section.if_array(); list != nullptr && list->size() > 1) list->resize(1);
    return out;
}

}  // namespace

TEST_CASE("The schema beside the shipped file is the one this program makes") {
    CHECK(text_of(HIL_SOURCE_DIR "/etc/hil.schema.json") == schema());
}

TEST_CASE("Every key of the schema has a description and stands in the complete configuration") {
    const auto made = json::parse(schema());
    const auto complete = document(complete_text());
    CHECK(all(load_text(complete_text())).empty());

    std::set<std::string> properties, present;
    every_property(made, properties);
    std::vector<std::string> pointers;
    every_pointer(complete, "", pointers);
    for (const auto& pointer : pointers)
        present.insert(pointer.substr(pointer.rfind('/') + 1));
    for (const auto& name : properties) {
        INFO(name);
        CHECK(present.contains(name));
    }
    CHECK(properties.size() > 100);
    CHECK_THAT(schema(), !Contains("\"description\": \"\""));
}

TEST_CASE("The schema accepts what the loader accepts, and refuses what it refuses") {
    SchemaValidator validator(json::parse(schema()));
    const json::value candidates[] = {
        nullptr, true, -1,      0,           0.5,           70000,          5e9,           "", "abc",
        "RW",    "kW", "10:00", "127.0.0.1", json::array(), json::object(), json::array{1}};
    std::size_t accepted = 0, refused = 0;
    const auto compare = [&](const json::value& changed, const std::string& what) {
        const auto problems = problems_of_values(changed);
        const bool valid = validator.valid(changed);
        (valid ? accepted : refused) += 1;
        if (valid != problems.empty())
            FAIL(what << ": the schema " << (valid ? "accepts" : "refuses") << " it, the loader says\n"
                      << problems);
    };

    compare(shipped(), "the shipped configuration");
    // What is said twice in the same words is changed in one place.
    const auto original = document(complete_text());
    compare(original, "the complete configuration");
    std::vector<std::string> pointers;
    every_pointer(original, "", pointers);
    const auto least = without_what_may_lack(original.as_object());
    compare(least, "the least configuration");
    for (const auto& pointer : pointers) {
        if (is_twin(pointer)) continue;
        const auto section = pointer.substr(1, pointer.find('/', 1) - 1);
        json::value whole = least;
        whole.as_object()[section] = original.as_object().at(section);
        auto changed = whole;
        remove(changed, pointer);
        compare(changed, "without " + pointer);
        if (whole.at_pointer(pointer).is_object()) {
            put(changed = whole, pointer + "/unheard_of", 1);
            compare(changed, "an unknown key in " + pointer);
        }
        changed = whole;
        auto& place = changed.at_pointer(pointer);
        for (const auto& candidate : candidates) {
            // The zone is looked up by the loader alone.
            if (pointer == "/time/timezone" && candidate.is_string() && candidate.as_string().size() > 1)
                continue;
            place = candidate;
            compare(changed, pointer + " = " + json_text(candidate));
        }
    }
    CHECK(accepted > 300);
    CHECK(refused > 1000);
}

// Hashes are masked; something in their place, for reading it again.
static std::string with_hashes(std::string printed) {
    const std::string token = R"("token_hash": "***")";
    for (std::size_t at; (at = printed.find(token)) != std::string::npos;)
        printed.replace(at, token.size(), R"("token_hash": "sha256:)" + std::string(64, 'a') + '"');
    for (std::size_t at; (at = printed.find("***")) != std::string::npos;)
        printed.replace(at, 3, "$argon2id$x");
    return printed;
}

TEST_CASE("The configuration in force, printed and read again, is the same") {
    for (const auto& text : {shipped_text(), complete_text()}) {
        const auto first = load_text(text);
        REQUIRE(all(first).empty());
        const auto printed = with_hashes(effective(first.config));
        const auto second = load_text(printed);
        REQUIRE(all(second).empty());
        const auto again = with_hashes(effective(second.config));
        CHECK(again == printed);
    }
}

TEST_CASE("The configuration in force shows every key of the file with its value") {
    const auto original = document(complete_text());
    const auto printed = json::parse(effective(load_text(complete_text()).config));
    std::vector<std::string> pointers;
    every_pointer(original, "", pointers);
    for (const auto& pointer : pointers) {
        if (pointer == "/$schema" || pointer.ends_with("_hash")) continue;
        const auto& value = original.at_pointer(pointer);
        boost::system::error_code error;
        const auto* shown = printed.find_pointer(pointer, error);
        INFO(pointer);
        REQUIRE(shown != nullptr);
        if (value.is_number())
            CHECK(shown->to_number<double>() == value.to_number<double>());
        else if (pointer.ends_with("/unit"))
            CHECK(shown->is_string());  // in its normal form
        else if (!value.is_object() && !value.is_array())
            CHECK(*shown == value);
    }
}

TEST_CASE("The configuration in force has defaults for what is not said, and no secret") {
    auto small = shipped();
    for (const char* section : {"general", "time", "startup", "timing", "recording", "istentore_api",
                                "dashboard", "retention", "alerts"})
        small.as_object().erase(section);
    auto config = load_value(small).config;
    auto printed = json::parse(effective(config));
    CHECK(printed.at_pointer("/timing/measurements_write_period_s") == 60.0);
    CHECK(printed.at_pointer("/recording/compression/tolerances/soc_pu") == 0.0001);
    CHECK_FALSE(printed.as_object().contains("istentore_api"));

    config = load_text(complete_text(), {{"HIL_ISTENTORE_API__PASSWORD", "hunter2"},
                                         {"HIL_PUBLIC_DASH_USER", "viewer"},
                                         {"HIL_PUBLIC_DASH_PASS", "hunter3"}})
                 .config;
    const auto text = effective(config);
    CHECK_THAT(text, !Contains("hunter") && !Contains("argon2id") && Contains("\"password\": \"***\""));
}

TEST_CASE("Numbers are printed as people write them") {
    CHECK(json_text(json::value{{"a", 100.0}, {"b", 0.1}, {"c", 7}, {"d", {1, 2}}}) ==
          "{\n  \"a\": 100.0,\n  \"b\": 0.1,\n  \"c\": 7,\n  \"d\": [1, 2]\n}\n");
}
