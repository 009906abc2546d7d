"""What was recorded is a plan and a plant again."""

import unittest
from bisect import bisect_right

from recordings import read_file
from rig import PLANS, SystemTest

DAY = "2025-10-01"


class Replay(SystemTest):
    """Two hours are recorded, then played back as a plant and as a plan."""

    def record(self, rig, data, *arguments):
        ended = rig.run_headless("--from", f"{DAY}T00:00:00", "--duration", "2h", "--speed", "20000", *arguments,
                                 data=rig.directory / data)
        self.assert_ended(ended, 0)
        return rig.directory / data / f"{DAY.replace('-', '')}_lib.csv"

    def test_a_recording_is_played_back_as_a_plant(self):
        rig = self.rig()
        original = self.record(rig, "first", "--schedule", PLANS / "es_2025-10-01.csv")
        rig.environment |= {"HIL_PLANTS__LIB__MODEL__EMULATION__KIND": "replay",
                            "HIL_PLANTS__LIB__MODEL__EMULATION__FILE": str(original)}
        played = self.record(rig, "second", "--schedule", PLANS / "es_2025-10-01.csv")
        first = [r for r in read_file(original) if r.values is not None]
        second = [r for r in read_file(played) if r.values is not None]
        self.assertGreater(len(second), 10)
        times = [r.at for r in first]
        for row in second:
            then = first[bisect_right(times, row.at) - 1]
            self.assertAlmostEqual(row.p_battery, then.p_battery, delta=0.11, msg=row)
            self.assertAlmostEqual(row.soc, then.soc, delta=0.0002, msg=row)

        # Nothing can be made of a file that is no recording, and nothing begins.
        rig.environment["HIL_PLANTS__LIB__MODEL__EMULATION__FILE"] = str(PLANS / "es_2025-10-01.csv")
        refused = rig.run_headless("--duration", "1m", data=rig.directory / "third")
        self.assert_ended(refused, 2)
        self.assertIn("es_2025-10-01.csv:1: is no recording", refused.err)
        self.assertFalse((rig.directory / "third").exists())

    def test_a_recording_is_a_plan(self):
        rig = self.rig()
        original = self.record(rig, "first", "--schedule", PLANS / "es_2025-10-01.csv")
        again = self.record(rig, "second", "--schedule", original)
        first = [(r.at, r.p_setpoint) for r in read_file(original) if r.values is not None]
        second = [(r.at, r.p_setpoint) for r in read_file(again) if r.values is not None]
        changes = lambda rows: [b for a, b in zip([(None, None)] + rows, rows) if a[1] != b[1]]
        self.assertEqual(changes(second), changes(first))
        printed = rig.run("plan", "--schedule", original, "--format", "csv")
        self.assert_ended(printed, 0)
        self.assertTrue(printed.out.startswith("timestamp,lib_p_kw,lib_q_kvar\n"), printed.out[:80])


if __name__ == "__main__":
    unittest.main()
