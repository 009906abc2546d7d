#include "base/random.hpp"
#include "planfile/layouts.hpp"
#include "planfile/value_file.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace hil;
using namespace hil::planfile;

TEST_CASE("no nonsense in a file of prices does more than be refused") {
    const std::string head =
        "\"MTU (CET/CEST)\",\"Area\",\"Sequence\",\"Day-ahead Price (EUR/MWh)\",\"Intraday Period "
        "(CET/CEST)\",\"Intraday Price (EUR/MWh)\"\n";
    const std::string rows =
        "\"15/06/2026 00:00:00 - 15/06/2026 00:15:00\",\"BZN|ES\",\"Without Sequence\",\"80.5\",\"\",\"\"\n";
    const std::vector<std::string> files{
        head + rows,
        "MARGINALPDBC;\n2026;06;15;1;80.0;80.0;\n*\n",
        "OMIE;;15/06/2026;\n\n;1;2;\nPrecio marginal en el sistema español (Cent/kWh);1,0;2,0;\n",
        "Delivery day,Hour 1,Hour 3B Q2\n15/06/2026,80.0,1\n",
        "timestamp;price (ct/kWh)\n15.06.2026 0:00;1.000,5\n",
        "Date,Intraday Auction 15 minute call\n28/03/2021 02:00,1\n28/03/2021 03:00,2\n",
        ",0\n2026-06-15 00:00:00+02:00,8\n"};
    const std::string_view alphabet = "\",;\n\r:/.-0129 AQ*\xE2\x88\x92()|";
    Random random(15);
    int refused = 0;
    for (int round = 0; round < 10'000; ++round) {
        auto text = files[random.below(files.size())];
        for (auto n = 1 + random.below(5); n > 0 && !text.empty(); --n) {
            const auto where = random.below(text.size());
            if (random.chance(0.3))
                text.erase(where, 1 + random.below(6));
            else if (random.chance(0.5))
                text.insert(where, 1, alphabet[random.below(alphabet.size())]);
            else
                text[where] = alphabet[random.below(alphabet.size())];
        }
        const auto file = parse_values(text, "p.csv", schedule::test::madrid());
        REQUIRE(file.ok() == !file.values.empty());
        if (!file.ok()) ++refused;
        for (std::size_t i = 0; i < file.values.size(); ++i) {
            REQUIRE(file.values[i].from < file.values[i].to);
            if (i > 0) REQUIRE(file.values[i - 1].to <= file.values[i].from);
        }
    }
    CHECK(refused > 1000);
}

TEST_CASE("a label fits its pattern whatever its case, a star being any text") {
    CHECK(fits("MTU*", "mtu (CET/CEST)"));
    CHECK(fits("* Price*", "SE3 Price (EUR)"));
    CHECK(fits("Precio*espa*ol*", "Precio marginal en el sistema español (EUR/MWh)"));
    CHECK(fits("", ""));
    CHECK_FALSE(fits("", "x"));
    CHECK_FALSE(fits("Date", "Date (GMT+2)"));
    CHECK_FALSE(fits("Date (*)", "Date"));
}
