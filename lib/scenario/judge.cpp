#include "scenario/judge.hpp"

#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::scenario {
namespace {

struct Finding {
    bool kept = false;
    std::string text;
};

bool contains(const boost::json::value& whole, const boost::json::object& part) {
    const auto* object = whole.if_object();
    if (object == nullptr) return part.empty();
    return std::ranges::all_of(part, [object](const auto& member) {
        const auto* there = object->if_contains(member.key());
        if (there == nullptr) return false;
        if (const auto* inner = member.value().if_object()) return contains(*there, *inner);
        return *there == member.value();
    });
}

}  // namespace

bool Condition::met(const Value& value) const {
    if (const auto* flag = std::get_if<bool>(&wanted)) {
        const auto* seen = std::get_if<bool>(&value);
        return seen != nullptr && *seen == *flag;
    }
    if (const auto* word = std::get_if<std::string>(&wanted)) {
        const auto* seen = std::get_if<std::string>(&value);
        return seen != nullptr && *seen == *word;
    }
    const auto* seen = std::get_if<double>(&value);
    return seen != nullptr && std::get<Bounds>(wanted).contain(*seen);
}

bool Pattern::meets(const Occurrence& o) const {
    return o.kind == kind && (plant.empty() || plant == o.plant) && (name.empty() || name == o.name) &&
           (text.empty() || o.text.find(text) != std::string::npos);
}

// One expectation on its way.
class Judge::Machine {
  public:
    explicit Machine(const Face& face) : face_(face) {}
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    virtual ~Machine() = default;

    virtual void see(Duration /*at*/, const Value& /*value*/) {}
    virtual void happened(const Occurrence& /*occurrence*/) {}
    virtual Finding conclude(Duration end) = 0;

  protected:
    [[nodiscard]] std::string time(Duration at) const { return face_.text(at); }

  private:
    const Face& face_;
};

// A condition is met within a time.
class Judge::Becomes final : public Machine {
  public:
    Becomes(const Face& face, Condition condition, const Within& within)
        : Machine(face),
          condition_(std::move(condition)),
          from_(within.after.at),
          to_(from_ + within.limit) {}

    void see(Duration at, const Value& value) override {
        if (met_at_ || at > to_) return;
        // What held before the moment still does at it.
        if (at > from_ && condition_.met(last_)) met_at_ = from_;
        last_ = value;
        if (!met_at_ && at >= from_ && condition_.met(value)) met_at_ = at;
    }
    Finding conclude(Duration end) override {
        if (!met_at_ && end >= from_ && condition_.met(last_)) met_at_ = from_;
        if (!met_at_) return {false, fmt::format("{} at {}", text(last_), time(std::min(to_, end)))};
        if (*met_at_ == from_) return {true, "at once"};
        return {true, fmt::format("after {}", span_text(*met_at_ - from_))};
    }

  private:
    Condition condition_;
    Duration from_, to_;
    Value last_;
    std::optional<Duration> met_at_;
};

// A condition is met all the time.
class Judge::Holds final : public Machine {
  public:
    Holds(const Face& face, Condition condition, const Throughout& all)
        : Machine(face),
          condition_(std::move(condition)),
          from_(all.from.at),
          to_(all.to.at),
          but_for_(all.but_for) {}

    void see(Duration at, const Value& value) override {
        if (at > from_ && !begun_) judge(from_, last_);
        last_ = value;
        if (inside(at)) judge(at, value);
        if (at >= to_ && broken_since_) leave(to_);
    }
    Finding conclude(Duration end) override {
        if (!begun_ && end >= from_) judge(from_, last_);
        if (broken_since_) leave(std::min(to_, end));
        if (broken_) return {false, *broken_};
        if (stretches_) return {true, fmt::format("{} at a stretch at most", span_text(longest_))};
        return {true, range()};
    }

  private:
    // At its begin the last value of that instant counts, which is judged with the next one; its end is not
    // part of a span.
    [[nodiscard]] bool inside(Duration at) const { return at > from_ && at < to_; }
    void judge(Duration at, const Value& value) {
        begun_ = true;
        if (const auto* n = std::get_if<double>(&value)) {
            least_ = least_ ? std::min(*least_, *n) : *n;
            most_ = most_ ? std::max(*most_, *n) : *n;
        }
        if (condition_.met(value)) {
            if (broken_since_) leave(at);
        } else {
            if (!broken_since_) broken_since_ = at;
            worst_ = value;
            if (but_for_ == Duration{}) fail(at);
        }
    }
    void leave(Duration at) {
        const auto lasted = at - *std::exchange(broken_since_, std::nullopt);
        longest_ = std::max(longest_, lasted);
        stretches_ = true;
        if (lasted > but_for_) fail(at - lasted, lasted);
    }
    void fail(Duration at, Duration lasted = {}) {
        if (broken_) return;
        broken_ = fmt::format("{} at {}", text(worst_), time(at));
        if (lasted > Duration{}) *broken_ += fmt::format(" and for {}", span_text(lasted));
    }
    [[nodiscard]] std::string range() const {
        if (!least_) return {};
        if (*least_ == *most_) return text(Value(*least_));
        return fmt::format("{} to {}", text(Value(*least_)), text(Value(*most_)));
    }

    Condition condition_;
    Duration from_, to_, but_for_;
    Value last_, worst_;
    bool begun_ = false;
    std::optional<Duration> broken_since_;
    Duration longest_{};
    bool stretches_ = false;
    std::optional<double> least_, most_;
    std::optional<std::string> broken_;
};

// Something happens, so often, and each time within bounds.
class Judge::Counts final : public Machine {
  public:
    Counts(const Face& face, Happens happens, const std::variant<Within, Throughout>& when)
        : Machine(face), happens_(std::move(happens)) {
        if (const auto* within = std::get_if<Within>(&when)) {
            from_ = within->after.at;
            to_ = from_ + within->limit;
            once_ = true;
        } else {
            from_ = std::get<Throughout>(when).from.at;
            to_ = std::get<Throughout>(when).to.at - Duration(1);  // its end is not part of it
        }
    }

    void happened(const Occurrence& occurrence) override {
        if (occurrence.at < from_ || occurrence.at > to_ || !happens_.pattern.meets(occurrence)) return;
        if (++count_ == 1) first_ = occurrence.at;
        last_ = occurrence.at;
        if (!occurrence.number) return;
        least_ = least_ ? std::min(*least_, *occurrence.number) : *occurrence.number;
        most_ = most_ ? std::max(*most_, *occurrence.number) : *occurrence.number;
        if (happens_.values && !happens_.values->contain(*occurrence.number) && !broken_)
            broken_ = fmt::format("{} at {}", text(Value(*occurrence.number)), time(occurrence.at));
    }
    Finding conclude(Duration end) override {
        if (once_) {
            if (count_ == 0) return {false, fmt::format("not until {}", time(std::min(to_, end)))};
            return {true, first_ == from_ ? "at once" : fmt::format("after {}", span_text(first_ - from_))};
        }
        if (broken_) return {false, *broken_};
        auto seen = fmt::format("{} seen", count_);
        if (least_) seen += fmt::format(", {} to {}", text(Value(*least_)), text(Value(*most_)));
        if (happens_.times && !happens_.times->contain(static_cast<double>(count_))) {
            if (count_ > 0)
                seen += fmt::format(", the first at {}, the last at {}", time(first_), time(last_));
            return {false, seen};
        }
        return {true, seen};
    }

  private:
    Happens happens_;
    Duration from_{}, to_{};
    bool once_ = false;
    std::uint64_t count_ = 0;
    Duration first_{}, last_{};
    std::optional<double> least_, most_;
    std::optional<std::string> broken_;
};

class Judge::Command final : public Machine {
  public:
    Command(const Face& face, CommandEnds wanted, const Within& within)
        : Machine(face), wanted_(std::move(wanted)), from_(within.after.at), to_(from_ + within.limit) {}

    void happened(const Occurrence& o) override {
        if (o.kind == OccurrenceKind::command && o.name == wanted_.step && !ended_) ended_ = o;
    }
    Finding conclude(Duration end) override {
        if (!ended_) return {false, fmt::format("not ended at {}", time(std::min(to_, end)))};
        auto seen = ended_->state;
        if (!ended_->text.empty()) seen += " " + ended_->text;
        const bool right =
            ended_->state == wanted_.state && (!wanted_.message || *wanted_.message == ended_->text);
        if (!right) return {false, fmt::format("{} at {}", seen, time(ended_->at))};
        if (!contains(ended_->result, wanted_.result))
            return {false, fmt::format("{} with {}", seen, boost::json::serialize(ended_->result))};
        const auto after = ended_->at - from_;
        return {ended_->at <= to_,
                after == Duration{} ? "at once" : fmt::format("after {}", span_text(after))};
    }

  private:
    CommandEnds wanted_;
    Duration from_, to_;
    std::optional<Occurrence> ended_;
};

class Judge::Growth final : public Machine {
  public:
    Growth(const Face& face, Grows grows, const Throughout& all)
        : Machine(face), grows_(std::move(grows)), from_(all.from.at), to_(all.to.at) {}

    void see(Duration at, const Value& value) override {
        const auto* n = std::get_if<double>(&value);
        if (n == nullptr) return;
        if (at <= from_ || !first_) first_ = *n;
        if (at <= to_) last_ = *n;
    }
    Finding conclude(Duration /*end*/) override {
        if (!first_ || !last_) return {false, "not known"};
        const double grown = *last_ - *first_;
        return {grows_.by.contain(grown), fmt::format("{:.3f} kWh", grown)};
    }

  private:
    Grows grows_;
    Duration from_, to_;
    std::optional<double> first_, last_;
};

Judge::Judge(const Scenario& scenario, const Face& face) : scenario_(scenario), face_(face) {
    for (const auto& expectation : scenario.expectations) {
        const auto* within = std::get_if<Within>(&expectation.when);
        const auto* all = std::get_if<Throughout>(&expectation.when);
        std::optional<Signal> signal;
        if (const auto* state = std::get_if<HoldsState>(&expectation.what)) {
            signal = state->condition.signal;
            if (within != nullptr) {
                machines_.push_back(std::make_unique<Becomes>(face, state->condition, *within));
            } else {
                machines_.push_back(std::make_unique<Holds>(face, state->condition, *all));
            }
        } else if (const auto* happens = std::get_if<Happens>(&expectation.what)) {
            machines_.push_back(std::make_unique<Counts>(face, *happens, expectation.when));
        } else if (const auto* command = std::get_if<CommandEnds>(&expectation.what)) {
            machines_.push_back(std::make_unique<Command>(face, *command, *within));
        } else {
            const auto& grows = std::get<Grows>(expectation.what);
            signal = grows.signal;
            machines_.push_back(std::make_unique<Growth>(face, grows, *all));
        }
        if (signal) watchers_[watch(*signal)].push_back(machines_.back().get());
    }
}

Judge::~Judge() = default;

std::size_t Judge::watch(const Signal& signal) {
    const auto found = std::ranges::find(signals_, signal);
    if (found != signals_.end()) return static_cast<std::size_t>(found - signals_.begin());
    signals_.push_back(signal);
    last_.emplace_back();
    watchers_.emplace_back();
    return signals_.size() - 1;
}

void Judge::see(Duration at, std::size_t signal, const Value& value) {
    // What did not change is known already.
    if (at > Duration{} && last_[signal] == value) return;
    last_[signal] = value;
    for (auto* machine : watchers_[signal])
        machine->see(at, value);
}

void Judge::happened(const Occurrence& occurrence) {
    for (const auto& machine : machines_)
        machine->happened(occurrence);
}

std::vector<Verdict> Judge::conclude(Duration end) {
    std::vector<Verdict> out;
    for (std::size_t i = 0; i < machines_.size(); ++i) {
        const auto& expectation = scenario_.expectations[i];
        auto finding = machines_[i]->conclude(end);
        out.push_back(
            {finding.kept, expectation.implied, sentence(expectation, face_), std::move(finding.text)});
    }
    return out;
}

}  // namespace hil::scenario
