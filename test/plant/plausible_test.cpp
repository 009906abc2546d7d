// Which readings are values, and who is told of those that are none.
#include "plant/plausible.hpp"
#include "endpoints.hpp"
#include "plant/reading_watch.hpp"
#include "support/catch.hpp"

#include <array>
#include <bit>
#include <limits>
#include <vector>

using namespace hil;
using config::Format;
using config::Unit;
using plant::Unknown;

namespace {

using namespace std::chrono_literals;

config::PlantModel lib_model() {
    config::PlantModel model;  // 1000 kW, 600 kvar
    model.poi_voltage_kv = 20;
    return model;
}

struct Point {
    config::Point config;
    plant::Codec codec;
    plant::Plausible range;

    Point(std::string name, Format format, Unit unit, double eng_per_count,
          std::vector<config::RawValue> not_available = {}, std::string scale = {})
        : config(
              make(std::move(name), format, unit, eng_per_count, std::move(not_available), std::move(scale))),
          codec(config, config::ByteOrder::big, config::WordOrder::msw_first),
          range(plant::plausible_range(config, plant::limits_of(lib_model()))) {}

    static config::Point make(std::string name, Format format, Unit unit, double eng_per_count,
                              std::vector<config::RawValue> not_available, std::string scale) {
        auto point = test::make_point(std::move(name), 0, format, config::Access::read, unit, eng_per_count);
        point.not_available = std::move(not_available);
        point.scale_point = std::move(scale);
        return point;
    }
    [[nodiscard]] plant::Judged judged(std::vector<std::uint16_t> words,
                                       std::optional<double> scale = {}) const {
        return plant::judge(words, codec, range, scale);
    }
};

std::vector<std::uint16_t> words_of(std::uint64_t bits, int count) {
    std::vector<std::uint16_t> words;
    for (int i = count - 1; i >= 0; --i)
        words.push_back(static_cast<std::uint16_t>(bits >> (16 * i)));
    return words;
}

std::vector<std::uint16_t> float_words(float value) {
    return words_of(std::bit_cast<std::uint32_t>(value), 2);
}

std::vector<std::uint16_t> float_words(double value) {
    return words_of(std::bit_cast<std::uint64_t>(value), 4);
}

}  // namespace

TEST_CASE("what a point says is not available is unknown, and nothing is that by itself") {
    const Point heart("heart", Format::uint16, Unit::raw, 1);
    CHECK(heart.judged({0xFFFF}).value == 65535);
    CHECK(heart.judged({0xFFFF}).why == Unknown::no);
    const Point state("state", Format::uint16, Unit::raw, 1, {std::int64_t{65535}, std::int64_t{7}});
    CHECK(state.judged({0xFFFF}).why == Unknown::not_available);
    CHECK(state.judged({7}).why == Unknown::not_available);
    CHECK(state.judged({8}).why == Unknown::no);
    const Point power("p_battery", Format::int16, Unit::kw, 0.01, {std::string("0x8000")});
    CHECK(power.judged({0x8000}).why == Unknown::not_available);  // -327.68 kW could be
    CHECK(power.judged({0x8001}).value == -327.67);
    const Point wide("p_battery", Format::int32, Unit::w, 1, {std::int64_t{-2147483648}});
    CHECK(wide.judged({0x8000, 0x0000}).why == Unknown::not_available);
    CHECK(wide.judged({0x0000, 0x8000}).why == Unknown::no);
}

TEST_CASE("state of charge lies within 0 and 1 and a count beyond") {
    const Point soc("soc", Format::uint16, Unit::pu, 0.0001);
    CHECK(soc.judged({0xFFFF}).why == Unknown::impossible);
    CHECK(soc.judged({10000}).why == Unknown::no);
    CHECK(soc.judged({10001}).why == Unknown::no);
    CHECK(soc.judged({10002}).why == Unknown::impossible);
    CHECK(soc.judged({0}).why == Unknown::no);
    const Point percent("soc", Format::int16, Unit::percent, 1);
    CHECK(percent.judged({101}).why == Unknown::no);
    CHECK(percent.judged({102}).why == Unknown::impossible);
    CHECK(percent.judged({0xFFFF}).why == Unknown::no);  // -1 %
    CHECK(percent.judged({0xFFFE}).why == Unknown::impossible);
    const Point exact("soc", Format::float32, Unit::pu, 1);
    CHECK(exact.judged(float_words(1.0f)).why == Unknown::no);
    CHECK(exact.judged(float_words(1.0000005f)).why == Unknown::no);
    CHECK(exact.judged(float_words(1.001f)).why == Unknown::impossible);
    CHECK(exact.judged(float_words(-0.001f)).why == Unknown::impossible);
    // A count is what the scale makes of it.
    const Point scaled("soc", Format::uint16, Unit::percent, 1, {}, "sf");
    CHECK(scaled.judged({1001}, -1).why == Unknown::no);
    CHECK(scaled.judged({1002}, -1).why == Unknown::impossible);
    CHECK(scaled.judged({10002}, -2).why == Unknown::impossible);
    CHECK(scaled.judged({11}, 1).why == Unknown::no);
    CHECK(scaled.judged({12}, 1).why == Unknown::impossible);
}

TEST_CASE("power cannot be beyond three times the largest limit, voltage not beyond three times nominal") {
    const auto name = GENERATE("p_battery", "p_poi", "q_battery", "q_poi", "p_setpoint");
    const Point power(name, Format::int16, std::string(name).starts_with('p') ? Unit::kw : Unit::kvar, 0.1);
    CHECK(power.judged({30000}).why == Unknown::no);  // 3000 kW
    CHECK(power.judged({30001}).why == Unknown::impossible);
    CHECK(power.judged({0x8000}).why == Unknown::impossible);
    CHECK(power.judged({static_cast<std::uint16_t>(-30000)}).why == Unknown::no);
    CHECK(power.judged({static_cast<std::uint16_t>(-30001)}).why == Unknown::impossible);
    const Point voltage("v_poi", Format::uint16, Unit::v, 1);
    CHECK(voltage.judged({60000}).why == Unknown::no);
    CHECK(voltage.judged({60001}).why == Unknown::impossible);
    // What a device gives that cannot be is kept for those who compare.
    CHECK(power.judged({0x8000}).value == -3276.8);
}

TEST_CASE("the largest of the four limits counts, and a model without limits says nothing") {
    auto model = lib_model();
    model.power_limits = {.p_max_kw = 10, .p_min_kw = -20, .q_max_kvar = 40, .q_min_kvar = -30};
    CHECK(plant::limits_of(model).power == 120);
    CHECK(plant::limits_of(model).voltage_kv == 60);
    model.power_limits = {.p_max_kw = 0, .p_min_kw = 0, .q_max_kvar = 0, .q_min_kvar = 0};
    model.poi_voltage_kv = 0;
    CHECK_FALSE(plant::limits_of(model).power);
    CHECK_FALSE(plant::limits_of(model).voltage_kv);
    const Point p("p_poi", Format::int32, Unit::kw, 1);
    const auto range = plant::plausible_range(p.config, {});
    CHECK(plant::judge(words_of(0x7FFFFFFF, 2), p.codec, range).why == Unknown::no);
}

TEST_CASE("what is not finite is no value, and neither is the largest float") {
    const Point t("temperature", Format::float32, Unit::raw, 1);
    CHECK(t.judged(float_words(std::numeric_limits<float>::quiet_NaN())).why == Unknown::not_a_number);
    CHECK(t.judged(float_words(std::numeric_limits<float>::infinity())).why == Unknown::not_a_number);
    CHECK(t.judged(float_words(std::numeric_limits<float>::max())).why == Unknown::largest_float);
    CHECK(t.judged(float_words(std::numeric_limits<float>::lowest())).why == Unknown::largest_float);
    CHECK(t.judged(float_words(21.5f)).value == 21.5);
    const Point wide("temperature", Format::float64, Unit::raw, 1);
    CHECK(wide.judged(float_words(std::numeric_limits<double>::max())).why == Unknown::largest_float);
    CHECK(wide.judged(float_words(static_cast<double>(std::numeric_limits<float>::max()))).why ==
          Unknown::largest_float);
    CHECK(wide.judged(float_words(std::numeric_limits<double>::quiet_NaN())).why == Unknown::not_a_number);
    // A scale that takes it beyond what there is.
    const Point huge("temperature", Format::float64, Unit::raw, 1e9);
    CHECK(huge.judged(float_words(1e305)).why == Unknown::not_a_number);
}

TEST_CASE("a value has the scale that was read with it, or none") {
    const Point power("p_battery", Format::int16, Unit::kw, 1, {}, "sf");
    CHECK(power.judged({1234}, -2).value == 12.34);
    CHECK(power.judged({12}, 1).value == 120);
    CHECK(power.judged({12}, 0).value == 12);
    CHECK(power.judged({12}, std::nullopt).why == Unknown::no_scale);
    CHECK(power.judged({12}, -32768).why == Unknown::no_scale);
    CHECK(power.judged({0}, 11).why == Unknown::no_scale);
    CHECK(power.judged({12}, 10).why == Unknown::impossible);
}

TEST_CASE("each reason has words, and registers are shown as they were") {
    for (const auto why :
         {Unknown::no, Unknown::refused, Unknown::not_available, Unknown::not_a_number,
          Unknown::largest_float, Unknown::impossible, Unknown::no_scale, Unknown::scale_moved})
        CHECK(plant::to_string(why).size() > 5);
    CHECK(plant::registers_text(std::array<std::uint16_t, 1>{0x8000}) == "0x8000");
    CHECK(plant::registers_text(std::array<std::uint16_t, 2>{0, 0xFFFF}) == "0x0000 FFFF");
}

TEST_CASE("a value that is lost is told once, and once that it has been back for a while") {
    using News = plant::ReadingWatch::News;
    plant::ReadingWatch watch(2);
    const Instant t{};
    CHECK(watch.note(0, Unknown::no, t) == News::none);
    CHECK(watch.note(0, Unknown::not_available, t) == News::lost);
    CHECK(watch.note(0, Unknown::not_available, t + 1s) == News::none);
    CHECK(watch.note(0, Unknown::impossible, t + 2s) == News::none);
    CHECK(watch.note(1, Unknown::impossible, t + 2s) == News::lost);
    // Now this, now that: nothing new.
    CHECK(watch.note(0, Unknown::no, t + 3s) == News::none);
    CHECK(watch.note(0, Unknown::not_available, t + 12s) == News::none);
    CHECK(watch.note(0, Unknown::no, t + 13s) == News::none);
    CHECK(watch.note(0, Unknown::no, t + 22s) == News::none);
    CHECK(watch.note(0, Unknown::no, t + 23s) == News::back);
    CHECK(watch.note(0, Unknown::no, t + 40s) == News::none);
    CHECK(watch.note(0, Unknown::not_available, t + 41s) == News::lost);
    CHECK(watch.note(1, Unknown::no, t + 41s) == News::none);
    CHECK(watch.note(1, Unknown::no, t + 60s) == News::back);
}
