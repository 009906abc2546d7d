#!/usr/bin/env python3
"""Every rule must be able to fail: small trees with one fault each, and one that is sound."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

from affected_headers import affected, public_headers
from check import findings
from rules import RULES

# rule, file, text that breaks it
BAD = [
    ("include_direction", "lib/base/a.cpp", '#include "observe/log.hpp"\n'),
    ("include_direction", "lib/observe/a.cpp", '#include "config/config.hpp"\n'),
    ("include_direction", "lib/config/a.hpp", '#include "net/url.hpp"\n'),
    ("include_direction", "lib/net/a.hpp", '#include "modbus/pdu.hpp"\n'),
    ("include_direction", "lib/modbus/a.hpp", '#include "plant/link.hpp"\n'),
    ("include_direction", "lib/plant/a.cpp", '#include "schedule/series.hpp"\n'),
    ("include_direction", "lib/schedule/a.cpp", '#  include "control/life_cycle.hpp"\n'),
    ("include_direction", "lib/control/a.cpp", '#include "measure/sampler.hpp"\n'),
    ("include_direction", "lib/measure/a.cpp", '#include "market/fetcher.hpp"\n'),
    ("include_direction", "lib/market/a.cpp", '#include "web/routes.hpp"\n'),
    ("include_direction", "lib/web/a.cpp", '#include "app/service.hpp"\n'),
    ("include_direction", "lib/plant/b.cpp", '#include "plant_sim/battery.hpp"\n'),
    ("include_direction", "plant_sim/a.cpp", '#include "schedule/series.hpp"\n'),
    ("include_direction", "plant_sim/b.cpp", '#include "app/service.hpp"\n'),
    ("include_direction", "lib/plant/c.cpp", '#include "link.hpp"\n'),
    ("include_direction", "lib/plant/d.cpp", '#include "../modbus/pdu.hpp"\n'),
    ("heavy_headers", "lib/net/http.hpp", "#include <boost/beast/http.hpp>\n"),
    ("heavy_headers", "lib/market/a.cpp", "#include <boost/asio/ssl.hpp>\n"),
    ("heavy_headers", "lib/web/a.cpp", "#include <boost/asio/ssl/context.hpp>\n"),
    ("heavy_headers", "cmake/precompiled.hpp", "#include <boost/beast/core.hpp>\n"),
    ("coroutines_started_in_one_place", "lib/plant/a.cpp", "co_spawn(e, f(), asio::detached);\n"),
    ("coroutines_started_in_one_place", "test/plant/a_test.cpp", "co_spawn(e, f(), boost::asio::detached);\n"),
    ("one_thread", "lib/base/a.hpp", "std::mutex m;\n"),
    ("one_thread", "lib/measure/a.hpp", "std::atomic<int> n;\n"),
    ("one_thread", "app/main.cpp", "std::jthread t;\n"),
    ("one_thread", "plant_sim/a.cpp", "#include <thread>\n"),
    ("one_thread", "lib/measure/b.cpp", "asio::thread_pool pool;\n"),
    ("world_is_handed_in", "lib/plant/a.cpp", "auto t = std::chrono::system_clock::now();\n"),
    ("world_is_handed_in", "lib/plant/b.cpp", "auto t = std::chrono::steady_clock :: now();\n"),
    ("world_is_handed_in", "test/plant/a_test.cpp", "std::this_thread::sleep_for(1ms);\n"),
    ("world_is_handed_in", "test/plant/b_test.cpp", "::usleep(10);\n"),
    ("world_is_handed_in", "lib/modbus/a.cpp", "asio::steady_timer timer;\n"),
    ("world_is_handed_in", "lib/modbus/b.cpp", "asio::ip::tcp::socket socket;\n"),
    ("world_is_handed_in", "plant_sim/a.cpp", "std::random_device chance;\n"),
    ("no_loose_ends", "lib/plant/a.cpp", "// TODO: later\n"),
    ("names_say_something", "lib/base/string_utils.hpp", "\n"),
    ("names_say_something", "lib/plant/manager.cpp", "\n"),
    ("names_say_something", "lib/common/a.hpp", "\n"),
    ("files_have_one_job", "lib/plant/a.cpp", "\n" * 401),
    ("functions_fit_a_page", "lib/plant/a.cpp", "int f(int a) {\n" + "    ++a;\n" * 59 + "}\n"),
    ("functions_fit_a_page", "app/a.cpp", "awaitable<int> A::f() const {\n" + "    ++a;\n" * 59 + "}\n"),
]

SOUND = {
    "lib/base/clock.cpp": "#include \"base/clock.hpp\"\nauto t = std::chrono::steady_clock::now();\n",
    "lib/base/task_group.cpp": "co_spawn(e, f(), asio::detached);\n",
    "lib/net/http.cpp": "#include <boost/beast/http.hpp>\n",
    "lib/plant/long.cpp": "int f(int a) {\n" + "    ++a;\n" * 58 + "}\n" + "\n" * 340,
    "lib/web/routes.cpp": '#include "base/clock.hpp"\n#include "market/fetcher.hpp"\n#include <vector>\n',
    "plant_sim/server.cpp": '#include "plant_sim/battery.hpp"\n#include "plant/codec.hpp"\n',
    "app/service.cpp": '#include "plant_sim/server.hpp"\n#include "web/routes.hpp"\n',
    "test/plant/link_test.cpp": '#include "support/catch.hpp"\n#include "plant/link.hpp"\n',
    "lib/plant/words.cpp": (
        '// std::mutex, detached, #include "web/routes.hpp"\n'
        '/*\n#include "web/routes.hpp"\n*/\n'
        'auto a = "std::mutex"; auto b = R"x(steady_clock::now " )x"; auto c = 1\'000; char d = \'"\';\n'
        "using Wall = std::chrono::system_clock; co_await clock.sleep_for(1s);\n"
    ),
}


def tree(directory: str, files: dict[str, str]) -> Path:
    root = Path(directory)
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


class Rules(unittest.TestCase):
    def test_a_fault_is_found_once_and_by_its_rule(self):
        """Real clocks and sleeping are among the faults, in tests as elsewhere [D-35]."""
        for rule, path, text in BAD:
            with self.subTest(path=path, text=text), tempfile.TemporaryDirectory() as directory:
                found = findings(tree(directory, {**SOUND, path: text}))
                self.assertEqual(1, len(found), found)
                self.assertTrue(found[0].startswith(f"{path}:1: "), found)
                self.assertTrue(found[0].endswith(f"[{rule}]"), found)

    def test_a_sound_tree_has_no_findings(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertEqual([], findings(tree(directory, SOUND)))

    def test_no_rule_is_without_a_fault_it_finds(self):
        self.assertEqual({rule.__name__ for rule in RULES}, {rule for rule, _, _ in BAD})

    def test_helpers_of_one_room_have_different_names(self):
        helper = "namespace hil::plant {{\nnamespace {{\n\n{}\n\n}}  // namespace\n}}\n"
        both = (
            ("int least(int a) {", "double least(double a) {"),
            ("struct Rule {", "struct Rule {"),
            ("constexpr int most = 1;", "constexpr double most = 2;"),
        )
        for first, second in both:
            with self.subTest(first), tempfile.TemporaryDirectory() as directory:
                found = findings(tree(directory, {
                    "lib/plant/a.cpp": helper.format(first),
                    "lib/plant/b.cpp": helper.format(second),
                    "lib/control/c.cpp": helper.format(second),
                    "test/plant/d_test.cpp": helper.format(second),
                }))
                self.assertEqual(1, len(found), found)
                self.assertTrue(found[0].startswith("lib/plant/b.cpp:4: "), found)

    def test_the_line_is_that_of_the_fault(self):
        with tempfile.TemporaryDirectory() as directory:
            found = findings(tree(directory, {"lib/plant/a.cpp": "/* one\ntwo */\n\nstd::mutex m;\n"}))
            self.assertEqual(1, len(found))
            self.assertTrue(found[0].startswith("lib/plant/a.cpp:4: "), found)

    def test_what_includes_a_changed_header_is_affected_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as directory:
            root = tree(directory, {
                "lib/base/time.hpp": "#pragma once\n",
                "lib/plant/link.hpp": '#include "base/time.hpp"\n',
                "lib/control/deep/rule.hpp": '#include "plant/link.hpp"\n',
                "lib/control/other.hpp": "// #include of nothing\n",
            })
            found = affected(public_headers(root), {"lib/base/time.hpp"})
            self.assertEqual(
                ["lib/base/time.hpp", "lib/control/deep/rule.hpp", "lib/plant/link.hpp"], [h.path for h in found]
            )
            self.assertEqual([], affected(public_headers(root), {"README.md"}))


class Tour(unittest.TestCase):
    def test_every_file_the_tour_names_exists(self):
        root = Path(__file__).resolve().parents[2]
        named = re.findall(r"`((?:app|lib|plant_sim)/[\w/]+\.[ch]pp)`", (root / "docs/tour.md").read_text("utf-8"))
        self.assertGreater(len(named), 20)
        self.assertEqual([], [name for name in named if not (root / name).is_file()])


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
