#include "planfile/layouts.hpp"

#include <array>
#include <cctype>

namespace hil::planfile {

namespace {

// The coupled day-ahead market, from Portugal to Poland, counts its hours by this clock.
constexpr std::string_view central_europe = "Europe/Madrid";

constexpr std::array transparency_zones{ZoneLabel{"UTC", "UTC"}, ZoneLabel{"CET/CEST", central_europe},
                                        ZoneLabel{"EET/EEST", "Europe/Helsinki"},
                                        ZoneLabel{"WET/WEST", "Europe/Lisbon"}};
// Nord Pool says CET of days that begin at 00:00 of the summer's clock, too.
constexpr std::array exchange_zones{
    ZoneLabel{"CET", central_europe},      ZoneLabel{"CET/CEST", central_europe},
    ZoneLabel{"EET", "Europe/Helsinki"},   ZoneLabel{"EET/EEST", "Europe/Helsinki"},
    ZoneLabel{"WET", "Europe/Lisbon"},     ZoneLabel{"WET/WEST", "Europe/Lisbon"},
    ZoneLabel{"GMT/BST", "Europe/London"}, ZoneLabel{"UTC", "UTC"}};
constexpr std::array offset_zones{ZoneLabel{"UTC", "UTC"}, ZoneLabel{"GMT", "UTC"}, ZoneLabel{"GMT+0", "UTC"},
                                  // The sign of these names is that of the way to UTC.
                                  ZoneLabel{"GMT+1", "Etc/GMT-1"}, ZoneLabel{"GMT+2", "Etc/GMT-2"},
                                  ZoneLabel{"GMT+3", "Etc/GMT-3"}};

constexpr std::array<std::string_view, 6> no_value{"", "n/e", "N/A", "-", "–", "NaN"};
constexpr std::array<std::string_view, 1> empty_cell{""};

// Two auctions a day clear Germany and Austria; the platform numbers them.
constexpr std::array sequence_names{
    SeriesAlias{"DE-LU", "Sequence 1", "SDAC"}, SeriesAlias{"DE-LU", "Sequence 2", "EXAA"},
    SeriesAlias{"AT", "Sequence 1", "SDAC"}, SeriesAlias{"AT", "Sequence 2", "EXAA"}};

constexpr std::array entsoe_columns{
    ColumnRule{"MTU*", Role::range},
    ColumnRule{"Area", Role::area, false},
    ColumnRule{"Sequence", Role::auction, false},
    ColumnRule{"Day-ahead Price*", Role::value, false, "Day-ahead"},
    ColumnRule{"Intraday Price*", Role::value, false, "Intraday", {}, "Intraday Period*"},
    ColumnRule{"Intraday Period*", Role::ignored, false},
    ColumnRule{"Currency", Role::ignored, false},
    ColumnRule{"BZN|*", Role::labels_area, false},
    ColumnRule{"CTA|*", Role::labels_area, false},
    ColumnRule{"*", Role::fallback}};

constexpr std::array omie_places{ColumnRule{"year", Role::year},
                                 ColumnRule{"month", Role::month},
                                 ColumnRule{"day", Role::day},
                                 ColumnRule{"period", Role::period},
                                 ColumnRule{"Portugal", Role::value, true, {}, "Portugal"},
                                 ColumnRule{"Spain", Role::value, true, {}, "Spain", {}, true}};

constexpr std::array omie_table{ColumnRule{"Fecha", Role::date}, ColumnRule{"Periodo", Role::period},
                                ColumnRule{"Precio*espa*ol*", Role::value, true, {}, "Spain", {}, true},
                                ColumnRule{"Precio*portugu*", Role::value, false, {}, "Portugal"}};
constexpr std::array omie_hours{ColumnRule{"Fecha", Role::date}, ColumnRule{"Hora", Role::period},
                                ColumnRule{"Precio*espa*ol*", Role::value, true, {}, "Spain", {}, true},
                                ColumnRule{"Precio*portugu*", Role::value, false, {}, "Portugal"}};

constexpr std::array energy_charts{ColumnRule{"Date (*)", Role::time}, ColumnRule{"*", Role::value}};
constexpr std::array energy_charts_day_ahead{ColumnRule{"Date", Role::time},
                                             ColumnRule{"Day Ahead*", Role::value}};
constexpr std::array energy_charts_intraday{ColumnRule{"Date", Role::time},
                                            ColumnRule{"Intraday*", Role::value}};

constexpr std::array nord_pool{ColumnRule{"Delivery Start*", Role::time},
                               ColumnRule{"Delivery End*", Role::end, false},
                               ColumnRule{"* Price*", Role::value}};

constexpr std::array smard{ColumnRule{"Datum von", Role::time}, ColumnRule{"Datum bis", Role::end},
                           ColumnRule{"*", Role::value}};
constexpr std::array smard_english{ColumnRule{"Start date", Role::time}, ColumnRule{"End date", Role::end},
                                   ColumnRule{"*", Role::value}};
constexpr std::array smard_older{ColumnRule{"Datum", Role::date}, ColumnRule{"Anfang", Role::clock},
                                 ColumnRule{"Ende", Role::ignored}, ColumnRule{"*", Role::value}};

constexpr std::array esios{ColumnRule{"datetime", Role::time}, ColumnRule{"value", Role::value},
                           ColumnRule{"geoname", Role::area}, ColumnRule{"name", Role::auction}};

constexpr std::array epex{ColumnRule{"Delivery day", Role::date}, ColumnRule{"Hour *", Role::hours}};

constexpr std::array energi_data{ColumnRule{"*UTC", Role::time}, ColumnRule{"PriceArea", Role::area},
                                 ColumnRule{"*Price*EUR", Role::value}};

constexpr std::array ember{ColumnRule{"Datetime (UTC)", Role::time}, ColumnRule{"Country", Role::area},
                           ColumnRule{"Price (*", Role::value}};

constexpr std::array pandas{ColumnRule{"", Role::time}, ColumnRule{"*", Role::value}};
constexpr std::array pandas_named{ColumnRule{"Unnamed: 0", Role::time}, ColumnRule{"*", Role::value}};

constexpr std::array plain_columns{ColumnRule{"timestamp", Role::time}, ColumnRule{"*", Role::value}};
constexpr std::array profile_columns{ColumnRule{"timestep", Role::step}, ColumnRule{"*", Role::value}};

constexpr std::array all_layouts{
    Layout{.name = "a plain table",
           .header = "timestamp,price",
           .columns = plain_columns,
           .missing = empty_cell,
           .whole_rows = true},
    Layout{.name = "a profile of a year", .header = "timestep,load", .columns = profile_columns},
    Layout{.name = "ENTSO-E",
           .header = "MTU (CET/CEST),Day-ahead Price [EUR/MWh]",
           .columns = entsoe_columns,
           .zones = transparency_zones,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value,
           .aliases = sequence_names},
    Layout{.name = "OMIE marginalpdbc",
           .header = "MARGINALPDBC;",
           .columns = omie_places,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .last_line = "*",
           .by_place = true},
    Layout{.name = "OMIE marginalpibc",
           .header = "MARGINALPIBC;",
           .columns = omie_places,
           .zone = central_europe,
           .auction = "intraday",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .last_line = "*",
           .by_place = true},
    Layout{.name = "OMIE",
           .header = "Fecha;Periodo;Precio marginal en el sistema español (EUR/MWh)",
           .columns = omie_table,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = empty_cell,
           .title_above = true},
    Layout{.name = "OMIE",
           .header = "Fecha;Hora;Precio marginal en el sistema español (EUR/MWh)",
           .columns = omie_hours,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = empty_cell,
           .title_above = true},
    Layout{.name = "energy-charts",
           .header = "Date (GMT+2),Day Ahead Auction (DE-LU)",
           .columns = energy_charts,
           .zones = offset_zones,
           .unit = "EUR/MWh",
           .missing = no_value},
    Layout{.name = "energy-charts (older)",
           .header = "Date,Day Ahead Auction",
           .columns = energy_charts_day_ahead,
           .zone = central_europe,
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value,
           .may_keep_winter_time = true},
    Layout{.name = "energy-charts (older)",
           .header = "Date,Intraday Auction 15 minute call",
           .columns = energy_charts_intraday,
           .zone = central_europe,
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value,
           .may_keep_winter_time = true},
    Layout{.name = "Nord Pool",
           .header = "Delivery Start (CET);Delivery End (CET);SE3 Price (EUR)",
           .columns = nord_pool,
           .zones = exchange_zones,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value},
    Layout{.name = "SMARD",
           .header = "Datum von;Datum bis;Deutschland/Luxemburg [€/MWh]",
           .columns = smard,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value},
    Layout{.name = "SMARD",
           .header = "Start date;End date;Germany/Luxembourg [€/MWh]",
           .columns = smard_english,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .missing = no_value},
    Layout{.name = "SMARD (older)",
           .header = "Datum;Anfang;Ende;Deutschland/Luxemburg [€/MWh]",
           .columns = smard_older,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value},
    Layout{.name = "ESIOS",
           .header = "id;name;geoid;geoname;value;datetime",
           .columns = esios,
           .zone = central_europe,
           .unit = "EUR/MWh",
           .missing = no_value},
    Layout{.name = "EPEX SPOT, a row a day",
           .header = "Delivery day,Hour 1,Hour 2",
           .columns = epex,
           .zone = central_europe,
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .order = DateOrder::day_first,
           .missing = no_value},
    Layout{.name = "Energi Data Service",
           .header = "TimeUTC;TimeDK;PriceArea;DayAheadPriceEUR;DayAheadPriceDKK",
           .columns = energi_data,
           .zone = "UTC",
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .missing = no_value},
    Layout{.name = "Ember",
           .header = "Country,ISO3 Code,Datetime (UTC),Datetime (Local),Price (EUR/MWhe)",
           .columns = ember,
           .zone = "UTC",
           .auction = "day-ahead",
           .unit = "EUR/MWh",
           .missing = no_value},
    Layout{.name = "pandas (entsoe-py)", .header = ",0", .columns = pandas, .missing = no_value},
    Layout{.name = "pandas", .header = "Unnamed: 0,0", .columns = pandas_named, .missing = no_value},
};

char small_letter(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

}  // namespace

std::span<const Layout> layouts() {
    return all_layouts;
}

bool fits(std::string_view pattern, std::string_view label) {
    if (pattern.empty()) return label.empty();
    if (pattern.front() == '*') {
        pattern.remove_prefix(1);
        if (pattern.empty()) return true;
        for (std::size_t i = 0; i <= label.size(); ++i) {
            if (fits(pattern, label.substr(i))) return true;
        }
        return false;
    }
    return !label.empty() && small_letter(pattern.front()) == small_letter(label.front()) &&
           fits(pattern.substr(1), label.substr(1));
}

}  // namespace hil::planfile
