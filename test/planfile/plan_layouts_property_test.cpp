// Random plans and prices, written in many layouts, are read as the same instants and values, on days of 23,
// 24 and 25 hours and in four zones.
#include "planfile/plan_file.hpp"
#include "planfile/value_file.hpp"

#include "base/random.hpp"
#include "planfile/workbook_maker.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>

using namespace hil;
using namespace hil::planfile;
using namespace hil::planfile::test;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

// What a clock in the zone shows.
struct Wall {
    int year, month, day, hour, minute;
    double serial;  // days of a workbook
    std::string offset;
};

Wall wall(WallTime at, const Zone& zone) {
    const auto local = zone.local(at);
    const auto minutes = local.since_midnight / 1min;
    const auto days =
        (std::chrono::sys_days(local.date) - std::chrono::sys_days(std::chrono::year{1899} / 12 / 30))
            .count();
    return {static_cast<int>(local.date.year()),
            static_cast<int>(static_cast<unsigned>(local.date.month())),
            static_cast<int>(static_cast<unsigned>(local.date.day())),
            static_cast<int>(minutes / 60),
            static_cast<int>(minutes % 60),
            static_cast<double>(days) + static_cast<double>(minutes) / 1440.0,
            zone.format(at).substr(19)};
}

std::string iso(const Wall& w, char between = 'T') {
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:00", w.year, w.month, w.day, between, w.hour,
                       w.minute);
}

// Whether a time without its offset means this instant.
bool said_by_clock(WallTime at, const Zone& zone) {
    const auto local = zone.local(at);
    const auto first = zone.instant(local.date, local.since_midnight);
    return first && *first == at;
}

struct Entry {
    WallTime at;
    double value;  // NaN: nothing is planned
};
using Entries = std::vector<Entry>;

std::string number(double value, char sign) {
    if (std::isnan(value)) return "end";
    auto text = fmt::format("{:.2f}", value);
    std::replace(text.begin(), text.end(), '.', sign);
    return text;
}

struct PlanLayout {
    const char* name;
    bool local;  // has no offsets
    std::function<std::string(const Entries&, const Zone&)> write;
    PlanReading reading{};
};

std::string lines(const Entries& entries, std::string head,
                  const std::function<std::string(const Entry&)>& line) {
    for (const auto& entry : entries)
        head += line(entry);
    return head;
}

std::string cells(const Entries& entries, const std::function<std::string(const Entry&)>& time) {
    return lines(entries, xml_row({"timestamp", "lib_p_kw"}), [&](const Entry& entry) {
        const auto text = number(entry.value, '.');
        return "<row>" + time(entry) +
               (std::isnan(entry.value) ? "<c t=\"str\"><v>end</v></c>" : "<c><v>" + text + "</v></c>") +
               "</row>";
    });
}

std::string formatted(const std::string& rows, const std::string& code, bool mac = false) {
    auto parts = minimal_parts(rows);
    parts["xl/styles.xml"] = fmt::format(
        R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="200" formatCode="{}"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>)",
        code);
    auto& book = parts["xl/workbook.xml"];
    if (mac) book.insert(book.find("<sheets>"), "<workbookPr date1904=\"true\"/>");
    return archive_of(parts);
}

std::vector<PlanLayout> plan_layouts() {
    const auto serial = [](double value) { return fmt::format("<c s=\"1\"><v>{:.17g}</v></c>", value); };
    return {
        {"CSV with offsets", false,
         [](const Entries& e, const Zone& z) {
             return lines(e, "timestamp,lib_p_kw\n",
                          [&](const Entry& x) { return z.format(x.at) + "," + number(x.value, '.') + "\n"; });
         }},
        {"CSV in UTC, the column behind an empty one's comma", false,
         [](const Entries& e, const Zone&) {
             return lines(e, "timestamp,lib_p_kw,\r\n", [&](const Entry& x) {
                 return iso(wall(x.at, Zone::utc()), ' ') + "Z," + number(x.value, '.') + ",\r\n";
             });
         }},
        {"CSV, local", true,
         [](const Entries& e, const Zone& z) {
             return lines(e, "timestamp,lib_p_kw\n", [&](const Entry& x) {
                 return iso(wall(x.at, z)) + "," + number(x.value, '.') + "\n";
             });
         }},
        {"semicolons, decimal commas, points in dates", true,
         [](const Entries& e, const Zone& z) {
             return lines(e, "timestamp;lib_p_kw\r\n", [&](const Entry& x) {
                 const auto w = wall(x.at, z);
                 return fmt::format("{}.{}.{} {}:{:02};{}\r\n", w.day, w.month, w.year, w.hour, w.minute,
                                    number(x.value, ','));
             });
         }},
        {"semicolons behind sep=, day first by word",
         true,
         [](const Entries& e, const Zone& z) {
             return lines(e, "sep=;\ntimestamp;lib_p_kw;\n", [&](const Entry& x) {
                 const auto w = wall(x.at, z);
                 return fmt::format("{:02}/{:02}/{} {:02}:{:02}:00;{};\n", w.day, w.month, w.year, w.hour,
                                    w.minute, number(x.value, ','));
             });
         },
         {.day_first = true}},
        {"month first by word, on a clock of twelve hours",
         true,
         [](const Entries& e, const Zone& z) {
             return lines(e, "timestamp,lib_p_kw\n", [&](const Entry& x) {
                 const auto w = wall(x.at, z);
                 return fmt::format("{}/{}/{} {}:{:02} {},{}\n", w.month, w.day, w.year,
                                    w.hour % 12 == 0 ? 12 : w.hour % 12, w.minute, w.hour < 12 ? "AM" : "PM",
                                    number(x.value, '.'));
             });
         },
         {.day_first = false}},
        {"JSON", false,
         [](const Entries& e, const Zone& z) {
             auto out = lines(e, "[", [&](const Entry& x) {
                 const auto value = number(x.value, '.');
                 return fmt::format(R"({{"timestamp":"{}","lib_p_kw":{}}},)", z.format(x.at),
                                    std::isnan(x.value) ? "\"end\"" : value);
             });
             out.back() = ']';
             return out;
         }},
        {"workbook of dates", true,
         [serial](const Entries& e, const Zone& z) {
             return formatted(cells(e, [&](const Entry& x) { return serial(wall(x.at, z).serial); }),
                              "dd/mm/yyyy hh:mm");
         }},
        {"workbook of dates since 1904", true,
         [serial](const Entries& e, const Zone& z) {
             return formatted(cells(e, [&](const Entry& x) { return serial(wall(x.at, z).serial - 1462); }),
                              "m/d/yy h:mm AM/PM", true);
         }},
        {"workbook of dates whose format says UTC", false,
         [serial](const Entries& e, const Zone&) {
             return formatted(
                 cells(e, [&](const Entry& x) { return serial(wall(x.at, Zone::utc()).serial); }),
                 "yyyy-mm-dd HH:mm:ss UTC");
         }},
        {"workbook of written dates with a false Z", true,
         [](const Entries& e, const Zone& z) {
             return formatted(cells(e,
                                    [&](const Entry& x) {
                                        return fmt::format("<c s=\"1\" t=\"d\"><v>{}.000Z</v></c>",
                                                           iso(wall(x.at, z)));
                                    }),
                              "m/d/yy");
         }},
        {"workbook of texts with offsets", false,
         [](const Entries& e, const Zone& z) {
             return formatted(cells(e,
                                    [&](const Entry& x) {
                                        return fmt::format("<c t=\"inlineStr\"><is><t>{}</t></is></c>",
                                                           z.format(x.at));
                                    }),
                              "0.00");
         }},
    };
}

// Changes at multiples of five minutes of the day, and its end.
Entries drawn_plan(Random& random, WallTime from, Duration length, const Zone& zone, bool local) {
    Entries out;
    for (Duration after{}; after < length; after += 5min * static_cast<int>(1 + random.below(30))) {
        if (local && !said_by_clock(from + after, zone)) continue;
        const bool silent = !out.empty() && !std::isnan(out.back().value) && random.chance(0.1);
        out.push_back({from + after,
                       silent ? std::nan("") : (static_cast<double>(random.below(40000)) - 20000) / 100.0});
    }
    if (std::isnan(out.back().value)) out.back().value = 1;
    out.push_back({from + length, std::nan("")});
    return out;
}

Series meant(const Entries& entries) {
    std::vector<Row> rows;
    for (const auto& entry : entries)
        rows.push_back({entry.at, std::isnan(entry.value) ? 0 : entry.value, 0, std::isnan(entry.value)});
    rows.pop_back();
    return Series(std::move(rows), entries.back().at);
}

// A day of each length in the zone's year.
std::vector<LocalDate> days_of(const Zone& zone) {
    std::vector<LocalDate> out;
    for (const auto length : {23h, 24h, 25h}) {
        LocalDate date{std::chrono::year{2026}, std::chrono::month{2}, std::chrono::day{3}};
        while (zone.day_length(date) != length)
            date = next_day(date);
        out.push_back(date);
    }
    return out;
}

struct PriceLayout {
    const char* name;
    const char* zone;  // whose days the file has
    std::function<std::string(const Entries&, const Zone&)> write;
};

// A row for the day, the hour that comes twice in columns A and B.
std::string epex(const Entries& entries, const Zone& zone) {
    std::map<std::string, std::string> values;
    std::string header = "Delivery day", row;
    for (const auto& entry : entries) {
        const auto w = wall(entry.at, zone);
        const auto half = w.hour != 2 ? "" : said_by_clock(entry.at, zone) ? "A" : "B";
        values[fmt::format("Hour {}{} Q{}", w.hour + 1, half, w.minute / 15 + 1)] = number(entry.value, '.');
    }
    const auto first = wall(entries.front().at, zone);
    row = fmt::format("{:02}/{:02}/{}", first.day, first.month, first.year);
    for (int hour = 1; hour <= 24; ++hour) {
        for (const auto* half : hour == 3 ? std::vector{"A", "B"} : std::vector{""}) {
            for (int quarter = 1; quarter <= 4; ++quarter) {
                const auto label = fmt::format("Hour {}{} Q{}", hour, half, quarter);
                header += "," + label;
                row += "," + values[label];
            }
        }
    }
    return header + "\n" + row + "\n";
}

std::string on_twelve_hours(const Wall& w) {
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{} {}, {} {}:{:02} {}", months[static_cast<std::size_t>(w.month - 1)], w.day, w.year,
                       w.hour % 12 == 0 ? 12 : w.hour % 12, w.minute, w.hour < 12 ? "AM" : "PM");
}

std::vector<PriceLayout> further_price_layouts() {
    const auto points = [](const Wall& w) {
        return fmt::format("{:02}.{:02}.{} {:02}:{:02}", w.day, w.month, w.year, w.hour, w.minute);
    };
    const auto in_utc = [](WallTime at) { return iso(wall(at, Zone::utc()), ' '); };
    return {
        {"ENTSO-E until 2024", "Europe/Madrid",
         [points](const Entries& e, const Zone& z) {
             return lines(e, "\"MTU (CET/CEST)\",\"Day-ahead Price [EUR/MWh]\",\"Currency\",\"BZN|ES\"\r\n",
                          [&](const Entry& x) {
                              return fmt::format("\"{} - {}\",\"{}\",\"EUR\"\r\n", points(wall(x.at, z)),
                                                 points(wall(x.at + 15min, z)), number(x.value, '.'));
                          });
         }},
        {"OMIE's accumulated file", "Europe/Madrid",
         [](const Entries& e, const Zone& z) {
             int period = 0;
             return lines(
                 e,
                 "OMIE - Mercado de electricidad;;\n\nFecha;Periodo;Precio marginal en el sistema español "
                 "(EUR/MWh);Precio marginal en el sistema portugués (EUR/MWh);\n",
                 [&](const Entry& x) {
                     const auto w = wall(e.front().at, z);
                     return fmt::format("{:02}/{:02}/{};{};{};1,5;\n", w.day, w.month, w.year, ++period,
                                        number(x.value, ','));
                 });
         }},
        {"energy-charts", "Europe/Madrid",
         [](const Entries& e, const Zone& z) {
             return lines(e, "Date (GMT+2),Day Ahead Auction (DE-LU)\n,\"Price (EUR/MWh, EUR/tCO2)\"\n",
                          [&](const Entry& x) {
                              const auto w = wall(x.at, z);
                              return iso(w).substr(0, 16) + w.offset + "," + number(x.value, '.') + "\n";
                          });
         }},
        {"EPEX SPOT", "Europe/Madrid", epex},
        {"Energi Data Service, the newest first", "Europe/Madrid",
         [in_utc](const Entries& e, const Zone&) {
             return lines(Entries(e.rbegin(), e.rend()),
                          "TimeUTC;TimeDK;PriceArea;DayAheadPriceEUR;DayAheadPriceDKK\n",
                          [&](const Entry& x) {
                              return fmt::format("{};-;DK1;{};1,5\n", in_utc(x.at), number(x.value, ','));
                          });
         }},
        {"Ember", "Europe/Madrid",
         [in_utc](const Entries& e, const Zone&) {
             return lines(e, "Country,ISO3 Code,Datetime (UTC),Datetime (Local),Price (EUR/MWhe)\n",
                          [&](const Entry& x) {
                              return fmt::format("Spain,ESP,{},-,{}\n", in_utc(x.at), number(x.value, '.'));
                          });
         }},
        {"SMARD in English", "Europe/Madrid",
         [](const Entries& e, const Zone& z) {
             return lines(e, "Start date;End date;Germany/Luxembourg [€/MWh] Original resolutions\n",
                          [&](const Entry& x) {
                              return fmt::format("{};{};{}\n", on_twelve_hours(wall(x.at, z)),
                                                 on_twelve_hours(wall(x.at + 15min, z)),
                                                 number(x.value, '.'));
                          });
         }},
        {"a table of one's own, offsets", "America/New_York",
         [](const Entries& e, const Zone& z) {
             return lines(e, "sep=;\r\ntimestamp;price (ct/kWh)\r\n", [&](const Entry& x) {
                 return fmt::format("{};{}\r\n", z.format(x.at), fmt::format("{:.3f}", x.value / 10));
             });
         }},
        {"a workbook", "Europe/Lisbon",
         [in_utc](const Entries& e, const Zone&) {
             auto rows = xml_row({"timestamp", "price"});
             for (const auto& x : e)
                 rows += xml_row({in_utc(x.at) + "Z", number(x.value, '.')});
             return minimal_workbook(rows);
         }},
    };
}

std::vector<PriceLayout> price_layouts() {
    const auto range = [](const Wall& a, const Wall& b) {
        return fmt::format("{:02}/{:02}/{} {:02}:{:02}:00 - {:02}/{:02}/{} {:02}:{:02}:00", a.day, a.month,
                           a.year, a.hour, a.minute, b.day, b.month, b.year, b.hour, b.minute);
    };
    const auto entsoe = [range](const char* name) {
        return [range, name](const Entries& e, const Zone& z) {
            return lines(
                e, fmt::format("\"MTU ({})\",\"Area\",\"Sequence\",\"Day-ahead Price (EUR/MWh)\"\n", name),
                [&](const Entry& x) {
                    return fmt::format("\"{}\",\"BZN|ES\",\"Without Sequence\",\"{}\"\n",
                                       range(wall(x.at, z), wall(x.at + 15min, z)), number(x.value, '.'));
                });
        };
    };
    const auto points = [](const Wall& w) {
        return fmt::format("{:02}.{:02}.{} {:02}:{:02}", w.day, w.month, w.year, w.hour, w.minute);
    };
    return {
        {"ENTSO-E, CET/CEST", "Europe/Madrid", entsoe("CET/CEST")},
        {"ENTSO-E, WET/WEST", "Europe/Lisbon", entsoe("WET/WEST")},
        {"ENTSO-E, EET/EEST", "Europe/Helsinki", entsoe("EET/EEST")},
        {"ENTSO-E, UTC", "UTC", entsoe("UTC")},
        {"OMIE marginalpdbc", "Europe/Madrid",
         [](const Entries& e, const Zone& z) {
             int period = 0;
             return lines(e, "MARGINALPDBC;\n",
                          [&](const Entry& x) {
                              const auto w = wall(e.front().at, z);
                              return fmt::format("{};{:02};{:02};{};0.00;{};\n", w.year, w.month, w.day,
                                                 ++period, number(x.value, '.'));
                          }) +
                    "*\n";
         }},
        {"Nord Pool", "Europe/Madrid",
         [points](const Entries& e, const Zone& z) {
             return lines(e, "Delivery Start (CET);Delivery End (CET);SE3 Price (EUR)\n",
                          [&](const Entry& x) {
                              return fmt::format("{}:00;{}:00;{}\n", points(wall(x.at, z)),
                                                 points(wall(x.at + 15min, z)), number(x.value, ','));
                          });
         }},
        {"SMARD", "Europe/Madrid",
         [points](const Entries& e, const Zone& z) {
             return lines(e, "Datum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen\n",
                          [&](const Entry& x) {
                              return fmt::format("{};{};{}\n", points(wall(x.at, z)),
                                                 points(wall(x.at + 15min, z)), number(x.value, ','));
                          });
         }},
        {"ESIOS", "Europe/Madrid",
         [](const Entries& e, const Zone& z) {
             return lines(e, "id;name;geoid;geoname;value;datetime\n", [&](const Entry& x) {
                 return fmt::format("600;SPOT;3;España;{};{}\n", number(x.value, '.'), z.format(x.at));
             });
         }},
        {"pandas", "Europe/Helsinki",
         [](const Entries& e, const Zone& z) {
             return lines(e, ",0\n", [&](const Entry& x) {
                 const auto w = wall(x.at, z);
                 return iso(w, ' ') + w.offset + "," + number(x.value, '.') + "\n";
             });
         }},
    };
}

}  // namespace

TEST_CASE("random plans in twelve layouts are read as the same instants and values") {
    Random random(20261025);
    int plans = 0;
    for (const auto* name : {"Europe/Madrid", "Europe/Lisbon", "Europe/Helsinki", "America/New_York"}) {
        const auto zone = Zone::find(name).value();
        for (const auto date : days_of(zone)) {
            for (const auto& layout : plan_layouts()) {
                for (int round = 0; round < 3; ++round) {
                    CAPTURE(name, hil::to_string(date), layout.name, round);
                    const auto entries =
                        drawn_plan(random, zone.midnight(date), zone.day_length(date), zone, layout.local);
                    const auto plan =
                        parse_plan(layout.write(entries, zone), "plan", plants(), zone, layout.reading);
                    for (const auto& problem : plan.problems)
                        FAIL(problem.message());
                    REQUIRE(plan.columns.size() == 1);
                    REQUIRE(plan.columns[0].series == meant(entries));
                    ++plans;
                }
            }
        }
    }
    CHECK(plans == 4 * 3 * 12 * 3);
}

TEST_CASE("random prices in eighteen layouts are read as the same instants and values") {
    Random random(20260329);
    auto layouts = price_layouts();
    std::ranges::move(further_price_layouts(), std::back_inserter(layouts));
    CHECK(layouts.size() == 18);
    for (const auto* configured : {"Europe/Madrid", "Europe/Lisbon", "Europe/Helsinki", "America/New_York"}) {
        const auto here = Zone::find(configured).value();
        for (const auto& layout : layouts) {
            const auto zone = Zone::find(layout.zone).value();
            const auto dates = std::string_view(layout.zone) == "UTC"
                                   ? std::vector{LocalDate{std::chrono::year{2026}, std::chrono::month{10},
                                                           std::chrono::day{25}}}
                                   : days_of(zone);
            for (const auto date : dates) {
                CAPTURE(configured, hil::to_string(date), layout.name);
                Entries entries;
                for (Duration after{}; after < zone.day_length(date); after += 15min)
                    entries.push_back({zone.midnight(date) + after,
                                       (static_cast<double>(random.below(60000)) - 10000) / 100.0});
                const auto file = parse_values(layout.write(entries, zone), "prices", here);
                for (const auto& problem : file.problems)
                    FAIL(problem.message());
                REQUIRE(file.values.size() == entries.size());
                for (std::size_t i = 0; i < entries.size(); ++i)
                    REQUIRE(file.values[i] ==
                            IntervalValue{entries[i].at, entries[i].at + 15min, file.values[i].value});
                for (std::size_t i = 0; i < entries.size(); ++i)
                    REQUIRE(file.values[i].value == Approx(entries[i].value).margin(1e-9));
                CHECK(file.gaps(zone.midnight(date), zone.midnight(next_day(date)), zone).empty());
            }
        }
    }
}
