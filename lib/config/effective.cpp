#include "config/describe.hpp"
#include "config/json_text.hpp"
#include "config/load.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace hil::config {

namespace json = boost::json;

namespace {

json::value plain(const Value& value) {
    return std::visit([](const auto& v) { return json::value(v); }, value);
}

// Collects the values along the description.
class Printer final : public Visitor {
  public:
    Printer() { open_.emplace_back(); }
    json::value take() { return pop(); }

  protected:
    bool scalar(const Field& field, const Rule&, Value& value) override {
        const bool none = std::holds_alternative<std::nullptr_t>(value);
        if (field.annotation || (none && (!field.nullable || !field.variable.empty()))) return false;
        put(field.name, field.secret && !none ? json::value("***") : plain(value));
        return false;
    }
    bool enter(const Field& field, Presence presence) override {
        if (presence == Presence::is_missing) return false;
        open_.push_back({field.name, {}});
        return true;
    }
    bool leave() override {
        const auto name = open_.back().name;
        auto members = pop();
        put(name, std::move(members));
        return true;
    }
    void each_key(const Field& field, const Keys&, const std::vector<std::string>& present,
                  const ForKey& element) override {
        json::object all;
        for (const auto& key : present) {
            open_.emplace_back();
            element(key);
            all.emplace(key, pop());
        }
        if (!all.empty() || field.required) put(field.name, std::move(all));
    }
    void each_item(const Field& field, std::size_t present, const std::function<void()>&,
                   const ForIndex& element) override {
        json::array all;
        for (std::size_t i = 0; i < present; ++i) {
            open_.emplace_back();
            element(i);
            all.push_back(pop());
        }
        put(field.name, std::move(all));
    }
    void each_text(const Field& field, const Text&, std::vector<std::string>& items) override {
        put(field.name, json::array(items.begin(), items.end()));
    }
    void each_raw(const Field& field, std::vector<RawValue>& items) override {
        json::array all;
        for (const auto& item : items)
            all.push_back(std::visit([](const auto& value) { return json::value(value); }, item));
        if (!all.empty()) put(field.name, std::move(all));
    }

  private:
    void put(std::string_view name, json::value value) {
        open_.back().members.emplace(json::string_view(name.data(), name.size()), std::move(value));
    }
    json::object pop() {
        auto done = std::move(open_.back().members);
        open_.pop_back();
        return done;
    }

    struct Open {
        std::string_view name;
        json::object members;
    };
    std::vector<Open> open_;
};

}  // namespace

std::string effective(const Config& config) {
    Printer printer;
    Config copy = config;
    describe(printer, copy);
    return json_text(printer.take());
}

}  // namespace hil::config
