"""kill -9 of runs that record and post at speed to a platform over TLS: nothing that was taken into the outbox is lost.

What was taken into the outbox is read from the database after each kill, by SQLite itself, from a copy. The platform
goes on through all kills. HIL_TEST_KILLS sets how many there are; by hand 200.
"""

import os
import random
import shutil
import signal
import sqlite3
import time
import unittest
from datetime import timedelta

from platform_rig import Platform
from recordings import ZONE, local, monotone, read_all, seconds, write_plan
from rig import SystemTest, wait_for

KILLS = int(os.environ.get("HIL_TEST_KILLS", "20"))
SPEED = 720
QUICK = {"HIL_ISTENTORE_API__MEASUREMENT_POST_PERIOD_S": "10",
         "HIL_RECORDING__COMPRESSION__ENABLED": "false"}
WRITE_PERIOD, PERIOD = seconds(60), seconds(2)


def waiting(rig):
    """(series, measured_at in seconds, value) of every value in the outbox of a killed run."""
    copy = rig.directory / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in rig.data.glob("hil.sqlite*"):
        shutil.copy(path, copy)
    if not (copy / "hil.sqlite").exists():
        return []
    with sqlite3.connect(copy / "hil.sqlite") as database:
        try:
            return database.execute("SELECT series, measured_at, value FROM outbox ORDER BY id").fetchall()
        except sqlite3.OperationalError:  # killed before the tables were made
            return []


class PlatformKilled(SystemTest):
    def run_and_kill(self, rig, begin, plan, delay_s):
        started = time.monotonic()
        process = rig.start("run", "--headless", "--data-dir", rig.data, "--schedule", plan, "--from",
                            begin.astimezone(ZONE).isoformat(), "--duration", "4h", "--speed", SPEED)
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL, f"{out}\n{err}")
        return begin + seconds(SPEED * (time.monotonic() - started))

    def test_every_value_in_the_outbox_arrives(self):
        rig = self.rig(**QUICK)
        platform = Platform(rig)
        chance = random.Random(11)
        begin = local("2026-01-15T06:00:00")
        enqueued = set()
        for _ in range(KILLS):
            plan = write_plan(rig.directory / "plan.csv", [
                *((begin + seconds(60 * k), 100.0 + k % 7) for k in range(240)), (begin + timedelta(hours=5), 0.0)])
            bound = self.run_and_kill(rig, begin, plan, chance.uniform(0.3, 2.0))
            enqueued |= set(waiting(rig))
            begin = bound.replace(microsecond=0) + seconds(1 + chance.randrange(120))
        # The last run is left alone until its outbox is empty.
        ended = rig.run_headless("--from", begin.astimezone(ZONE).isoformat(), "--duration", "1h", "--speed", SPEED)
        self.assert_ended(ended, 0)
        wait_for(lambda: True, "")
        left = waiting(rig)
        arrived = platform.values()
        self.assertGreater(len(arrived), 4 * KILLS)
        self.judge(arrived, enqueued - set(left), left)
        for plant in ("lib", "vrfb"):
            rows = read_all(rig.data, plant)
            self.assertIsNone(monotone(rows))
        print(f"{KILLS} kills: {len(arrived)} values arrived, {len(enqueued)} seen waiting after a kill, "
              f"{len(arrived) - len({(s, t) for s, t, _ in arrived})} repeats, {len(left)} left", flush=True)

    def judge(self, arrived, enqueued, left):
        first = {}
        newest = {}
        for series, timestamp, value in arrived:
            if (series, timestamp) in first:
                self.assertEqual(first[series, timestamp], value, f"a repeat differs: {series} {timestamp}")
                continue
            first[series, timestamp] = value
            self.assertLess(newest.get(series, ""), timestamp, f"series {series} is out of order")
            newest[series] = timestamp
        for series, at, value in enqueued:
            timestamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at // 10**9))
            self.assertEqual(first.get((series, timestamp)), value, f"series {series} at {timestamp} never arrived")
        # What is left is what the end of the last run did not wait for.
        self.assertLess(len(left), 100)


if __name__ == "__main__":
    unittest.main(verbosity=2)
