"""What may be recorded into which directory, by whom, and what could not start says so with status 3."""

import time
import unittest
from datetime import timedelta

from recordings import local, monotone, read_all, read_file, seconds, write_plan
from rig import LIB, VRFB, SystemTest, finish, wait_for

BEGIN = local("2026-01-15T12:00:00")
PERIOD = seconds(2)


class RecordingDirectory(SystemTest):
    def wait_until_started(self):
        for plant, registers in (("lib", LIB), ("vrfb", VRFB)):
            with self.site.peer(plant) as peer:
                wait_for(lambda: peer.read(registers["enable"])[0] == 1, f"{plant} is not started")

    def setUp(self):
        self.site = self.rig()
        self.plan = write_plan(self.site.file("plan.csv", ""),
                               [(BEGIN, 40.0), (BEGIN + timedelta(minutes=5), -40.0), (BEGIN + timedelta(hours=1), 0.0)])

    def run_from(self, begin, data=None, duration="10m"):
        return self.site.run_headless("--schedule", self.plan, "--from", begin, "--duration", duration, "--speed",
                                      "20000", data=data)

    def measured(self, plant="lib", data=None):
        return [r.at for r in read_all(data or self.site.data, plant) if r.values is not None]

    def nulls(self, plant="lib"):
        return [r.at for r in read_all(self.site.data, plant) if r.values is None]

    def test_time_already_recorded_is_refused_and_the_closing_null_row_is_not_recorded_time(self):
        """[D-32]"""
        self.assert_ended(self.run_from("2026-01-15T12:00:00"), 0)
        file = self.site.data / "20260115_lib.csv"
        first = file.read_bytes()

        last = "2026-01-15T12:09:58+01:00"
        for begin in ("2026-01-15T12:00:00", "2026-01-15T12:09:58"):
            again = self.run_from(begin)
            self.assert_ended(again, 3)
            self.assertEqual(again.err,
                             f"hil_scheduler: --from {begin}+01:00 is not after the last row recorded for lib in "
                             f"{self.site.data} ({last}): choose a later time or another --data-dir\n")
            self.assertEqual(again.out, "")
        self.assertEqual(file.read_bytes(), first)

        # Another directory knows nothing of it.
        elsewhere = self.site.directory / "elsewhere"
        self.assert_ended(self.run_from("2026-01-15T12:00:00", data=elsewhere), 0)
        self.assertEqual((elsewhere / file.name).read_bytes(), first)

        # The instant of the closing null row: the first row takes its place, nothing else of what stands there
        # changes, and the rows join without a hole.
        boundary = BEGIN + timedelta(minutes=10)
        self.assertEqual(self.nulls(), [BEGIN - PERIOD, boundary])
        self.assert_ended(self.run_from("2026-01-15T12:10:00"), 0)
        self.assertTrue(file.read_bytes().startswith(first[:first.rindex(b"\n", 0, -1) + 1]))
        for plant in ("lib", "vrfb"):
            rows = read_all(self.site.data, plant)
            self.assertIsNone(monotone(rows))
            at_boundary = [r for r in rows if r.at == boundary]
            self.assertEqual([r.values is None for r in at_boundary], [False], at_boundary)
            self.assertEqual([r.at for r in rows if r.values is None and r.at < boundary + PERIOD], [BEGIN - PERIOD])
        self.assertEqual(self.measured()[-1], boundary + timedelta(minutes=10) - PERIOD)

        # A hole is marked on both of its sides.
        later = BEGIN + timedelta(hours=2)
        self.assert_ended(self.run_from("2026-01-15T14:00:00"), 0)
        self.assertEqual(self.nulls()[-3:-1], [boundary + timedelta(minutes=10), later - PERIOD])
        self.assertIsNone(monotone(read_all(self.site.data, "lib")))

    def test_each_run_from_a_time_begins_with_the_state_of_charge_of_the_configuration(self):
        for begin in ("2026-01-15T12:00:00", "2026-01-15T12:10:00"):
            self.assert_ended(self.run_from(begin), 0)
        rows = {r.at: r for r in read_all(self.site.data, "lib") if r.values is not None}
        self.assertEqual(rows[BEGIN].soc, 0.5)
        self.assertEqual(rows[BEGIN + timedelta(minutes=10)].soc, 0.5)
        self.assertNotEqual(rows[BEGIN + timedelta(minutes=10) - PERIOD].soc, 0.5)

    def test_two_processes_cannot_share_a_directory(self):
        with self.rig() as other:  # ports of its own
            holder = self.site.start("run", "--headless", "--data-dir", self.site.data, "--from", "2026-01-15T12:00:00",
                                     "--speed", "60")
            self.wait_until_started()
            second = other.run_headless("--from", "2026-02-01T00:00:00", "--duration", "10s", data=self.site.data)
            self.assert_ended(second, 3)
            self.assertEqual(second.err,
                             f"hil_scheduler: the data directory {self.site.data} is in use by another process\n")
            self.assertEqual(second.out, "")
            self.assertFalse(other.listening("lib"))
            holder.terminate()
            self.assert_ended(finish(holder), 0)
            # Free again.
            third = other.run_headless("--from", "2026-02-01T00:00:00", "--duration", "10s", "--speed", "20000",
                                       data=self.site.data)
            self.assert_ended(third, 0)

    def test_a_port_that_is_taken_is_named_with_its_plant(self):
        """[D-14]"""
        holder = self.site.start("run", "--headless", "--data-dir", self.site.data, "--from", "2026-01-15T12:00:00",
                                 "--speed", "60")
        self.wait_until_started()
        second = self.site.run_headless("--duration", "10s", data=self.site.directory / "elsewhere")
        self.assert_ended(second, 3)
        self.assertEqual(second.err, f"hil_scheduler: the emulator of lib cannot listen on {self.site.host}:"
                                     f"{self.site.ports[0]}: Address already in use\n")
        self.assertEqual(list((self.site.directory / "elsewhere").glob("*.csv")), [])
        holder.terminate()
        self.assert_ended(finish(holder), 0)

    def test_when_the_second_port_is_taken_the_first_is_given_back(self):
        """[D-14]"""
        import socket
        with socket.create_server((self.site.host, self.site.ports[1])):
            ended = self.site.run_headless("--duration", "10s")
            self.assert_ended(ended, 3)
            self.assertEqual(ended.err, f"hil_scheduler: the emulator of vrfb cannot listen on {self.site.host}:"
                                        f"{self.site.ports[1]}: Address already in use\n")
            self.assertFalse(self.site.listening("lib"))

    def test_a_file_in_the_place_of_the_directory(self):
        self.site.data.write_text("I was here first")
        began = time.monotonic()
        ended = self.run_from("2026-01-15T12:00:00")
        self.assertLess(time.monotonic() - began, 60)
        self.assert_ended(ended, 3)
        self.assertEqual(ended.err, f"hil_scheduler: the data directory {self.site.data} cannot be made: "
                                    "Not a directory\n")
        self.assertEqual(self.site.data.read_text(), "I was here first")
        self.assertFalse(self.site.listening("lib"))

    def test_a_file_in_the_place_of_the_log_directory(self):
        logs = self.site.file("logs", "")
        ended = self.run_from("2026-01-15T12:00:00")
        self.assert_ended(ended, 3)
        self.assertRegex(ended.err, rf"\Ahil_scheduler: the log directory {logs} cannot be made: .+\n\Z")
        self.assertFalse(self.site.listening("lib"))

    def test_a_directory_where_nothing_can_be_written(self):
        # A file system without files of one's own, so that it holds for root too.
        ended = self.run_from("2026-01-15T12:00:00", data="/proc/self")
        self.assert_ended(ended, 3)
        self.assertRegex(ended.err, r"\Ahil_scheduler: the data directory /proc/self cannot be written: .+\n\Z")

    def test_a_run_whose_rows_cannot_be_written_goes_on_and_fails(self):
        (self.site.data / "20260115_lib.csv").mkdir(parents=True)
        ended = self.run_from("2026-01-15T12:00:00")
        self.assert_ended(ended, 1)
        self.assertRegex(ended.err, r"\AFAILED: \d+ rows of lib could not be recorded and are lost\n\Z")
        self.assertIn("20260115_lib.csv cannot be written: Is a directory", ended.out)
        self.assertEqual(self.measured("vrfb")[-1], BEGIN + timedelta(minutes=10) - PERIOD)

    def test_a_day_of_another_plant_and_foreign_files_are_left_alone(self):
        self.site.data.mkdir()
        foreign = {"20260115_other.csv": "not,a,recording\n1,2", "notes.txt": "torn", "20260115.csv": "x"}
        for name, text in foreign.items():
            (self.site.data / name).write_text(text)
        ended = self.run_from("2026-01-15T12:00:00", duration="1m")
        self.assert_ended(ended, 0)
        self.assertEqual(ended.err, "")
        for name, text in foreign.items():
            self.assertEqual((self.site.data / name).read_text(), text)
        self.assertNotEqual(read_file(self.site.data / "20260115_lib.csv"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
