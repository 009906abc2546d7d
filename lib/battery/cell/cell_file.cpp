#include "battery/cell/cell_file.hpp"

#include "base/number.hpp"
#include "battery/batteries.hpp"
#include "battery/vanadium.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace hil::battery {
namespace {

namespace json = boost::json;
using Points = std::vector<std::pair<double, double>>;

struct NamedCell {
    const char* name;
    Physics (*make)();
};
constexpr NamedCell named_cells[] = {
    {"lfp", lithium_iron_phosphate},  {"nmc", lithium_nickel_manganese_cobalt},
    {"lmo", lithium_manganese_oxide}, {"lg_m50", lithium_lg_m50},
    {"lco", lithium_cobalt_oxide},    {"vrfb", vanadium_redox_flow}};

// The sentence that ends the reading of a file.
struct Complaint {
    std::string sentence;
};

[[noreturn]] void complain(std::string_view key, const std::string& what) {
    throw Complaint{fmt::format("{}: {}", key, what)};
}

double number_at(const json::value& value, std::string_view key, double least, double most,
                 std::string_view rule) {
    double out = NAN;
    if (value.is_double()) out = value.as_double();
    if (value.is_int64()) out = static_cast<double>(value.as_int64());
    if (value.is_uint64()) out = static_cast<double>(value.as_uint64());
    if (!(out >= least && out <= most))
        complain(key, fmt::format("must be {}, got {}", rule, json::serialize(value)));
    return out;
}

std::string text_at(const json::value& value, std::string_view key) {
    if (!value.is_string()) complain(key, fmt::format("must be a text, got {}", json::serialize(value)));
    return std::string(value.as_string());
}

std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> out{""};
    for (const char c : line) {
        if (c == ',' || c == ';' || c == '\t')
            out.emplace_back();
        else if (c != '"' && c != '\r')
            out.back() += c;
    }
    return out;
}

struct TableFile {
    std::string file, soc, value;
    double soc_scale = 1, value_scale = 1;
};

// Two columns of a file, as far as both have numbers.
Points points_of_file(const TableFile& of, std::string_view key, const std::filesystem::path& beside,
                      const ReadText& read) {
    const auto text = read(beside / of.file);
    if (!text) complain(key, fmt::format("the file \"{}\" cannot be read", of.file));
    std::istringstream in(*text);
    std::string line;
    std::getline(in, line);
    const auto header = cells_of(line);
    const auto column = [&](const std::string& name) {
        const auto found = std::ranges::find(header, name);
        if (found == header.end()) complain(key, fmt::format("{} has no column \"{}\"", of.file, name));
        return static_cast<std::size_t>(found - header.begin());
    };
    const auto soc = column(of.soc), value = column(of.value);
    Points out;
    while (std::getline(in, line)) {
        const auto cells = cells_of(line);
        if (std::max(soc, value) >= cells.size()) continue;
        const auto s = parse_number(cells[soc]), v = parse_number(cells[value]);
        if (s && v) out.emplace_back(*s * of.soc_scale, *v * of.value_scale);
    }
    return out;
}

TableFile table_file_of(const json::object& object, std::string_view key) {
    TableFile out;
    for (const auto& [name, value] : object) {
        const auto place = fmt::format("{}.{}", key, std::string_view(name));
        if (name == "file")
            out.file = text_at(value, place);
        else if (name == "soc")
            out.soc = text_at(value, place);
        else if (name == "value")
            out.value = text_at(value, place);
        else if (name == "soc_scale")
            out.soc_scale = number_at(value, place, 1e-9, 1e9, "a number above 0");
        else if (name == "value_scale")
            out.value_scale = number_at(value, place, 1e-9, 1e9, "a number above 0");
        else
            complain(place, "is not known; known are file, soc, value, soc_scale, value_scale");
    }
    return out;
}

SocTable table_at(const json::value& value, std::string_view key, double least, double most,
                  std::string_view rule, const std::filesystem::path& beside, const ReadText& read) {
    Points points;
    if (value.is_object()) {
        points = points_of_file(table_file_of(value.as_object(), key), key, beside, read);
    } else if (value.is_array()) {
        for (const auto& row : value.as_array()) {
            if (!row.is_array() || row.as_array().size() != 2)
                complain(key, "must be a list of [state of charge, value]");
            points.emplace_back(number_at(row.as_array()[0], key, 0, 1, "a state of charge of 0 to 1"),
                                number_at(row.as_array()[1], key, least, most, rule));
        }
    } else {
        complain(key, "must be a list of [state of charge, value], or an object with the file of a table");
    }
    if (points.size() < 2 || std::abs(points.front().first) > 1e-9 ||
        std::abs(points.back().first - 1) > 1e-9)
        complain(key, "must go from a state of charge of 0 to one of 1");
    points.front().first = 0;
    points.back().first = 1;
    for (std::size_t i = 1; i < points.size(); ++i)
        if (!(points[i].first > points[i - 1].first))
            complain(key, fmt::format("the state of charge must increase, {} is followed by {}",
                                      format_number(points[i - 1].first), format_number(points[i].first)));
    for (const auto& [soc, one] : points)
        if (!(one >= least && one <= most))
            complain(key, fmt::format("must be {}, got {}", rule, format_number(one)));
    return SocTable(points);
}

std::array<RcPair, 2> pairs_at(const json::value& value) {
    if (!value.is_array() || value.as_array().size() > 2)
        complain("pairs", "must be a list of at most two {ohm, tau_s}");
    std::array<RcPair, 2> out{};
    for (std::size_t k = 0; k < value.as_array().size(); ++k) {
        const auto& one = value.as_array()[k];
        if (!one.is_object()) complain("pairs", "must be a list of at most two {ohm, tau_s}");
        for (const auto& [name, number] : one.as_object()) {
            const auto place = fmt::format("pairs[{}].{}", k, std::string_view(name));
            if (name == "ohm")
                out[k].ohm = number_at(number, place, 0, 1e3, "0 to 1000");
            else if (name == "tau_s")
                out[k].tau_s = number_at(number, place, 1e-3, 1e6, "0.001 to 1000000");
            else
                complain(place, "is not known; known are ohm, tau_s");
        }
    }
    return out;
}

AgeingLaw law_at(const json::value& value) {
    const auto name = text_at(value, "ageing");
    std::vector<std::string> names;
    for (const auto& info : ageing_laws()) {
        if (name == info.name) return info.law;
        names.emplace_back(info.name);
    }
    complain("ageing", fmt::format("must be one of {}, got \"{}\"", fmt::join(names, ", "), name));
}

struct NumberKey {
    const char* name;
    double CellParameters::* member;
    double least, most, scale;
};
constexpr NumberKey number_keys[] = {
    {"capacity_ah", &CellParameters::capacity_ah, 1e-6, 1e6, 1},
    {"v_min", &CellParameters::v_min, 0, 1e4, 1},
    {"v_max", &CellParameters::v_max, 0, 1e4, 1},
    {"coulombic_efficiency", &CellParameters::coulombic_efficiency, 0.5, 1, 1},
    {"resistance_activation_k", &CellParameters::resistance_activation_k, 0, 2e4, 1},
    {"hysteresis_v", &CellParameters::hysteresis_v, 0, 1, 1},
    {"hysteresis_rate", &CellParameters::hysteresis_rate, 0, 1e4, 1},
    {"heat_capacity_j_k", &CellParameters::heat_capacity_j_k, 1e-3, 1e9, 1},
    {"thermal_resistance_k_w", &CellParameters::thermal_resistance_k_w, 1e-6, 1e6, 1},
    {"self_discharge_per_day", &CellParameters::self_discharge_per_s, 0, 1, 1.0 / 86'400}};

void take_member(CellFile& out, std::string_view key, const json::value& value,
                 const std::filesystem::path& beside, const ReadText& read) {
    auto& cell = out.physics.cell;
    for (const auto& known : number_keys)
        if (key == known.name) {
            cell.*known.member = known.scale * number_at(value, key, known.least, known.most,
                                                         fmt::format("{} to {}", format_number(known.least),
                                                                     format_number(known.most)));
            return;
        }
    constexpr std::string_view volts = "0 to 10000 V", ohms = "above 0 and at most 1000 ohm";
    if (key == "name")
        out.name = text_at(value, key);
    else if (key == "source")
        out.source = text_at(value, key);
    else if (key == "ocv_v")
        cell.ocv_v = table_at(value, key, 0, 1e4, volts, beside, read);
    else if (key == "charge_ohm")
        cell.charge_ohm = table_at(value, key, 1e-9, 1e3, ohms, beside, read);
    else if (key == "discharge_ohm")
        cell.discharge_ohm = table_at(value, key, 1e-9, 1e3, ohms, beside, read);
    else if (key == "pairs")
        cell.pairs = pairs_at(value);
    else if (key == "ageing")
        out.physics.ageing = law_at(value);
    else if (key != "like" && key != "identified")
        complain(key, "is not known");
}

}  // namespace

std::optional<Physics> named_cell(std::string_view name) {
    for (const auto& cell : named_cells)
        if (name == cell.name) return cell.make();
    return std::nullopt;
}

std::vector<std::string> cell_names() {
    std::vector<std::string> out;
    for (const auto& cell : named_cells)
        out.emplace_back(cell.name);
    return out;
}

CellFile parse_cell(std::string_view text, const std::string& file, const ReadText& read_table) {
    CellFile out{.name = std::filesystem::path(file).stem().string(),
                 .source = {},
                 .physics = lithium_nickel_manganese_cobalt(),
                 .problem = {}};
    boost::system::error_code error;
    const auto document = json::parse(text, error);
    try {
        if (error || !document.is_object()) throw Complaint{"is not a JSON object"};
        const auto& object = document.as_object();
        if (const auto* like = object.if_contains("like")) {
            const auto name = text_at(*like, "like");
            const auto cell = named_cell(name);
            if (!cell)
                complain("like",
                         fmt::format("must be one of {}, got \"{}\"", fmt::join(cell_names(), ", "), name));
            out.physics = *cell;
        }
        // A pair that the file does not have is none, not that of the cell it is like.
        out.physics.cell.pairs = {};
        for (const char* key : {"capacity_ah", "ocv_v", "discharge_ohm"})
            if (!object.contains(key)) complain(key, "is missing");
        for (const auto& [key, value] : object)
            take_member(out, key, value, std::filesystem::path(file).parent_path(), read_table);
        if (!object.contains("charge_ohm")) out.physics.cell.charge_ohm = out.physics.cell.discharge_ohm;
        if (out.physics.cell.v_max <= out.physics.cell.v_min) complain("v_max", "must be above v_min");
        if (out.physics.cell.hysteresis_v > 0 && out.physics.cell.hysteresis_rate <= 0)
            complain("hysteresis_rate", "must be above 0 where there is hysteresis_v");
    } catch (const Complaint& complaint) {
        out.problem = fmt::format("{}: {}", file, complaint.sentence);
    }
    return out;
}

CellFile load_cell(const std::string& name_or_file) {
    if (auto cell = named_cell(name_or_file))
        return {.name = name_or_file, .source = {}, .physics = *cell, .problem = {}};
    constexpr std::uintmax_t most = 16U << 20U;
    const ReadText read = [](const std::filesystem::path& file) -> std::optional<std::string> {
        std::error_code none;
        const auto size = std::filesystem::file_size(file, none);
        if (none || size > most) return std::nullopt;
        std::ifstream in(file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        return in ? std::optional(text.str()) : std::nullopt;
    };
    const auto text = read(name_or_file);
    if (!text)
        return {.name = {},
                .source = {},
                .physics = lithium_nickel_manganese_cobalt(),
                .problem = fmt::format("{}: is no file that can be read, nor one of {}", name_or_file,
                                       fmt::join(cell_names(), ", "))};
    return parse_cell(*text, name_or_file, read);
}

std::string to_json(const WrittenCell& cell) {
    std::string out = "{\n";
    const auto text = [&out](const char* key, const std::string& value) {
        if (!value.empty()) out += fmt::format("  \"{}\": {},\n", key, json::serialize(json::value(value)));
    };
    const auto number = [&out](const char* key, double value) {
        out += fmt::format("  \"{}\": {},\n", key, format_number(value, 9));
    };
    const auto table = [&out](const char* key, const Points& points) {
        out += fmt::format("  \"{}\": [", key);
        for (std::size_t i = 0; i < points.size(); ++i)
            out += fmt::format("{}{}[{}, {}]", i == 0 ? "" : ",", i % 5 == 0 ? "\n    " : " ",
                               format_number(points[i].first, 6), format_number(points[i].second, 9));
        out += "\n  ],\n";
    };
    text("name", cell.name);
    text("source", cell.source);
    text("like", cell.like);
    text("ageing", cell.ageing);
    number("capacity_ah", cell.capacity_ah);
    number("v_min", cell.v_min);
    number("v_max", cell.v_max);
    table("ocv_v", cell.ocv_v);
    table("charge_ohm", cell.charge_ohm);
    table("discharge_ohm", cell.discharge_ohm);
    out += "  \"pairs\": [";
    bool first = true;
    for (const auto& pair : cell.pairs) {
        if (pair.ohm <= 0) continue;
        out += fmt::format("{}{{\"ohm\": {}, \"tau_s\": {}}}", first ? "" : ", ", format_number(pair.ohm, 9),
                           format_number(pair.tau_s, 4));
        first = false;
    }
    out += "]";
    if (!cell.identified.empty()) out += fmt::format(",\n  \"identified\": {}", cell.identified);
    return out + "\n}\n";
}

}  // namespace hil::battery
