// Reads the document into the structure along the description: what is missing keeps its default, what is
// wrong becomes a problem and keeps its default, too.
#pragma once

#include "config/description.hpp"
#include "config/environment.hpp"
#include "config/problems.hpp"

#include <boost/json/value.hpp>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace hil::config {

class Reader final : public Visitor {
  public:
    // All three must outlive the reader.
    Reader(const boost::json::value& document, Overrides& overrides, Problems& problems);

    void refused(std::string_view name, std::string_view instead) override;
    // To be called when the whole description has been walked.
    void finish();

  protected:
    bool scalar(const Field& field, const Rule& rule, Value& value) override;
    bool enter(const Field& field, Presence presence) override;
    bool leave() override;
    void each_key(const Field& field, const Keys& keys, const std::vector<std::string>& present,
                  const ForKey& element) override;
    void each_item(const Field& field, std::size_t present, const std::function<void()>& clear,
                   const ForIndex& element) override;
    void each_text(const Field& field, const Text& rule, std::vector<std::string>& items) override;
    void each_raw(const Field& field, std::vector<RawValue>& items) override;

  private:
    using Json = boost::json::value;
    struct Frame {
        const Json* value = nullptr;  // the object; none when it is missing
        std::string pointer, variable;
        std::vector<std::string> known;    // may stand here
        std::vector<std::string> refused;  // has been complained about
        bool tentative = false;  // not in the file, and only there if the environment says something
        bool overridden = false;
        std::size_t problems_before = 0;
    };

    const Json* member(std::string_view name);
    void push(const Json* value, std::string_view key);
    void pop();
    void unknown_keys();
    bool check(const std::string& pointer, const Json& json, const Field& field, const Rule& rule,
               Value& value);
    // The array of a list, from the environment or the file; null when there is none or it is none.
    const Json* array_of(const Field& field, bool words_allowed);

    Overrides& overrides_;
    Problems& problems_;
    std::vector<Frame> frames_;
    std::deque<Json> owned_;  // values that came from the environment
};

}  // namespace hil::config
