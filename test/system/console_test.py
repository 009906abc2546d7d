"""Time under control from standard input: stepped, hurried and let go, by a person or a script."""

import re
import subprocess
import unittest

from rig import PLANS, SystemTest, finish, wait_for

QUICK = {"HIL_TIMING__SCHEDULER_PERIOD_S": "1", "HIL_TIMING__PLANT_PERIOD_S": "1",
         "HIL_TIMING__MEASUREMENT_PERIOD_S": "1"}
BEGIN = "2025-10-01T10:00:00"


class Console(SystemTest):
    def start(self, rig, *arguments):
        return rig.start("run", "--headless", "--paused", "--data-dir", rig.data, "--from", BEGIN,
                         "--schedule", PLANS / "es_2025-10-01.csv", *arguments, stdin=subprocess.PIPE)

    @staticmethod
    def times(out):
        return re.findall(r"^2025-10-01T(\d\d:\d\d:\d\d)\+02:00  ", out, re.MULTILINE)

    def test_each_line_is_done_before_the_next(self):
        rig = self.rig("local", **QUICK)
        process = self.start(rig)
        out, err = process.communicate("\n\nstep 10s\nstep 1m\nnonsense\nspeed 0\nend\n", timeout=180)
        self.assertIn("the clock is paused and nothing runs yet: Enter is one step of 1 s", out)
        self.assertEqual(self.times(out)[:4], ["10:00:01", "10:00:02", "10:00:12", "10:01:12"], out)
        self.assertIn('"nonsense" is not understood: a line is empty (one step), or step 10s', out)
        self.assertIn("a speed above 0 and at most 1000000", out)
        self.assertIn("the clock runs again, so that the plants can be stopped", out)
        self.assertEqual(process.returncode, 0, out + err)
        rows = (rig.data / "20251001_lib.csv").read_text().splitlines()
        recorded = [row.split(",")[0] for row in rows if ",,,," not in row][1:]
        self.assertIn("2025-10-01T10:01:12+02:00", recorded)
        self.assertLess(max(recorded), "2025-10-01T10:01:40")

    def test_where_the_input_ends_the_run_goes_on_to_its_end(self):
        rig = self.rig("local", **QUICK)
        process = self.start(rig, "--duration", "10m", "--speed", "600")
        out, err = process.communicate("step 30s", timeout=180)
        self.assertEqual(self.times(out)[0], "10:00:30", out)
        self.assertIn("the input ended: the clock runs\n", out)
        self.assertEqual(process.returncode, 0, out + err)

    def test_it_is_resumed_and_paused_again(self):
        rig = self.rig("local", **QUICK)
        process = self.start(rig, "--speed", "100")

        def say(line):
            process.stdin.write(line + "\n")
            process.stdin.flush()
        say("go")
        with rig.peer("lib") as lib:
            wait_for(lambda: lib.read(270) != [0], "no power flows")
        say("pause")
        shown = process.stdout.readline
        line = ""
        while not self.times(line):
            line = shown()
            self.assertTrue(line)
        paused_at = self.times(line)[0]
        say("step 5s")
        while not self.times(line) or self.times(line)[0] == paused_at:
            line = shown()
            self.assertTrue(line)

        def clock_s(text):
            h, m, s = map(int, text.split(":"))
            return h * 3600 + m * 60 + s
        self.assertLessEqual(abs(clock_s(self.times(line)[0]) - clock_s(paused_at) - 5), 1)
        say("end")
        self.assertEqual(finish(process).status, 0)


if __name__ == "__main__":
    unittest.main()
