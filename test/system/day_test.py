"""Whole days at high speed: the recordings follow the plan to its last quarter, days of 23 and 25 hours too."""

import unittest
from datetime import timedelta

from recordings import ZONE, files_of, local, monotone, read_all, read_file, read_plan, seconds
from rig import PLANS, SystemTest

PERIOD = seconds(2)
LONGEST_GAP = seconds(360)


class Day(SystemTest):
    def run_day(self, plan_file, day, quarters):
        plan_path = PLANS / plan_file
        begin = local(f"{day}T00:00:00")
        length = timedelta(minutes=15) * quarters
        end = begin + length
        rig = self.rig()
        ended = rig.run_headless("--schedule", plan_path, "--from", f"{day}T00:00:00", "--duration",
                                 f"{length // timedelta(hours=1)}h", "--speed", "20000")
        self.assert_ended(ended, 0)
        self.assertEqual(list(rig.data.glob("*.pending")), [])
        for plant in ("lib", "vrfb"):
            with self.subTest(plant=plant):
                self.check_plant(rig, plant, read_plan(plan_path, plant), begin, end, quarters)
        self.assertEqual([line for line in ended.out.splitlines()[1:] if len(line) > 80], [])
        return ended

    def check_plant(self, rig, plant, plan, begin, end, quarters):
        self.assertEqual(len(plan), quarters)
        rows = read_all(rig.data, plant)
        self.assertIsNone(monotone(rows))
        # One null row on each side of the session, in the files of the neighbouring days.
        self.assertEqual([r.at for r in rows if r.values is None], [begin - PERIOD, end])
        self.assertEqual(len(files_of(rig.data, plant)), 3)
        measured = [r for r in rows if r.values is not None]
        day_file = rig.data / f"{begin.astimezone(ZONE):%Y%m%d}_{plant}.csv"
        self.assertEqual(measured, read_file(day_file))

        # Every row lies on the grid of the run, the first at its first instant, the last one period before its end.
        self.assertEqual(measured[0].at, begin)
        self.assertEqual(measured[-1].at, end - PERIOD)
        self.assertEqual([r for r in measured if (r.at - begin) % PERIOD], [])
        gaps = [b.at - a.at for a, b in zip(measured, measured[1:])]
        self.assertLessEqual(max(gaps), LONGEST_GAP + PERIOD)

        # Every row has the setpoints of its quarter, and every quarter that changes something is seen at its first instant.
        for (at, p, q), (following, *_) in zip(plan, plan[1:] + [(end,)]):
            quarter = [r for r in measured if at <= r.at < following]
            self.assertNotEqual(quarter, [], at)
            self.assertEqual({(r.p_setpoint, r.q_setpoint) for r in quarter}, {(p, q)}, at)
            # The battery follows within one step of the emulator.
            self.assertEqual({r.p_battery for r in quarter if r.at > at}, {p}, at)
        changes = [at for (_, *before), (at, *now) in zip(plan, plan[1:]) if before != now]
        instants = {r.at for r in measured}
        self.assertEqual([at for at in changes if at not in instants], [])
        self.check_energy(plant, measured, plan)

    def check_energy(self, plant, measured, plan):
        """The state of charge moved by what the plan took out, so time inside the emulator is the plan's time."""
        capacity = {"lib": 500, "vrfb": 400}[plant]
        planned = sum(p for _, p, _ in plan) / 4 / capacity
        self.assertAlmostEqual(measured[0].soc - measured[-1].soc, planned, delta=0.01)

    def test_an_ordinary_day_is_followed_to_its_last_quarter(self):
        ended = self.run_day("es_2025-10-01.csv", "2025-10-01", 96)
        for plant in ("lib", "vrfb"):
            summary = ended.summary(plant)
            self.assertIn("0 failed, 0 skipped", summary["samples"])
            self.assertTrue(summary["Modbus"].endswith(" 0 errors"), summary["Modbus"])
            self.assertIn(" 0 skipped", summary["dispatch"])
            self.assertIn(", 0 failed; unconfirmed 0.0 s", summary["writes"])
            self.assertEqual(summary["setpoint"], "register off plan 0.0 s (longest 0.0 s)")
            self.assertIn("at most 0.0 kW once settled", summary["tracking"])
            self.assertTrue(summary["rows"].endswith("2 null"), summary["rows"])

    def test_a_day_of_25_hours_has_100_quarters(self):
        self.run_day("es_2022-10-30_25h.csv", "2022-10-30", 100)

    def test_a_day_of_23_hours_has_92_quarters(self):
        self.run_day("es_2020-03-29_23h.csv", "2020-03-29", 92)


if __name__ == "__main__":
    unittest.main(verbosity=2)
