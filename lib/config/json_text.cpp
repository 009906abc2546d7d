#include "config/json_text.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string_view>

namespace hil::config {

namespace json = boost::json;

namespace {

class Writer {
  public:
    std::string take() { return std::move(out_); }

    void value(const json::value& v, std::size_t depth) {
        if (const auto* object = v.if_object())
            members(*object, depth);
        else if (const auto* array = v.if_array())
            items(*array, depth);
        else if (v.is_double())
            number(v.get_double());
        else
            out_ += json::serialize(v);
    }

  private:
    void number(double n) {
        const auto text = fmt::format("{}", n);
        out_ += text;
        if (text.find_first_of(".e") == std::string::npos) out_ += ".0";
    }
    void line(std::size_t depth) {
        out_ += '\n';
        out_.append(2 * depth, ' ');
    }
    void members(const json::object& object, std::size_t depth) {
        if (object.empty()) {
            out_ += "{}";
            return;
        }
        char before = '{';
        for (const auto& [key, member] : object) {
            out_ += std::exchange(before, ',');
            line(depth + 1);
            out_ += json::serialize(json::string(key));
            out_ += ": ";
            value(member, depth + 1);
        }
        line(depth);
        out_ += '}';
    }
    void items(const json::array& array, std::size_t depth) {
        const bool short_ones = std::all_of(
            array.begin(), array.end(), [](const json::value& v) { return !v.is_object() && !v.is_array(); });
        out_ += '[';
        for (std::size_t i = 0; i < array.size(); ++i) {
            if (i > 0) out_ += short_ones ? ", " : ",";
            if (!short_ones) line(depth + 1);
            value(array[i], depth + 1);
        }
        if (!short_ones) line(depth);
        out_ += ']';
    }

    std::string out_;
};

}  // namespace

std::string json_text(const json::value& value) {
    Writer writer;
    writer.value(value, 0);
    return writer.take() + "\n";
}

}  // namespace hil::config
