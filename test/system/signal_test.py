"""A signal ends a run in order: plants safe-stopped, recordings closed and flushed. A second one ends it at once."""

import os
import signal
import time
import unittest
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from recordings import local, monotone, read_all, seconds, write_plan
from rig import LIB, PLANT_SIM, VRFB, SystemTest, finish, wait_for
from web_rig import WEB, WebService

EVERY_ROW = {"HIL_RECORDING__COMPRESSION__ENABLED": "false"}
# The write period stays at its 60 s: without a flush at the end there would be no rows at all.
QUICK = EVERY_ROW | {f"HIL_TIMING__{name}_PERIOD_S": "0.5" for name in ("SCHEDULER", "PLANT", "MEASUREMENT")}
COLUMNS = ("lib_p_kw", "lib_q_kvar", "vrfb_p_kw", "vrfb_q_kvar")


def now():
    return datetime.now(timezone.utc)


class Signals(SystemTest):
    def remote_run(self, **environment):
        """A plant_sim, and a run against it that has both plants at their power."""
        rig = self.rig("remote", **(QUICK | environment))
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        lib, vrfb = rig.peer("lib"), rig.peer("vrfb")
        self.addCleanup(lib.close)
        self.addCleanup(vrfb.close)
        begin = now().replace(microsecond=0)
        plan = write_plan(rig.directory / "plan.csv",
                          [(begin - seconds(60), 200.0, 50.0, -80.0, -20.0), (begin + timedelta(hours=1), 0, 0, 0, 0)],
                          COLUMNS)
        process = rig.start("run", "--headless", "--transport", "remote", "--data-dir", rig.data, "--schedule", plan)
        wait_for(lambda: lib.read_signed(LIB["p_battery"]) == 2000 and vrfb.read_signed(VRFB["p_battery"]) == -800,
                 "the plants do not reach their power")
        return rig, process, lib, vrfb

    def check_end_in_order(self, number, word):
        rig, process, lib, vrfb = self.remote_run()
        self.assertEqual(lib.read_signed(LIB["q_setpoint"]), 500)
        time.sleep(2)
        process.send_signal(number)
        signalled = now()
        ended = finish(process)
        self.assert_ended(ended, 0)
        self.assertIn(f"{word}: ending in order; a second signal ends at once\n", ended.out)
        self.assertIn("lib stopped\n", ended.out)
        self.assertIn("vrfb stopped\n", ended.out)

        # The plants are another process: what it holds is what the service left behind.
        self.assertEqual([lib.read(LIB[p])[0] for p in ("enable", "p_setpoint", "q_setpoint", "stop_command")], [0, 0, 0, 1])
        self.assertEqual([vrfb.read(VRFB[p])[0] for p in ("enable", "p_setpoint", "q_setpoint", "start_command")],
                         [0, 0, 0, 0])
        self.assertEqual([lib.read(LIB["p_battery"])[0], vrfb.read(VRFB["p_battery"])[0]], [0, 0])

        self.assertEqual(list(rig.data.glob("*.pending")), [])
        for plant in ("lib", "vrfb"):
            rows = read_all(rig.data, plant, ".remote")
            self.assertEqual(read_all(rig.data, plant), [])
            self.assertIsNone(monotone(rows))
            self.assertEqual([r.values is None for r in rows], [True] + [False] * (len(rows) - 2) + [True])
            self.assertEqual(rows[-1].at - rows[-2].at, seconds(0.5))
            # Recorded to the end of the stop, and not a row missing on the way.
            self.assertGreaterEqual(rows[-1].at, signalled - seconds(1))
            self.assertEqual({b.at - a.at for a, b in zip(rows, rows[1:])}, {seconds(0.5)})
            self.assertEqual(rows[-2].p_setpoint, 0.0)

    def test_sigterm(self):
        """[D-12][D-13]"""
        self.check_end_in_order(signal.SIGTERM, "terminated")

    def test_sigint(self):
        """[D-12][D-13]"""
        self.check_end_in_order(signal.SIGINT, "interrupted")

    def test_a_plant_that_cannot_be_reached_to_be_stopped_fails_the_run(self):
        """[D-12][D-13]"""
        rig, process, _, _ = self.remote_run(HIL_TIMING__MEASUREMENTS_WRITE_PERIOD_S="0.5")
        wait_for(lambda: all(len(read_all(rig.data, plant, ".remote")) > 2 for plant in ("lib", "vrfb")),
                 "nothing is recorded")
        rig.processes[0].kill()
        rig.processes[0].wait()
        process.terminate()
        ended = finish(process)
        self.assert_ended(ended, 1)
        for plant in ("lib", "vrfb"):
            # With the write that failed.
            self.assertRegex(ended.err, rf"FAILED: {plant} could not be stopped safely: it may still be running \(\w+ = \d+: ")
            rows = read_all(rig.data, plant, ".remote")
            self.assertIsNone(rows[-1].values)

    def test_a_second_signal_ends_at_once(self):
        """[D-13]"""
        # Plants that do not answer hold the safe stop up for its whole patience.
        rig, process, lib, _ = self.remote_run()
        rig.processes[0].send_signal(signal.SIGSTOP)
        try:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            self.assertIsNone(process.poll(), "it did not wait for its plants")
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            self.assertEqual(process.wait(timeout=30), 1)
            self.assertLess(time.monotonic() - began, 1)
        finally:
            rig.processes[0].send_signal(signal.SIGCONT)

    def test_plants_are_left_as_they_are_where_that_is_configured(self):
        """[D-12]"""
        rig = self.rig("remote", **(QUICK | WEB | {"HIL_GENERAL__ON_EXIT": "leave", "HIL_TIMING__MEASUREMENTS_WRITE_PERIOD_S": "0.5"}))
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        lib = rig.peer("lib")
        self.addCleanup(lib.close)
        begin = now().replace(microsecond=0)
        plan = write_plan(rig.directory / "plan.csv",
                          [(begin - seconds(60), 200.0), (begin + timedelta(hours=1), 0)], COLUMNS[:1])
        service = WebService(rig, "--transport", "remote", "--schedule", plan, "--start", "lib", "--record")
        wait_for(lambda: lib.read_signed(LIB["p_battery"]) == 2000, "the plant does not reach its power")
        wait_for(lambda: any(r.values is not None for r in read_all(rig.data, "lib", ".remote")), "nothing is recorded")
        service.process.terminate()
        ended = finish(service.process)
        self.assert_ended(ended, 0)
        self.assertNotIn("lib stopped", service.output.read_text())
        self.assertEqual([lib.read(LIB[p])[0] for p in ("enable", "p_setpoint", "stop_command")], [1, 2000, 0])
        self.assertEqual(lib.read_signed(LIB["p_battery"]), 2000)
        self.assertIsNone(read_all(rig.data, "lib", ".remote")[-1].values)

    def test_a_disk_that_never_answers_keeps_neither_plants_nor_process(self):
        """[D-13]"""
        rig, process, lib, vrfb = self.remote_run()
        # Who opens it to write waits until somebody reads: nobody does.
        os.mkfifo(rig.data / f"{now().astimezone(ZoneInfo('Europe/Madrid')):%Y%m%d}_lib.remote.csv")
        process.terminate()
        wait_for(lambda: lib.read(LIB["enable"]) == [0] and vrfb.read(VRFB["enable"]) == [0], "no plant is stopped")
        stopped = time.monotonic()
        ended = finish(process)
        self.assert_ended(ended, 1)
        self.assertLess(time.monotonic() - stopped, 60)
        self.assertRegex(ended.err, r"FAILED: \d+ rows of lib could not be recorded and are lost\n")

    def test_a_local_run_at_speed_writes_what_it_has(self):
        """[D-13]"""
        rig = self.rig(**EVERY_ROW)
        begin = local("2026-01-15T12:00:00")
        plan = write_plan(rig.directory / "plan.csv", [(begin, 100.0), (begin + timedelta(hours=4), 0)])
        process = rig.start("run", "--headless", "--data-dir", rig.data, "--schedule", plan, "--from",
                            "2026-01-15T12:00:00", "--speed", "600")
        with rig.peer("lib") as lib:
            wait_for(lambda: lib.read(LIB["soc"])[0] < 4900, "the battery is not used")
        process.terminate()
        self.assert_ended(finish(process), 0)
        for plant in ("lib", "vrfb"):
            rows = read_all(rig.data, plant)
            self.assertIsNone(monotone(rows))
            self.assertEqual([r.at for r in rows if r.values is None], [begin - seconds(2), rows[-1].at])
            self.assertEqual({b.at - a.at for a, b in zip(rows, rows[1:])}, {seconds(2)})
            self.assertGreater(rows[-1].at, begin + seconds(180))
        self.assertFalse(rig.listening("lib") or rig.listening("vrfb"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
