#include "config/document.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <vector>

namespace hil::config {

namespace json = boost::json;

namespace {

using Error = boost::system::error_code;

// Receives the parser's events and builds the value; knows where in the document it is.
class Builder {
  public:
    static constexpr std::size_t max_object_size = 100'000, max_array_size = 100'000, max_key_size = 1'000,
                                 max_string_size =
                                     16'000'000;  // a whole plan or a year of prices is one string

    explicit Builder(Problems& problems) : problems_(problems) {}

    json::value take() { return std::move(root_); }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return open(json::object()); }
    bool on_object_end(std::size_t, Error&) { return close(); }
    bool on_array_begin(Error&) { return open(json::array()); }
    bool on_array_end(std::size_t, Error&) { return close(); }
    bool on_key_part(json::string_view part, std::size_t, Error&) { return text_.append(part), true; }
    bool on_key(json::string_view part, std::size_t, Error&) {
        text_.append(part);
        open_.back().key = std::move(text_);
        text_.clear();
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, Error&) { return text_.append(part), true; }
    bool on_string(json::string_view part, std::size_t, Error&) {
        text_.append(part);
        const bool ok = put(json::value(text_));
        text_.clear();
        return ok;
    }
    bool on_number_part(json::string_view, Error&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, Error&) { return put(number); }
    bool on_uint64(std::uint64_t number, json::string_view, Error&) { return put(number); }
    bool on_double(double number, json::string_view, Error&) { return put(number); }
    bool on_bool(bool truth, Error&) { return put(truth); }
    bool on_null(Error&) { return put(nullptr); }
    bool on_comment_part(json::string_view, Error&) { return true; }
    bool on_comment(json::string_view, Error&) { return true; }

  private:
    struct Open {
        json::value value;
        std::string key;  // the member that comes next, if it is an object
    };

    bool open(json::value value) {
        open_.push_back({std::move(value), {}});
        return true;
    }
    bool close() {
        json::value done = std::move(open_.back().value);
        open_.pop_back();
        return put(std::move(done));
    }
    bool put(json::value value) {
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (auto* array = open_.back().value.if_array()) {
            array->push_back(std::move(value));
        } else {
            const auto& key = open_.back().key;
            if (!open_.back().value.get_object().emplace(key, std::move(value)).second)
                problems_.add(pointer(), "duplicate key, it stands in this object more than once");
        }
        return true;
    }
    [[nodiscard]] std::string pointer() const {
        std::string out;
        for (const auto& level : open_) {
            if (const auto* array = level.value.if_array())
                out = below(out, std::to_string(array->size()));
            else
                out = below(out, level.key);
        }
        return out;
    }

    Problems& problems_;
    std::vector<Open> open_;
    std::string text_;
    json::value root_;
};

std::string place(std::string_view text, std::size_t at) {
    const auto before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto start = before.rfind('\n');
    const auto column = start == std::string_view::npos ? at + 1 : at - start;
    return fmt::format("line {}, column {}", line, column);
}

// What stands at the place of an error, as far as it helps to find it.
std::string excerpt(std::string_view text, std::size_t at) {
    auto rest = text.substr(at, 20);
    rest = rest.substr(0, rest.find_first_of("\r\n"));
    std::string out;
    for (const char c : rest) {
        if (c < ' ' || c > '~') break;
        out += c;
    }
    return out;
}

// Boost reports where it stopped; inside a word that is not at its begin.
std::size_t begin_of_word(std::string_view text, std::size_t at) {
    const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (at > 0 && at < text.size() && word(text[at]) && word(text[at - 1]))
        --at;
    return at;
}

std::string syntax_problem(std::string_view text, std::size_t at, const Error& error) {
    if (error == json::error::incomplete) {
        if (at == 0 || text.find_first_not_of(" \t\r\n") == std::string_view::npos)
            return "is not JSON: there is nothing in it";
        return fmt::format("is not JSON: it ends too early, at {}", place(text, text.size()));
    }
    at = begin_of_word(text, std::min(at, text.size()));
    auto out = fmt::format("is not JSON: {} at {}", error.message(), place(text, at));
    const auto near = excerpt(text, at);
    if (!near.empty()) out += fmt::format(", near `{}`", near);
    for (const std::string_view word : {"NaN", "nan", "Infinity", "-Infinity", "inf"})
        if (text.substr(at).starts_with(word)) out += " (a number must be finite)";
    return out;
}

}  // namespace

std::optional<json::value> read_document(std::string_view text, Problems& problems) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (text.empty()) {
        problems.add({}, "is empty, a configuration is a JSON object with at least `plants`");
        return std::nullopt;
    }
    json::parse_options options;
    options.allow_comments = true;
    options.allow_trailing_commas = true;
    json::basic_parser<Builder> parser(options, problems);
    Error error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (error) {
        // Duplicates found so far are said too, the syntax error first.
        problems.add_first({}, syntax_problem(text, used, error));
        return std::nullopt;
    }
    return parser.handler().take();
}

}  // namespace hil::config
