#include "simulate/scenarios/run.hpp"

#include "config/time_value.hpp"
#include "simulate/scenarios/plan.hpp"
#include "simulate/scenarios/plants.hpp"
#include "simulate/scenarios/platform.hpp"
#include "simulate/scenarios/rows.hpp"
#include "simulate/scenarios/service.hpp"
#include "simulate/scenarios/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::simulate {
namespace {

using namespace std::chrono_literals;
using scenario::Occurrence;
using scenario::OccurrenceKind;

constexpr Duration longest_end = 10min;  // for stopping everything after the last instant

class Run {
  public:
    Run(const ScenarioSetup& setup, Trace::Sink trace)
        : setup_(setup),
          scenario_(setup.scenario),
          face_(setup.setup.zone, scenario_.from, scenario_.length),
          judge_(scenario_, face_),
          clock_(context_, scenario_.from),
          network_(clock_),
          trace_(clock_, setup.setup.zone, std::move(trace)),
          random_(scenario_.seed),
          machine_(clock_, trace_, calm_, random_.fork(), Random(0)),
          plan_(setup.setup.config.plants),
          plants_(clock_, network_, setup.devices, setup.setup.config.timing.plant_period, scenario_.soc_pu,
                  setup.setup.config.startup.initial_soc_pu, random_.fork(), plant_hooks()),
          service_(clock_, network_, machine_, setup, random_.next(), service_hooks()),
          view_(clock_, plan_, plants_, service_, setup.setup.plant_ids),
          tasks_(clock_, [this](const TaskFailure& failure) {
              problem(fmt::format("{} is carried out", failure.task), std::string(failure.what));
          }) {
        if (scenario_.platform) {
            platform_.emplace(clock_, network_, setup.setup.config, random_.fork(),
                              [this](std::string_view what, const std::string& plant, double value) {
                                  on_post(what, plant, value);
                              });
        }
        for (const auto& file : scenario_.plans)
            plan_.replace(file);
    }

    ScenarioOutcome run() {
        TaskGroup root(clock_, [this](const TaskFailure& failure) {
            problem("the scenario runs to its end", std::string(failure.what));
            clock_.stop();
        });
        root.spawn("scenario", [this] { return live(); });
        clock_.run_until(clock_.instant(scenario_.from + scenario_.length) + longest_end);
        if (!done_) break_off(root);
        return conclude();
    }

  private:
    // ---- what is seen ---------------------------------------------------------------------------------

    [[nodiscard]] Duration at() const { return clock_.wall_now() - scenario_.from; }

    ScenarioPlants::Hooks plant_hooks() {
        return {[this](std::size_t plant, const std::string& point, double value) {
                    trace_.add("write", setup_.setup.plant_ids[plant])
                        .text("point", point)
                        .number("value", value);
                    occurred(OccurrenceKind::write, plant, point).number = value;
                    notify();
                },
                [this] { look_soon(); }};
    }

    ScenarioService::Hooks service_hooks() {
        return {[this] { look(); }, [this](const observe::Event& event) { on_event(event); },
                [this](const control::Command& command) { on_command(command); }};
    }

    Occurrence& occurred(OccurrenceKind kind, std::size_t plant, std::string name) {
        occurrence_ = {};
        occurrence_.kind = kind;
        occurrence_.at = at();
        occurrence_.plant = setup_.setup.plant_ids[plant];
        occurrence_.name = std::move(name);
        return occurrence_;
    }
    void notify() {
        if (!over_) judge_.happened(occurrence_);
    }

    void on_event(const observe::Event& event) {
        trace_.add("event", event.plant).text("kind", event.kind).text("message", event.message);
        occurrence_ = {};
        occurrence_.kind = OccurrenceKind::event;
        occurrence_.at = at();
        occurrence_.plant = event.plant;
        occurrence_.name = event.kind;
        occurrence_.text = event.message;
        notify();
        look();
    }

    void on_command(const control::Command& command) {
        if (!control::ended(command.state)) return;
        trace_.add("command", command.plant)
            .text("kind", command.kind)
            .text("state", control::to_string(command.state))
            .text("message", command.message);
        ended_[command.id] = command;
        judge_command(command.id);
        look();
    }

    // A command may end before its step knows the id.
    void judge_command(const std::string& id) {
        const auto step = asked_.find(id);
        const auto ended = ended_.find(id);
        if (step == asked_.end() || ended == ended_.end()) return;
        const auto& command = ended->second;
        occurrence_ = {};
        occurrence_.kind = OccurrenceKind::command;
        occurrence_.at = at();
        occurrence_.name = step->second;
        occurrence_.text = command.message;
        occurrence_.state = control::to_string(command.state);
        if (const auto* result = command.result.if_object()) occurrence_.result = *result;
        notify();
    }

    void on_post(std::string_view what, const std::string& plant, double value) {
        occurrence_ = {};
        occurrence_.kind = OccurrenceKind::post;
        occurrence_.at = at();
        occurrence_.plant = plant;
        occurrence_.name = what;
        occurrence_.number = value;
        notify();
    }

    // When the plant is done with what it is doing: registers may be put back in the same breath.
    void look_soon() {
        if (!over_ && !soon_.armed()) soon_.arm_at(clock_.now());
    }

    // Every signal that is expected to be something, whenever it may have changed.
    void look() {
        if (over_ || !begun_) return;
        const auto now = at();
        const auto& signals = judge_.signals();
        for (std::size_t i = 0; i < signals.size(); ++i)
            judge_.see(now, i, view_.read(signals[i]));
    }

    struct Given {
        std::uint64_t id = 0;
        std::size_t mark = 0;
    };

    // ---- what is done ---------------------------------------------------------------------------------

    awaitable<void> live() {
        if (platform_) platform_->begin();
        // What is so from the begin is so before the service starts.
        for (const auto& step : scenario_.steps)
            if (step.at == Duration{} && !needs_service(step)) carry_out(step);
        co_await service_.begin();
        begun_ = true;
        look();
        for (const auto& step : scenario_.steps) {
            if (step.at == Duration{} && !needs_service(step)) continue;
            co_await clock_.sleep_until(clock_.instant(scenario_.from + step.at));
            carry_out(step);
            look();
        }
        co_await clock_.sleep_until(clock_.instant(scenario_.from + scenario_.length));
        look();
        over_ = true;
        co_await end();
        done_ = true;
    }

    static bool needs_service(const scenario::Step& step) {
        return std::holds_alternative<scenario::AskFor>(step.action) ||
               std::holds_alternative<scenario::ChangePlan>(step.action) ||
               std::holds_alternative<scenario::RestartService>(step.action);
    }

    void carry_out(const scenario::Step& step) {
        trace_.add("step").text("id", step.id).text("text", step.sentence);
        const auto why = std::visit([&](const auto& action) { return act(step, action); }, step.action);
        if (!why.empty()) problem(fmt::format("step at {}: {}", face_.text(step.at), step.sentence), why);
    }

    awaitable<void> end() {
        plants_.take_back_all();
        if (platform_) platform_->clear_faults();
        co_await tasks_.join();          // a restart under way
        co_await clock_.sleep_for(15s);  // links come back
        const auto why = co_await service_.end();
        verdicts_.push_back({why.empty(), true, "at the end every plant is stopped safely", why});
        if (platform_) co_await platform_->close();
        co_await plants_.close();
    }

    void mark(const scenario::Step& step, std::string kind, std::string plant = {}) {
        marks_.push_back({.at = clock_.wall_now(),
                          .kind = std::move(kind),
                          .text = step.sentence,
                          .plant = std::move(plant)});
    }
    static std::string plant_of(const boost::json::value& fault) {
        const auto* plant = fault.as_object().if_contains("plant");
        return plant == nullptr ? std::string() : std::string(plant->as_string());
    }

    // Each returns why it could not be done; empty when it was.
    std::string act(const scenario::Step& step, const scenario::GiveFault& give) {
        const auto& fault = give.fault.as_object();
        mark(step, std::string(fault.at("kind").as_string()), plant_of(give.fault));
        const auto span = [&fault](const char* key) {
            const auto* value = fault.if_contains(key);
            return value == nullptr ? Duration{} : seconds(config::seconds_in(*value).value_or(0));
        };
        auto& marked = marks_.back();
        marked.at += span("after_s");
        if (fault.contains("for_s")) marked.until = marked.at + span("for_s");
        given_[step.id] = {plants_.give(give.fault), marks_.size() - 1};
        return {};
    }
    std::string act(const scenario::Step& /*step*/, const scenario::EndFault& end) {
        const auto fault = given_.find(end.step);
        if (fault == given_.end()) return "that step gave no fault";
        plants_.take_back(fault->second.id);
        auto& marked = marks_[fault->second.mark];
        if (!marked.until || *marked.until > clock_.wall_now()) marked.until = clock_.wall_now();
        return {};
    }
    std::string act(const scenario::Step& step, const scenario::AskFor& ask) {
        mark(step, "command", ask.plant);
        auto* process = service_.process();
        if (process == nullptr) return "the service is not there";
        const auto id =
            process->service().parts().commands.submit(ask.kind, ask.plant, ask.payload, "scenario").id;
        asked_[id] = step.id;
        if (ask.kind == "schedule.inactivate") forget_plan(ask.payload);
        judge_command(id);
        return {};
    }
    void forget_plan(const boost::json::object& payload) {
        const auto* series = payload.if_contains("series");
        if (series == nullptr || !series->is_string()) return;
        const auto key = schedule::parse_series_key(std::string_view(series->get_string()));
        if (key && view_.index_of(key->plant) < setup_.setup.plant_ids.size())
            plan_.remove(view_.index_of(key->plant), key->signal);
    }
    std::string act(const scenario::Step& step, const scenario::ChangePlan& change) {
        mark(step, "plan");
        auto* process = service_.process();
        if (process == nullptr) return "the service is not there";
        auto& service = process->service();
        for (const auto& column : change.plan.columns) {
            service.parts().drafts.stage(column.plant, column.signal, column.series, "scenario",
                                         clock_.wall_now());
            const auto series =
                schedule::to_string(schedule::SeriesKey{setup_.setup.plant_ids[column.plant], column.signal});
            const auto& command =
                service.parts().commands.submit("schedule.activate", "", {{"series", series}}, "scenario");
            if (command.state == control::CommandState::rejected)
                return fmt::format("schedule.activate of {} rejected {}", series, command.message);
        }
        plan_.replace(change.plan);
        return {};
    }
    std::string act(const scenario::Step& step, const scenario::SetSoc& set) {
        mark(step, "plant", set.plant);
        return plants_.set_soc(view_.index_of(set.plant), set.soc_pu);
    }
    std::string act(const scenario::Step& step, const scenario::WriteRegister& write) {
        mark(step, "write", write.plant);
        try {
            plants_.write(view_.index_of(write.plant), write.point, write.value);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return {};
    }
    std::string act(const scenario::Step& step, const scenario::PlatformFaults& faults) {
        mark(step, "platform");
        platform_->set_faults(faults.faults);
        return {};
    }
    std::string act(const scenario::Step& step, const scenario::RestartService& restart) {
        mark(step, "service");
        if (service_.process() == nullptr) return "the service is not there";
        tasks_.spawn("restart of the service", [this, restart] { return service_.restart(restart); });
        return {};
    }
    std::string act(const scenario::Step& step, const scenario::RestartPlant& restart) {
        mark(step, "plant", restart.plant);
        plants_.restart(view_.index_of(restart.plant));
        return {};
    }
    std::string act(const scenario::Step& step, const scenario::SetLoad& load) {
        mark(step, "plant", load.plant);
        plants_.set_load(view_.index_of(load.plant), load.kw);
        return {};
    }

    void break_off(TaskGroup& root) {
        if (verdicts_.empty()) problem("everything ends after the last instant", "not within ten minutes");
        over_ = true;
        root.cancel();
        tasks_.cancel();
        clock_.run_until(clock_.now() + 1s);
        TaskGroup closing(clock_);
        closing.spawn("close", [this]() -> awaitable<void> {
            co_await service_.abandon();
            if (platform_) co_await platform_->close();
            co_await plants_.close();
        });
        clock_.run_until(clock_.now() + 2min);
    }

    // ---- what comes of it -----------------------------------------------------------------------------

    void problem(std::string what, std::string why) {
        verdicts_.push_back({false, true, std::move(what), std::move(why)});
    }

    ScenarioOutcome conclude() {
        ScenarioOutcome out;
        for (std::size_t plant = 0; plant < setup_.setup.plant_ids.size(); ++plant) {
            out.rows.push_back(recorded_rows(*machine_.files(), setup_.setup, plant));
            judge_rows(judge_, setup_.setup.plant_ids[plant], scenario_.from, out.rows.back());
        }
        out.database = machine_.database();
        out.verdicts = judge_.conclude(scenario_.length);
        std::ranges::move(verdicts_, std::back_inserter(out.verdicts));
        out.marks = std::move(marks_);
        out.from = scenario_.from;
        out.until = scenario_.from + scenario_.length;
        out.requests = plants_.requests();
        for (const auto& [path, text] : machine_.files()->files()) {
            const auto below =
                std::filesystem::path(path).lexically_relative(setup_.setup.config.general.data_dir);
            out.files.emplace(below.string(), text);
        }
        return out;
    }

    const ScenarioSetup& setup_;
    const scenario::Scenario& scenario_;
    scenario::Face face_;
    scenario::Judge judge_;
    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};  // nothing here has a second thread
    VirtualClock clock_;
    MemoryNetwork network_;
    Trace trace_;
    Random random_;
    const FaultProfile calm_;  // the disk works
    SimulatedMachine machine_;
    ScenarioPlan plan_;
    bool begun_ = false, over_ = false, done_ = false;
    Timer soon_{clock_.timers(), [this] { look(); }};
    Occurrence occurrence_;
    std::map<std::string, std::string> asked_;       // steps, by the id of their command
    std::map<std::string, control::Command> ended_;  // by id
    std::map<std::string, Given> given_;             // faults, by step
    std::vector<scenario::Verdict> verdicts_;
    std::vector<report::Mark> marks_;
    ScenarioPlants plants_;
    std::optional<ScenarioPlatform> platform_;
    ScenarioService service_;
    ScenarioView view_;
    TaskGroup tasks_;
};

}  // namespace

bool ScenarioOutcome::kept() const {
    return std::ranges::all_of(verdicts, &scenario::Verdict::kept);
}

ScenarioOutcome run_scenario(const ScenarioSetup& setup, Trace::Sink trace) {
    return Run(setup, std::move(trace)).run();
}

}  // namespace hil::simulate
