"""Real time against plants in another process: followed, lost and restarted, and never there."""

import time
import unittest
from datetime import datetime, timedelta, timezone

from recordings import monotone, read_all, read_plan, seconds, write_plan
from rig import LIB, PLANT_SIM, VRFB, SystemTest, finish, wait_for

QUICK = {f"HIL_TIMING__{name}_PERIOD_S": "0.5" for name in ("SCHEDULER", "PLANT", "MEASUREMENT")}
QUICK |= {"HIL_RECORDING__COMPRESSION__ENABLED": "false"}
COLUMNS = ("lib_p_kw", "lib_q_kvar", "vrfb_p_kw", "vrfb_q_kvar")


def hour_in_steps(path, every_s):
    """A plan around now whose four values change every few seconds and begin away from zero, where standing still counts."""
    begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=1)
    return write_plan(path, [(begin + seconds(every_s * k), 50.0 * (k % 5) - 100, 5.0 * (k % 3), -30.0 * ((k + 1) % 2),
                              2.0 * (k % 4)) for k in range(int(3600 / every_s))], COLUMNS)


class Remote(SystemTest):
    def start_run(self, rig, *arguments):
        return rig.start("run", "--headless", "--transport", "remote", "--data-dir", rig.data, *arguments)

    def test_a_plan_of_the_current_hour_is_followed(self):
        rig = self.rig("remote", **QUICK)
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        with rig.peer("lib"), rig.peer("vrfb"):
            plan = hour_in_steps(rig.directory / "plan.csv", 3)
            ended = finish(self.start_run(rig, "--schedule", plan, "--duration", "15s"))
        self.assert_ended(ended, 0)
        self.assertEqual(ended.err, "")
        self.assertIn(" over remote transport, ", ended.out)
        self.assertEqual({p.name.split("_", 1)[1] for p in rig.data.glob("*.csv")},
                         {"lib.remote.csv", "vrfb.remote.csv"})
        for plant in ("lib", "vrfb"):
            rows = read_all(rig.data, plant, ".remote")
            self.assertIsNone(monotone(rows))
            measured = [r for r in rows if r.values is not None]
            self.assertGreater(len(measured), 20)
            steps = read_plan(plan, plant)
            seen = set()
            for row in measured[2:]:
                at, *values = [s for s in steps if s[0] <= row.at][-1]
                # The sample of the instant of a step may come before the write of that instant.
                if row.at > at:
                    self.assertEqual([row.p_setpoint, row.q_setpoint], values, row.at)
                    seen.add(at)
            self.assertGreaterEqual(len(seen), 4)
            self.assertTrue(ended.summary(plant)["Modbus"].endswith(" 0 errors"))

    def test_a_plant_that_restarts_stays_stopped_and_the_run_fails(self):
        rig = self.rig("remote", **QUICK)
        plants = rig.start("--endpoint", "remote", program=PLANT_SIM)
        plan = hour_in_steps(rig.directory / "plan.csv", 600)
        with rig.peer("lib") as lib, rig.peer("vrfb"):
            process = self.start_run(rig, "--schedule", plan, "--duration", "12s")
            wait_for(lambda: lib.read(LIB["enable"])[0] == 1, "lib is not started")
        time.sleep(2)
        plants.kill()
        plants.wait()
        time.sleep(1)
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        with rig.peer("lib") as lib, rig.peer("vrfb") as vrfb:
            ended = finish(process)
            # Not enabled again and not one setpoint written.
            self.assertEqual([lib.read(LIB["enable"])[0], lib.read(LIB["p_setpoint"])[0]], [0, 0])
            self.assertEqual([vrfb.read(VRFB["enable"])[0], vrfb.read(VRFB["p_setpoint"])[0]], [0, 0])
        self.assert_ended(ended, 1)
        for plant in ("lib", "vrfb"):
            self.assertRegex(ended.out, rf"ERROR control {plant}: .*(no longer|not) running")
            self.assertRegex(ended.err, rf"FAILED: {plant}: the setpoint was off its plan or unconfirmed for [\d.]+ s")
            rows = read_all(rig.data, plant, ".remote")
            self.assertIsNone(monotone(rows))

    def test_plants_that_are_not_there(self):
        rig = self.rig("remote", **QUICK)
        plan = hour_in_steps(rig.directory / "plan.csv", 600)
        began = time.monotonic()
        ended = finish(self.start_run(rig, "--schedule", plan, "--duration", "5s"))
        self.assertLess(time.monotonic() - began, 30)
        self.assert_ended(ended, 1)
        self.assertIn("FAILED: lib was never started: Connection refused\n", ended.err)
        self.assertIn("FAILED: vrfb was never started: Connection refused\n", ended.err)
        self.assertIn(f"no link to {rig.host}:{rig.ports[0]}: ", ended.out)
        for plant in ("lib", "vrfb"):
            self.assertEqual([r for r in read_all(rig.data, plant, ".remote") if r.values is not None], [])

    def test_one_plant_that_is_not_there_does_not_hold_up_the_other(self):
        rig = self.rig("remote", **QUICK)
        rig.start("--endpoint", "remote", "--plant", "vrfb", program=PLANT_SIM)
        plan = hour_in_steps(rig.directory / "plan.csv", 600)
        with rig.peer("vrfb"):
            ended = finish(self.start_run(rig, "--schedule", plan, "--duration", "8s"))
        self.assert_ended(ended, 1)
        self.assertEqual(ended.err, "FAILED: lib was never started: Connection refused\n")
        self.assertIn("vrfb stopped\n", ended.out)
        self.assertIn(" 0 skipped", ended.summary("vrfb")["samples"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
