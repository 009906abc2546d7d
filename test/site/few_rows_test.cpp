// The programme of few rows, held against GLPK's own answer.
#include "site/few_rows.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>

namespace hil::site {
namespace {

struct Programme {
    std::size_t rows = 0;
    FewRows::Rows base{}, lower{}, upper{};
    struct Column {
        double cost = 0, most = 0;
        FewRows::Rows a{};
    };
    std::vector<Column> columns;
};

std::optional<double> by_us(FewRows& solver, const Programme& p) {
    solver.begin(p.rows, p.base, p.lower, p.upper);
    for (const auto& column : p.columns)
        (void)solver.add(column.cost, column.most, column.a);
    if (!solver.solve()) return std::nullopt;
    double cost = 0;
    for (std::size_t j = 0; j < p.columns.size(); ++j) {
        const double y = solver.value(j);
        REQUIRE(y >= -1e-9);
        REQUIRE(y <= p.columns[j].most + 1e-9);
        cost += y * p.columns[j].cost;
    }
    for (std::size_t i = 0; i < p.rows; ++i) {
        double at = p.base[i];
        for (std::size_t j = 0; j < p.columns.size(); ++j)
            at += solver.value(j) * p.columns[j].a[i];
        REQUIRE(at == Approx(solver.activity(i)).margin(1e-6));
        REQUIRE(at >= p.lower[i] - 1e-6);
        REQUIRE(at <= p.upper[i] + 1e-6);
    }
    return cost;
}

std::optional<double> by_glpk(const Programme& p, const test::TemporaryDirectory& dir) {
    std::ostringstream out;
    out << "Minimize\n obj:";
    for (std::size_t j = 0; j < p.columns.size(); ++j)
        out << fmt::format(" {:+.12g} y{}", p.columns[j].cost, j);
    out << "\nSubject To\n";
    for (std::size_t i = 0; i < p.rows; ++i) {
        for (const bool low : {true, false}) {
            out << fmt::format(" r{}{}:", low ? 'l' : 'u', i);
            for (std::size_t j = 0; j < p.columns.size(); ++j)
                out << fmt::format(" {:+.12g} y{}", p.columns[j].a[i], j);
            out << (low ? fmt::format(" >= {:.12g}\n", p.lower[i] - p.base[i])
                        : fmt::format(" <= {:.12g}\n", p.upper[i] - p.base[i]));
        }
    }
    out << "Bounds\n";
    for (std::size_t j = 0; j < p.columns.size(); ++j)
        out << fmt::format(" 0 <= y{} <= {:.12g}\n", j, p.columns[j].most);
    out << "End\n";
    const auto in = (dir.path() / "p.lp").string(), to = (dir.path() / "p.sol").string();
    std::ofstream(in) << out.str();
    REQUIRE(std::system(fmt::format("glpsol --lp {} --write {} > /dev/null", in, to).c_str()) == 0);
    std::ifstream answer(to);
    std::string line;
    while (std::getline(answer, line)) {
        // s bas ROWS COLUMNS PRIMAL DUAL OBJECTIVE
        if (line.rfind("s bas", 0) != 0) continue;
        std::istringstream words(line);
        std::string s, bas, rows, columns, primal, dual;
        double objective = 0;
        words >> s >> bas >> rows >> columns >> primal >> dual >> objective;
        if (primal != "f") return std::nullopt;
        return objective;
    }
    FAIL("glpsol gave no solution");
    return std::nullopt;
}

Programme drawn(std::mt19937& random) {
    const auto uniform = [&random](double a, double b) {
        return std::uniform_real_distribution<double>(a, b)(random);
    };
    Programme p;
    p.rows = 1 + random() % FewRows::most_rows;
    for (std::size_t i = 0; i < p.rows; ++i) {
        p.base[i] = uniform(-10, 10);
        p.lower[i] = uniform(-8, 2);
        p.upper[i] = p.lower[i] + uniform(0, 8);
    }
    const auto columns = 1 + random() % 12;
    for (std::size_t j = 0; j < columns; ++j) {
        Programme::Column column{uniform(0, 5), uniform(0, 6), {}};
        for (std::size_t i = 0; i < p.rows; ++i)
            column.a[i] = random() % 3 == 0 ? 0.0 : uniform(-1, 1);
        p.columns.push_back(column);
    }
    return p;
}

}  // namespace

TEST_CASE("a programme of few rows has the optimum that GLPK finds, or none where it finds none") {
    const test::TemporaryDirectory dir;
    std::mt19937 random(20260);
    FewRows solver;
    int solved = 0, without = 0;
    for (int i = 0; i < 250; ++i) {
        const auto p = drawn(random);
        const auto ours = by_us(solver, p), theirs = by_glpk(p, dir);
        CAPTURE(i);
        REQUIRE(ours.has_value() == theirs.has_value());
        if (ours) REQUIRE(*ours == Approx(*theirs).epsilon(1e-6).margin(1e-6));
        ++(ours ? solved : without);
    }
    CHECK(solved > 50);
    CHECK(without > 20);
}

TEST_CASE("a programme whose rows are kept from the start costs nothing, and the solver forgets") {
    FewRows solver;
    solver.begin(2, {1, 2}, {0, 0}, {3, 3});
    (void)solver.add(1, 5, {1, 1});
    REQUIRE(solver.solve());
    CHECK(solver.value(0) == 0);
    solver.begin(1, {-4}, {0}, {1});
    (void)solver.add(3, 1, {1});
    (void)solver.add(1, 2, {1});
    (void)solver.add(10, 100, {2});
    REQUIRE(solver.solve());
    // The cheapest first: 2 of the second, 1 of the first, the rest of the third.
    CHECK(solver.value(0) == Approx(1));
    CHECK(solver.value(1) == Approx(2));
    CHECK(solver.value(2) == Approx(0.5));
    CHECK(solver.activity(0) == Approx(0));
}

}  // namespace hil::site
