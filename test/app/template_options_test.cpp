#include "app/options.hpp"
#include "planner/templates.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace hil;
using namespace hil::app;

namespace {

PlanOptions accepted(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "plan");
    auto command = parse_command_line(arguments);
    if (const auto* error = std::get_if<UsageError>(&command)) FAIL(error->sentence);
    return std::get<PlanOptions>(command);
}

std::string refused(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "plan");
    const auto command = parse_command_line(arguments);
    const auto* error = std::get_if<UsageError>(&command);
    return error ? error->sentence : "accepted";
}

}  // namespace

TEST_CASE("every parameter of a template is an option of its name") {
    const auto plan = accepted({"--template", "square", "--plant", "lib", "--level-kw", "100", "--low-kw",
                                "-50", "--period-s=600", "--duty", "0.25", "--signal", "q"});
    REQUIRE(plan.made);
    CHECK(plan.made->name == "square");
    CHECK(plan.made->plant == "lib");
    CHECK(plan.made->signal == schedule::Signal::q);
    CHECK(plan.made->parameters ==
          std::map<std::string, double, std::less<>>{
              {"level_kw", 100}, {"low_kw", -50}, {"period_s", 600}, {"duty", 0.25}});
    const auto best = accepted({"--template", "arbitrage", "--prices", "p.csv", "--max-cycles", "1.5"});
    REQUIRE(best.made);
    CHECK(best.made->values == "p.csv");
    CHECK(best.made->parameters.at("max_cycles") == 1.5);
}

TEST_CASE("all that is wrong with a template is told at once") {
    CHECK(
        refused({"--template", "square", "--duty", "much", "--to-kw", "3", "--load", "x.csv", "--date",
                 "2026-02-30", "--days", "0", "--soc", "7"}) ==
        "hil_scheduler plan: --date: must be a day that exists, as 2025-10-01, got \"2026-02-30\"\n"
        "hil_scheduler plan: --days: must be a whole number of 1 to 366, got \"0\"\n"
        "hil_scheduler plan: --soc: must be 0..1, got \"7\"\n"
        "hil_scheduler plan: --duty: must be a finite number, got \"much\"\n"
        "hil_scheduler plan: --load: is nothing that square takes\n"
        "hil_scheduler plan: --to-kw: is nothing that square takes, it has --level-kw, --low-kw, --period-s, "
        "--duty\n"
        "hil_scheduler plan: --level-kw: must be given, the first level");
    CHECK(refused({"--template", "arbitrage"}) ==
          "hil_scheduler plan: --prices: must be given, a file of prices per MWh");
    CHECK(refused({"--template", "peak_shaving", "--signal", "q"}) ==
          "hil_scheduler plan: --signal: peak_shaving is a plan of active power\n"
          "hil_scheduler plan: --load: must be given, a file of loads in kW");
    CHECK(refused({"--template", "sinus"}) ==
          "hil_scheduler plan: --template: must be one of constant, square, ramp, sine, peak_shaving, "
          "arbitrage, capacity_test, efficiency_test, got \"sinus\"");
    CHECK(refused({"--level-kw", "3"}) == "hil_scheduler plan: --level-kw: only with --template");
}

TEST_CASE("the help of plan names every template and every parameter") {
    const auto command = parse_command_line({"plan", "--help"});
    const auto& text = std::get<HelpRequest>(command).text;
    for (const auto& info : planner::templates()) {
        CHECK(text.find("\n  " + std::string(info.name)) != std::string::npos);
        for (const auto& parameter : info.parameters) {
            std::string option = "--" + std::string(parameter.name);
            std::replace(option.begin(), option.end(), '_', '-');
            CAPTURE(option);
            CHECK(text.find(option + " ") != std::string::npos);
        }
    }
}
