"""What `plan` prints is a plan that is read the same, whatever made it and whatever the night did."""

import json
import unittest

from rig import PLANS, SOURCES, SystemTest

DAY = "2025-10-01"


class Templates(SystemTest):
    def segments(self, ended):
        """{plant: [(from, to, p, q)]} of the JSON, neighbours that say the same joined."""
        out = {}
        for plant, plan in json.loads(ended.out)["plants"].items():
            rows = out.setdefault(plant, [])
            for s in plan["segments"]:
                if rows and rows[-1][2:] == (s["p_kw"], s["q_kvar"]):
                    rows[-1] = (rows[-1][0], s["to"], *rows[-1][2:])
                else:
                    rows.append((s["from"], s["to"], s["p_kw"], s["q_kvar"]))
        return out

    def round_trip(self, *template):
        rig = self.rig(endpoint=None)
        asked = ("plan", "--date", DAY, "--template", *template)
        self.assert_ended(rig.run(*asked, "--format", "csv", "--output", "made.csv"), 0)
        made = rig.run(*asked, "--format", "json")
        self.assert_ended(made, 0)
        again = rig.run("plan", "--schedule", "made.csv", "--date", DAY, "--format", "json")
        self.assert_ended(again, 0)
        plants = self.segments(made)
        self.assertEqual(len(plants), 1)
        for plant, rows in plants.items():
            self.assertGreater(len(rows), 0)
            self.assertEqual(rows, self.segments(again)[plant])
        return rig, json.loads(made.out)["plants"]

    def test_every_template_prints_a_plan_that_is_read_the_same(self):
        prices = SOURCES / "test/data/prices/omie_INT_PBC_20251001_96x15min.txt"
        for template in (("constant", "--plant", "lib", "--level-kw", "-12.5"),
                         ("square", "--plant", "vrfb", "--signal", "q", "--level-kw", "30", "--duty", "0.3"),
                         ("ramp", "--plant", "lib", "--to-kw", "500", "--step-s", "3600"),
                         ("sine", "--plant", "lib", "--amplitude-kw", "100", "--period-s", "7200"),
                         ("capacity_test", "--plant", "lib", "--power-kw", "250"),
                         ("efficiency_test", "--plant", "vrfb"),
                         ("arbitrage", "--plant", "lib", "--prices", prices, "--max-cycles", "1")):
            with self.subTest(template=template[0]):
                _, plants = self.round_trip(*template)
                if template[0] == "arbitrage":
                    facts = plants["lib"]["facts"]
                    self.assertLessEqual(facts["cycles"], 1 + 1e-6)
                    self.assertGreater(facts["profit"], 0)

    def test_peak_shaving_of_a_load_file(self):
        rig = self.rig(endpoint=None)
        rows = [f"{DAY}T{h:02}:00:00,{900 if 18 <= h < 20 else 300}" for h in range(24)]
        rig.file("load.csv", "timestamp,load_kw\n" + "\n".join(rows) + "\n")
        ended = rig.run("plan", "--date", DAY, "--template", "peak_shaving", "--plant", "lib", "--load", "load.csv",
                        "--format", "json")
        self.assert_ended(ended, 0)
        facts = json.loads(ended.out)["plants"]["lib"]["facts"]
        self.assertEqual(facts["peak_without_kw"], 900)
        self.assertLess(facts["peak_kw"], 900)

    def test_what_is_wrong_is_told_at_once_and_nothing_is_written(self):
        rig = self.rig(endpoint=None)
        ended = rig.run("plan", "--template", "square", "--plant", "diesel", "--duty", "2", "--level-kw", "5",
                        "--format", "csv", "--output", "made.csv")
        self.assert_ended(ended, 2)
        self.assertIn('--plant: must be lib or vrfb, got "diesel"', ended.err)
        ended = rig.run("plan", "--template", "square", "--plant", "lib", "--duty", "2", "--level-kw", "5",
                        "--period-s", "0", "--format", "csv", "--output", "made.csv")
        self.assert_ended(ended, 2)
        self.assertIn("duty: must be 0.01 to 0.99, got 2.0", ended.err)
        self.assertIn("period_s: must be 1.0 to 604800.0, got 0.0", ended.err)
        self.assertFalse((rig.directory / "made.csv").exists())

    def test_nothing_planned_is_no_plan_to_write(self):
        ended = self.rig(endpoint=None).run("plan", "--format", "csv")
        self.assert_ended(ended, 2)
        self.assertIn("there is no plan to write: give --schedule or --template", ended.err)


class Nights(SystemTest):
    def test_days_of_23_and_25_hours_keep_their_hours(self):
        for file, date, hours in (("es_2020-03-29_23h.csv", "2020-03-29", 23),
                                  ("es_2022-10-30_25h.csv", "2022-10-30", 25)):
            with self.subTest(date=date):
                rig = self.rig(endpoint=None, LANG="C.UTF-8")
                table = rig.run("plan", "--schedule", PLANS / file, "--date", date)
                self.assert_ended(table, 0)
                self.assertIn(f"LIB (lib) on {date}: {hours} h, times in Europe/Madrid", table.out)
                self.assertIn("█", table.out)
                csv = rig.run("plan", "--schedule", PLANS / file, "--date", date, "--format", "csv")
                rig.file("again.csv", csv.out)
                again = rig.run("plan", "--schedule", "again.csv", "--date", date, "--format", "csv")
                self.assert_ended(again, 0)
                self.assertEqual(again.out, csv.out)


if __name__ == "__main__":
    unittest.main()
