#include "web/merge_patch.hpp"

#include "base/random.hpp"

#include "support/catch.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

using namespace hil;
using namespace hil::web;
namespace json = boost::json;

namespace {

json::object object(const char* text) {
    return json::parse(text).as_object();
}

json::value leaf(Random& random) {
    switch (random.below(6)) {
        case 0:
            return nullptr;
        case 1:
            return random.chance(0.5);
        case 2:
            return static_cast<std::int64_t>(random.below(3));
        case 3:
            return random.uniform();
        case 4:
            return json::string("text");
        default:
            return json::array{nullptr, json::object{{"a", static_cast<std::int64_t>(random.below(2))}}};
    }
}

json::value tree(Random& random, int depth) {
    if (depth == 0 || random.chance(0.3)) return leaf(random);
    json::object out;
    for (const char* key : {"a", "b", "c"})
        if (random.chance(0.8)) out[key] = tree(random, depth - 1);
    return out;
}

// Changes some values, sometimes into another kind, and seldom the keys.
void shake(Random& random, json::value& value, double keys) {
    auto* members = value.if_object();
    if (members == nullptr || random.chance(0.1)) {
        if (random.chance(0.4)) value = random.chance(0.2) ? tree(random, 2) : leaf(random);
        return;
    }
    for (auto& member : *members)
        shake(random, member.value(), keys);
    if (random.chance(keys)) members->erase("a");
    if (random.chance(keys)) (*members)["d"] = nullptr;
}

bool same_keys(const json::object& a, const json::object& b) {
    if (a.size() != b.size()) return false;
    for (const auto& member : a) {
        const auto* other = b.if_contains(member.key());
        if (other == nullptr) return false;
        const auto *inner = member.value().if_object(), *outer = other->if_object();
        if (inner != nullptr && outer != nullptr && !same_keys(*inner, *outer)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("a patch holds what changed and nothing else") {
    const auto before = object(R"({"a":{"x":1,"y":[1,2]},"b":null,"c":"s"})");
    CHECK(merge_patch(before, before)->empty());
    CHECK(*merge_patch(before, object(R"({"a":{"x":2,"y":[1,2]},"b":null,"c":"s"})")) ==
          object(R"({"a":{"x":2}})"));
    CHECK(*merge_patch(before, object(R"({"a":{"x":1,"y":[1]},"b":0,"c":null})")) ==
          object(R"({"a":{"y":[1]},"b":0,"c":null})"));
    CHECK(*merge_patch(before, object(R"({"a":null,"b":{"z":1},"c":"s"})")) ==
          object(R"({"a":null,"b":{"z":1}})"));
}

TEST_CASE("another set of keys cannot be patched") {
    const auto before = object(R"({"a":{"x":1},"b":2})");
    CHECK_FALSE(merge_patch(before, object(R"({"a":{"x":1}})")));
    CHECK_FALSE(merge_patch(before, object(R"({"a":{"x":1},"c":2})")));
    CHECK_FALSE(merge_patch(before, object(R"({"a":{"x":1,"y":1},"b":2})")));
    CHECK_FALSE(merge_patch(before, object(R"({"a":{},"b":2})")));
}

TEST_CASE("a patch applied to what was before gives what is, for documents of any shape") {
    Random random(20251001);
    int patched = 0, refused = 0;
    for (int i = 0; i < 5000; ++i) {
        auto drawn = tree(random, 4);
        if (!drawn.is_object()) continue;
        auto changed = drawn;
        for (auto& member : changed.as_object())
            shake(random, member.value(), i % 2 == 0 ? 0.0 : 0.05);
        const auto patch = merge_patch(drawn.as_object(), changed.as_object());
        CHECK(patch.has_value() == same_keys(drawn.as_object(), changed.as_object()));
        if (!patch) {
            ++refused;
            continue;
        }
        ++patched;
        auto applied = drawn.as_object();
        apply_merge_patch(applied, *patch);
        REQUIRE(applied == changed.as_object());
    }
    CHECK(patched > 1000);
    CHECK(refused > 100);
}
