"""Runs leave records of themselves, and two of them are compared; the command line says what people would not guess."""

import json
import unittest

from report_test import Page
from rig import SOURCES, SystemTest

DAY = "2025-10-01"
PLAN = "timestamp,lib_p_kw\n{day}T00:00:00,{kw}\n{day}T00:30:00,0\n{day}T01:00:00,\n"


class Compare(SystemTest):
    def run_day(self, rig, day, kw, *more):
        plan = rig.file(f"plan_{day}.csv", PLAN.format(day=day, kw=kw))
        ended = rig.run_headless("--schedule", plan, "--from", f"{day}T00:00:00", "--duration", "1h", "--speed", "20000", *more)
        self.assert_ended(ended, 0)
        return ended

    def test_two_runs(self):
        rig = self.rig()
        self.run_day(rig, DAY, 100, "--note", "the first", "--soc", "0.5")
        second = self.run_day(rig, "2025-10-02", 80)
        self.assertRegex(second.err, r"note: lib begins at a charge of 50\.0 % and not at the \d+\.\d % recorded at "
                                     r"2025-10-01T\S+: --from does not continue it, --soc 0\.\d+ does\n")
        records = sorted(rig.data.glob("run_*.json"))
        self.assertEqual([r.name for r in records], ["run_20251001T000000+0200.json", "run_20251002T000000+0200.json"])
        first, other = (json.loads(r.read_text()) for r in records)
        self.assertEqual((first["begin"], first["status"], first["seed"], first["transport"]),
                         ("2025-09-30T22:00:00Z", 0, 1, "local"))
        self.assertGreaterEqual(first["end"], "2025-09-30T23:00:00Z")
        self.assertEqual(first["notes"], ["the first"])
        self.assertEqual(other["notes"][0][:28], "lib begins at a charge of 50")
        self.assertEqual(first["started"], ["lib", "vrfb"])
        self.assertIn("hil_scheduler", first["versions"])
        self.assertRegex(first["configuration"]["digest"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual(first["configuration"]["digest"], other["configuration"]["digest"])
        self.assertNotEqual(first["plan"]["digest"], other["plan"]["digest"])

        page = rig.directory / "two.html"
        done = rig.run("report", "--compare", f"{DAY}..{DAY}T01:00", "2025-10-02..2025-10-02T01:00", "--data-dir", rig.data,
                       "--output", page)
        self.assert_ended(done, 0)
        text = page.read_text(encoding="utf-8")
        parsed = Page(text)
        self.assertEqual((parsed.wrong, parsed.references, parsed.scripts), ([], [], []))
        self.assertIn("The same configuration. Another plan at the begin.", text)

        for sides in ((records[0], records[1]), (f"{DAY}..{DAY}T01:00", "2025-10-02..")):
            done = rig.run("report", "--compare", *sides, "--data-dir", rig.data, "--format", "json", "--output", "-")
            self.assert_ended(done, 0)
            data = json.loads(done.out)
            figures = {f["key"]: f for f in data["plants"][0]["figures"]}
            asked = figures["asked_kwh"]
            self.assertAlmostEqual(asked["a"], 50, delta=0.2)
            self.assertAlmostEqual(asked["b"], 40, delta=0.2)
            self.assertAlmostEqual(asked["difference"], asked["b"] - asked["a"], places=5)
            self.assertEqual([len(s["runs"]) for s in data["sides"]], [1, 1])

        # A directory is all that is in it; text goes to standard output.
        done = rig.run("report", "--compare", rig.data, f"{DAY}..{DAY}T01:00", "--data-dir", rig.data, "--format", "text")
        self.assert_ended(done, 0)
        self.assertRegex(done.out, r"  Asked for +kWh +9\d\.\d +(50\.\d|49\.\d) +-\d+\.\d\n")

    def test_what_cannot_be_compared_is_said(self):
        rig = self.rig()
        for sides, status, said in ((("2025-10-01..2025-10-02",), 2, "--compare: must be followed by two"),
                                    (("a..b", "c..d"), 2, '--compare: "a"'),
                                    (("nowhere", "2025-10-01.."), 2, '"nowhere" is neither FROM..TO nor a directory'),
                                    (("2025-10-02..2025-10-01", ".."), 2, "must be after its begin"),
                                    (("..", ".."), 1, "nothing was recorded over local transport")):
            with self.subTest(sides=sides):
                done = rig.run("report", "--compare", *sides, "--data-dir", rig.data)
                self.assert_ended(done, status)
                self.assertIn(said, done.err)
        done = rig.run("report", "stray")
        self.assert_ended(done, 2)
        self.assertIn('unexpected argument "stray"', done.err)

    def test_simulate_leaves_no_record(self):
        rig = self.rig()
        self.assert_ended(rig.run("simulate", "--days", "30m", "--data-dir", rig.data), 0)
        self.assertEqual(list(rig.data.glob("run_*.json")), [])


class CommandLine(SystemTest):
    def test_the_configuration_of_the_working_directory(self):
        rig = self.rig()
        shipped = (SOURCES / "etc/hil.json").read_text()
        self.assertNotIn("configuration:", rig.run("check").err)
        rig.file("hil.json", shipped)
        self.assertIn(f"configuration: {rig.directory.resolve()}/hil.json\n", rig.run("check").err)
        (rig.directory / "etc").mkdir()
        rig.file("etc/hil.json", shipped.replace('"plant_period_s"', '"plant_perod_s"'))
        done = rig.run("check")
        self.assert_ended(done, 2)
        self.assertIn(f"configuration: {rig.directory.resolve()}/etc/hil.json\n", done.err)
        self.assertIn("plant_perod_s", done.err)

    def test_durations(self):
        rig = self.rig(HIL_TIMING__SCHEDULER_PERIOD_S="1m30s")
        done = rig.run("check")
        self.assert_ended(done, 0)
        rig = self.rig(HIL_TIMING__SCHEDULER_PERIOD_S="2d")
        self.assertIn("must be 0.1..86400", rig.run("check").err)

    def test_reports_of_a_directory_of_scenarios(self):
        rig = self.rig()
        scenarios = rig.directory / "scenarios"
        scenarios.mkdir()
        names = ["busy_at_start", "refused_stop"]
        for name in names:
            (scenarios / f"{name}.json").write_text((SOURCES / f"etc/scenarios/{name}.json").read_text())
        done = rig.run("run", "--scenario", scenarios, "--report", rig.directory / "pages")
        self.assert_ended(done, 0)
        self.assertEqual(sorted(p.name for p in (rig.directory / "pages").iterdir()), [n + ".html" for n in names])
        for page in (rig.directory / "pages").iterdir():
            self.assertEqual(Page(page.read_text(encoding="utf-8")).wrong, [])
        rig.file("page.html", "")
        done = rig.run("run", "--scenario", scenarios, "--report", rig.directory / "page.html")
        self.assert_ended(done, 2)
        self.assertIn("must be a directory, where there are several scenarios", done.err)


if __name__ == "__main__":
    unittest.main()
