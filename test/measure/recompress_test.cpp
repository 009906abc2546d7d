#include "measure/recompress.hpp"
#include "measure/errors.hpp"
#include "measure/site.hpp"

#include <boost/system/errc.hpp>

using namespace hil;
using namespace hil::measure;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
const std::filesystem::path file = "data/20251001_lib.csv";
using Action = MemoryStore::Action;

std::vector<Row> dense() {
    std::vector<Row> rows{null_row(ten - 2s)};
    for (int i = 0; i < 900; ++i)
        rows.push_back(row(ten + i * 2s, i / 100, 0.5));
    rows.push_back(null_row(ten + 1800s));
    return rows;
}

std::string text_of(const std::vector<Row>& rows) {
    std::string text(csv_header());
    for (const auto& r : rows)
        append_row(text, r, shipped_format(), madrid());
    return text;
}

// What a recorder keeps of the same samples.
std::string recorded() {
    Site site(ten);
    REQUIRE(site.start());
    for (const auto& r : dense())
        if (!r.null) site.sample(r);
    REQUIRE(site.stop());
    return site.file("20251001_lib.csv");
}

result<Recompressed> compress(MemoryStore& store) {
    return recompress(store, file, shipped_rule(), shipped_format(), madrid());
}

}  // namespace

TEST_CASE("a dense recording becomes what the recorder would have kept") {
    MemoryStore store;
    store[file] = text_of(dense());
    const auto before = store[file].size();
    const auto done = compress(store);
    REQUIRE(done);
    CHECK(done->replaced);
    CHECK(store[file] == recorded());
    CHECK(done->rows_before == 902);
    CHECK(done->rows_after == rows_of(store[file]).size());
    CHECK(done->bytes_before == before);
    CHECK(done->bytes_after == store[file].size());
    CHECK(store.files().size() == 1);
}

TEST_CASE("a measured row takes the place of a null row of its instant when a recording is compressed") {
    MemoryStore store;
    auto rows = dense();
    const auto closing = rows.back().at;
    for (int i = 0; i < 50; ++i)
        rows.push_back(row(closing + i * 2s, 3, 0.5));  // a run that began where the one before had closed
    store[file] = text_of(rows);
    const auto done = compress(store);
    REQUIRE(done);
    CHECK(done->replaced);
    const auto kept = rows_of(store[file]);
    const auto at_closing = [&](const Row& r) { return r.at == closing; };
    CHECK(std::none_of(kept.begin(), kept.end(), [&](const Row& r) { return at_closing(r) && r.null; }));
    CHECK(std::is_sorted(kept.begin(), kept.end(), [](const Row& a, const Row& b) { return a.at < b.at; }));
    CHECK(kept.back().at == closing + 98s);

    store[file] = text_of({row(ten, 1), null_row(ten), row(ten + 2s, 1), row(ten + 4s, 1)});
    REQUIRE(compress(store));
    CHECK(outline(rows_of(store[file]), ten) == "0 4");
    store[file] = text_of({row(ten, 1), row(ten, 2)});
    CHECK(compress(store).error() == errc::not_in_order);
}

TEST_CASE("a recording in which nothing is to be saved is not touched") {
    MemoryStore store;
    store[file] = text_of({row(ten, 1), row(ten + 2s, 2), row(ten + 4s, 3)});
    const auto before = store.files();
    store.on_action = [](Action action, const std::filesystem::path& path) {
        CHECK((action != Action::rename && (action != Action::write_at || path != file)));
        return MemoryStore::Verdict{};
    };
    const auto done = compress(store);
    REQUIRE(done);
    CHECK_FALSE(done->replaced);
    CHECK(done->bytes_after == done->bytes_before);
    CHECK(store.files() == before);
}

TEST_CASE("whichever action fails, the recording is whole: as it was or as it becomes") {
    const auto original = text_of(dense()), compressed = recorded();
    for (int failing = 0;; ++failing) {
        INFO("action " << failing);
        MemoryStore store;
        store[file] = original;
        int count = 0;
        store.on_action = [&](Action, const std::filesystem::path&) {
            const bool fails = count++ == failing;
            return MemoryStore::Verdict{
                fails ? boost::system::errc::make_error_code(boost::system::errc::io_error) : error_code{},
                50};
        };
        const auto done = compress(store);
        CHECK(store[file] == (done ? compressed : original));
        if (count <= failing) {
            CHECK(done);
            break;
        }
        REQUIRE(failing < 100);
    }
}

TEST_CASE("what is not in order, torn, pending or of another maker is refused and left as it is") {
    const auto refused = [](std::string text, errc why) {
        MemoryStore store;
        store[file] = std::move(text);
        const auto before = store.files();
        CHECK(compress(store).error() == why);
        CHECK(store.files() == before);
    };
    const auto good = text_of(dense());
    refused(text_of({row(ten, 1), row(ten + 4s, 1), row(ten + 2s, 1)}), errc::not_in_order);
    refused(text_of({row(ten, 1), row(ten, 1)}), errc::not_in_order);
    refused(good.substr(0, good.size() - 5), errc::not_a_row);
    refused(good + "garbage\n", errc::not_a_row);
    refused("timestamp,soc_pu,remark\n2025-10-01T10:00:00+02:00,0.5,hello\n", errc::not_a_header);
    MemoryStore store;
    store[file] = good;
    store["data/20251001_lib.csv.pending"] = "x";
    CHECK(compress(store).error() == errc::row_pending);
    CHECK(store[file] == good);
}
