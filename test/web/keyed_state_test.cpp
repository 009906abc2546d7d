#include "web/keyed_state.hpp"

#include "support/catch.hpp"

#include <boost/json/value.hpp>

#include <map>

using namespace hil::web;
namespace json = boost::json;

namespace {

struct Site {
    double time = 0;
    std::map<std::size_t, double> p;
    std::vector<Subject> made;

    json::object part(const Subject& subject) {
        made.push_back(subject);
        if (subject.kind == Subject::Kind::site)
            return {{"time", time}, {"plants", json::object{}}, {"devices", json::object{}}, {"last", 1}};
        const auto id = std::to_string(subject.index);
        if (subject.kind == Subject::Kind::device) return {{"devices", json::object{{id, 7}}}};
        json::object plant{{"p", p[subject.index]}};
        if (p[subject.index] > 100) plant["alert"] = true;
        return {{"plants", json::object{{id, std::move(plant)}}}};
    }
};

}  // namespace

TEST_CASE("an event of one makes the part of that one, whoever else there is") {
    Site site;
    KeyedState state([&](const Subject& s) { return site.part(s); }, 1000, 20);
    CHECK(state.touched());
    const auto first = state.refresh();
    CHECK(site.made.size() == 1021);
    REQUIRE(first.size() == 1021);
    CHECK(first.front().subject == Subject::site());
    CHECK(first.front().other_keys);
    CHECK(state.document().at("plants").as_object().size() == 1000);
    CHECK(state.document().at("devices").as_object().size() == 20);

    site.made.clear();
    site.p[3] = 5;
    state.touch(Subject::plant(3));
    state.touch(Subject::plant(3));
    state.touch(Subject::plant(7));  // nothing of it changed
    const auto news = state.refresh();
    CHECK(site.made == std::vector{Subject::plant(3), Subject::plant(7)});
    REQUIRE(news.size() == 1);
    CHECK(news[0].subject == Subject::plant(3));
    CHECK(news[0].revision == 2);
    CHECK_FALSE(news[0].other_keys);
    CHECK(news[0].fields == json::object{{"plants", json::object{{"3", json::object{{"p", 5.0}}}}}});
    CHECK(state.document().at("plants").at("3").at("p") == 5.0);
    CHECK(state.revision(Subject::plant(3)) == 2);
    CHECK(state.revision(Subject::plant(4)) == 1);
    CHECK_FALSE(state.touched());
    CHECK(state.refresh().empty());
}

TEST_CASE("what concerns everything makes every part, and other keys are no patch") {
    Site site;
    KeyedState state([&](const Subject& s) { return site.part(s); }, 2, 1);
    (void)state.refresh();
    site.made.clear();
    site.time = 1;
    site.p[1] = 101;
    state.touch(Subject{});
    const auto news = state.refresh();
    CHECK(site.made.size() == 4);
    REQUIRE(news.size() == 2);
    CHECK(news[0].subject == Subject::site());
    CHECK(news[0].fields == json::object{{"time", 1.0}});
    CHECK(news[1].other_keys);
    CHECK(news[1].fields.empty());
    state.touch(Subject::plant(2));  // there is none
    state.touch(Subject::device(1));
    CHECK_FALSE(state.touched());
}

TEST_CASE("the document has the keys of the site in their order, with the devices in their places") {
    Site site;
    KeyedState state([&](const Subject& s) { return site.part(s); }, 1, 1);
    (void)state.refresh();
    std::vector<std::string> keys;
    const auto document = state.document();
    for (const auto& [key, value] : document)
        keys.emplace_back(key);
    CHECK(keys == std::vector<std::string>{"time", "plants", "devices", "last"});
    CHECK(document.at("devices") == json::object{{"0", 7}});
}
