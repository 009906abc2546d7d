#include "report/run_record.hpp"

#include "report/json_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace hil::report {
namespace {

namespace json = boost::json;

constexpr std::string_view form = "hil-run 1";
constexpr std::uintmax_t longest_file = 1u << 20u;

void append_texts(std::string& out, const std::vector<std::string>& texts) {
    out += '[';
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) out += ',';
        observe::append_json_string(out, texts[i]);
    }
    out += ']';
}

void append_digest(Members& to, std::string_view key, const std::string& digest) {
    digest.empty() ? to.none(key) : to.text(key, digest);
}

// Reads members that may be missing as what is there by default.
class Reading {
  public:
    explicit Reading(const json::object& object) : object_(object) {}

    [[nodiscard]] std::string text(std::string_view key) const {
        const auto* value = find(key);
        const auto* found = value != nullptr ? value->if_string() : nullptr;
        return found != nullptr ? std::string(found->data(), found->size()) : std::string();
    }
    [[nodiscard]] std::optional<double> number(std::string_view key) const {
        const auto* value = find(key);
        return value != nullptr && value->is_number() ? std::optional(value->to_number<double>())
                                                      : std::nullopt;
    }
    [[nodiscard]] std::uint64_t count(std::string_view key) const {
        const auto* value = find(key);
        boost::system::error_code none;
        const auto number = value != nullptr ? value->to_number<std::uint64_t>(none) : 0;
        return none ? 0 : number;
    }
    [[nodiscard]] std::optional<WallTime> time(std::string_view key) const {
        static const Zone utc = Zone::utc();
        const auto parsed = utc.parse(text(key));
        return parsed ? std::optional(*parsed) : std::nullopt;
    }
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const {
        std::vector<std::string> out;
        const auto* value = find(key);
        const auto* array = value != nullptr ? value->if_array() : nullptr;
        for (std::size_t i = 0; array != nullptr && i < array->size(); ++i)
            if (const auto* each = (*array)[i].if_string()) out.emplace_back(each->data(), each->size());
        return out;
    }
    [[nodiscard]] Reading part(std::string_view key) const {
        static const json::object nothing;
        const auto* value = find(key);
        const auto* object = value != nullptr ? value->if_object() : nullptr;
        return Reading(object != nullptr ? *object : nothing);
    }
    [[nodiscard]] const json::object& object() const { return object_; }

  private:
    [[nodiscard]] const json::value* find(std::string_view key) const {
        return object_.if_contains({key.data(), key.size()});
    }
    const json::object& object_;
};

}  // namespace

std::string file_token(WallTime at, const Zone& zone) {
    const auto text = zone.format(std::chrono::floor<std::chrono::seconds>(at));
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != ':' && (text[i] != '-' || i >= 10)) out += text[i];
    return out;
}

std::string run_record_name(WallTime begin, const Zone& zone) {
    return fmt::format("run_{}.json", file_token(begin, zone));
}

std::string to_json_text(const RunRecord& record) {
    std::string out;
    Members to(out);
    to.text("format", form);
    to.text("begin", utc_text(record.begin));
    record.end ? to.text("end", utc_text(*record.end)) : to.none("end");
    record.status ? void(to.name("status") += fmt::format("{}", *record.status)) : to.none("status");
    Members versions(to.name("versions"));
    for (const auto& [name, version] : record.versions)
        versions.text(name, version);
    versions.end();
    to.text("transport", record.transport);
    to.text("schedule_source", record.schedule_source);
    to.count("seed", record.seed);
    to.number("speed", record.speed, 6);
    Members configuration(to.name("configuration"));
    configuration.text("file", record.configuration_file);
    append_digest(configuration, "digest", record.configuration_digest);
    configuration.end();
    Members plan(to.name("plan"));
    append_texts(plan.name("files"), record.plan_files);
    append_digest(plan, "digest", record.plan_digest);
    plan.end();
    append_texts(to.name("plants"), record.plants);
    append_texts(to.name("started"), record.started);
    append_texts(to.name("notes"), record.notes);
    to.end();
    return out + '\n';
}

std::optional<RunRecord> parse_run_record(std::string_view text) {
    boost::system::error_code error;
    const auto parsed = json::parse({text.data(), text.size()}, error);
    if (error || !parsed.is_object()) return std::nullopt;
    const Reading from(parsed.get_object());
    const auto begin = from.time("begin");
    if (from.text("format") != form || !begin) return std::nullopt;
    RunRecord out;
    out.begin = *begin;
    out.end = from.time("end");
    if (const auto status = from.number("status")) out.status = static_cast<int>(*status);
    const auto versions = from.part("versions");
    for (const auto& [name, version] : versions.object())
        out.versions.emplace_back(std::string(name), versions.text(std::string(name)));
    out.transport = from.text("transport");
    out.schedule_source = from.text("schedule_source");
    out.seed = from.count("seed");
    out.speed = from.number("speed").value_or(1);
    const auto configuration = from.part("configuration"), plan = from.part("plan");
    out.configuration_file = configuration.text("file");
    out.configuration_digest = configuration.text("digest");
    out.plan_files = plan.texts("files");
    out.plan_digest = plan.text("digest");
    out.plants = from.texts("plants");
    out.started = from.texts("started");
    out.notes = from.texts("notes");
    return out;
}

std::vector<RunRecord> run_records(const std::filesystem::path& directory) {
    namespace fs = std::filesystem;
    std::vector<RunRecord> out;
    std::error_code error;
    for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().string();
        std::error_code unknown;
        if (!name.starts_with("run_") || !name.ends_with(".json") || at->file_size(unknown) > longest_file ||
            unknown)
            continue;
        std::ifstream in(at->path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        if (auto record = parse_run_record(text)) out.push_back(std::move(*record));
    }
    std::ranges::sort(out, {}, &RunRecord::begin);
    return out;
}

}  // namespace hil::report
