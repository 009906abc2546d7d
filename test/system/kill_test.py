"""kill -9 in the middle of recorded runs: what is lost is at most one flush period, and nothing else is harmed.

How far the site had come when it was killed is read from the emulated battery itself, by a Modbus client of its
own right before the signal: at a constant power its state of charge is a clock that stands in no file of the
service. The reading comes a moment before the kill, so the bound proved is

    newest recorded row >= site time at the reading - write period - sampling period - resolution of that clock

where the resolution is one count of the register plus one step of the emulator. What happens between the reading
and the kill (a millisecond or so of wall time) is not covered by it.
"""

import os
import random
import signal
import time
import unittest
from datetime import timedelta

from recordings import HEADER, ZONE, local, monotone, parse_line, read_all, seconds, split_lines, write_plan
from rig import LIB, SystemTest

KILLS = int(os.environ.get("HIL_TEST_KILLS", "50"))
LATEST_KILL_S = float(os.environ.get("HIL_TEST_LATEST_KILL_S", "1.2"))  # longer on a machine that is busy
SPEED = 720
POWER_KW, CAPACITY_KWH, INITIAL_SOC = 100.0, 500.0, 0.5
WRITE_PERIOD, PERIOD, PLANT_STEP = seconds(60), seconds(2), seconds(2)
COUNT = seconds(1e-4 * CAPACITY_KWH / POWER_KW * 3600)
RESOLUTION = COUNT + PLANT_STEP


class Killed(SystemTest):
    def killed_run(self, rig, begin, plan, delay_s):
        """Runs for `delay_s` of wall time and kills.

        The site time seen right before (none if it was too early), a later one it cannot have passed, and what was
        said at the start.
        """
        started = time.monotonic()
        process = rig.start("run", "--headless", "--data-dir", rig.data, "--schedule", plan, "--from",
                            begin.astimezone(ZONE).isoformat(), "--duration", "2h", "--speed", SPEED)
        deadline = started + delay_s
        reached = None
        try:
            with rig.peer("lib", timeout_s=delay_s) as plant:
                while True:
                    running = plant.read(LIB["enable"])[0] == 1
                    soc = plant.read(LIB["soc"])[0] / 1e4
                    if time.monotonic() >= deadline:
                        break
                    time.sleep(min(0.02, max(0.0, deadline - time.monotonic())))
                if running:
                    # The model's clock starts within one step of the first instant.
                    reached = begin + seconds((INITIAL_SOC - soc) * CAPACITY_KWH / POWER_KW * 3600)
        except (AssertionError, OSError):
            time.sleep(max(0.0, deadline - time.monotonic()))
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL, f"{out}\n{err}")
        # The speed is an upper bound: further it cannot have come.
        return reached, begin + seconds(SPEED * (time.monotonic() - started)), err

    def whole_lines(self, directory):
        """{file: its complete lines}; every one of them is a row, only the end of a file may be torn."""
        lines = {}
        for path in directory.glob("????????_*.csv"):
            complete, _ = split_lines(path.read_bytes())
            if complete:
                self.assertEqual(complete[0], HEADER, path)
            for line in complete[1:]:
                parse_line(line)
            lines[path.name] = complete
        return lines

    def next_begin(self, chance, bound):
        """Mostly soon afterwards, into the same file; sometimes at the midnight after it."""
        if chance.random() < 0.2:
            tomorrow = bound.astimezone(ZONE).date() + timedelta(days=1)
            return local(f"{tomorrow}T00:00:00")
        return bound.replace(microsecond=0) + seconds(1 + chance.randrange(600))

    def kill_again_and_again(self, kills, seed, stable):
        # State of charge is left out of the comparison, so that a constant plan is one long merged stretch.
        rig = self.rig(HIL_RECORDING__COMPRESSION__TOLERANCES__SOC_PU="1")
        chance = random.Random(seed)
        begin = local("2026-01-15T06:00:00")
        seen, losses, mended = [], [], 0
        for _ in range(kills):
            steps = [(begin, POWER_KW)] if stable else [
                (begin + seconds(10 * k), POWER_KW + 0.1 * (k % 2)) for k in range(400)]
            plan = write_plan(rig.directory / "plan.csv", [*steps, (begin + timedelta(hours=2), 0.0)])
            before = self.whole_lines(rig.data) if rig.data.exists() else {}
            reached, bound, err = self.killed_run(rig, begin, plan, chance.uniform(0.05, LATEST_KILL_S))
            for line in err.splitlines():
                if line.startswith("note: ") and "--from does not continue it" in line:
                    continue
                self.assertRegex(line, r"\.csv: (cut off a torn last line|took over the pending row)", err)
                mended += 1
            # Whatever was whole before this run stands where it stood.
            after = self.whole_lines(rig.data) if rig.data.exists() else {}
            for name, lines in before.items():
                self.assertEqual(after[name][:len(lines)], lines, name)
            seen.append((begin, reached, bound))
            begin = self.next_begin(chance, bound)
        last = rig.run_headless("--from", begin.astimezone(ZONE).isoformat(), "--duration", "1m", "--speed", "20000")
        self.assert_ended(last, 0)

        for plant in ("lib", "vrfb"):
            rows = read_all(rig.data, plant)
            self.assertIsNone(monotone(rows))
            measured = [r.at for r in rows if r.values is not None]
            ends = [at for at, *_ in seen[1:]] + [begin]
            for (run_begin, reached, bound), run_end in zip(seen, ends):
                if reached is None:
                    continue
                kept = [at for at in measured if run_begin <= at < run_end]
                newest = kept[-1] if kept else run_begin
                self.assertLessEqual(newest, bound)
                lost = reached - newest
                losses.append(lost)
                self.assertLessEqual(lost, WRITE_PERIOD + PERIOD + RESOLUTION,
                                     f"{plant}: run of {run_begin} had reached {reached}, newest row {newest}")
            self.assert_exported(rig, plant, rows)
        self.assertEqual(list(rig.data.glob("*.pending")), [])
        self.assertGreater(len(losses), kills, "too few runs came far enough to tell")
        print(f"{kills} kills: {len(losses) // 2} with a reading, lost at most {max(losses).total_seconds():.0f} s of "
              f"site time, {mended} files mended", flush=True)
        return mended

    def assert_exported(self, rig, plant, rows):
        """History has every row of the recordings, the pending rows that only the files took over included."""
        recorded = {}
        for row in rows:
            if row.values is not None or row.at not in recorded:
                recorded[row.at] = row.values
        exported = rig.run("export", "--data-dir", rig.data, "--plant", plant)
        self.assert_ended(exported, 0)
        history = {row.at: row.values for row in map(parse_line, exported.out.splitlines()[1:])}
        missing = [at for at in recorded if at not in history]
        self.assertEqual(missing, [], f"{plant}: {len(missing)} of {len(recorded)} rows are not in history")
        self.assertEqual(history, recorded)

    def test_fifty_kills_lose_one_flush_period_at_most(self):
        self.kill_again_and_again(KILLS // 2, seed=1, stable=False)

    def test_in_a_stable_stretch_too(self):
        mended = self.kill_again_and_again(KILLS - KILLS // 2, seed=2, stable=True)
        self.assertGreater(mended, 0, "no pending row was ever taken over")


class Torn(SystemTest):
    """A kill hardly ever tears a line; here every kind of torn end is made by hand."""

    def test_a_torn_end_is_cut_off_and_said(self):
        rig = self.rig()
        begin = local("2026-01-15T06:00:00")
        plan = write_plan(rig.directory / "plan.csv", [(begin + seconds(10 * k), float(k % 7)) for k in range(400)])

        def run(at):
            return rig.run_headless("--schedule", plan, "--from", at.astimezone(ZONE).isoformat(), "--duration", "20s",
                                    "--speed", "20000")
        self.assert_ended(run(begin), 0)
        chance = random.Random(3)
        file = rig.data / "20260115_lib.csv"
        for _ in range(25):
            data = file.read_bytes()
            lines = data.split(b"\n")[:-1]
            kept = b"\n".join(lines[:-1]) + b"\n"
            torn = lines[-1][:chance.randrange(1, len(lines[-1]) + 1)]  # whole but for its line end, too
            file.write_bytes(kept + torn)
            begin += seconds(60)
            ended = run(begin)
            self.assert_ended(ended, 0)
            self.assertEqual(ended.err, f"{file}: cut off a torn last line of {len(torn)} bytes\n")
            self.assertTrue(file.read_bytes().startswith(kept))
            rows = read_all(rig.data, "lib")
            self.assertIsNone(monotone(rows))
            self.assertEqual(rows[-1].at, begin + seconds(20))
            self.assertEqual([r.at for r in rows if r.values is not None and r.at >= begin][0], begin)

    def test_a_torn_header_is_written_again(self):
        rig = self.rig()
        rig.data.mkdir()
        file = rig.data / "20260115_lib.csv"
        file.write_text(HEADER[:20])
        ended = rig.run_headless("--from", "2026-01-15T06:00:00", "--duration", "20s", "--speed", "20000")
        self.assert_ended(ended, 0)
        self.assertEqual(ended.err, f"{file}: cut off a torn last line of 20 bytes\n")
        self.assertEqual(len(read_all(rig.data, "lib")) >= 3, True)

    def test_a_block_of_zeros_is_cut_off(self):
        rig = self.rig()
        self.assert_ended(rig.run_headless("--from", "2026-01-15T06:00:00", "--duration", "20s", "--speed", "20000"), 0)
        file = rig.data / "20260115_lib.csv"
        sound = file.read_bytes()
        file.write_bytes(sound + b"\0" * 100)
        ended = rig.run_headless("--from", "2026-01-15T07:00:00", "--duration", "20s", "--speed", "20000")
        self.assert_ended(ended, 0)
        self.assertEqual(ended.err, f"{file}: cut off a torn last line of 100 bytes\n")
        self.assertTrue(file.read_bytes().startswith(sound))
        self.assertIsNone(monotone(read_all(rig.data, "lib")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
