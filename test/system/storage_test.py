"""What becomes of the plants, the emergency stop and the rows when the data directory vanishes, the disk is full,
or the process dies at the wrong moment. The plants are another program's, so that they outlive the service."""

import errno
import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import time
import unittest
from datetime import datetime, timedelta, timezone

from recordings import monotone, read_all, seconds, write_plan
from rig import LIB, PLANT_SIM, VRFB, SystemTest, finish, wait_for
from web_rig import WEB, WebService

QUICK = WEB | {f"HIL_TIMING__{name}_PERIOD_S": "0.5" for name in ("SCHEDULER", "PLANT", "MEASUREMENT")}
QUICK |= {"HIL_TIMING__MEASUREMENTS_WRITE_PERIOD_S": "1", "HIL_RECORDING__COMPRESSION__ENABLED": "false"}
SOON_S = 20  # on a busy machine; the service looks each second


class Storage(SystemTest):
    def site(self, *arguments, **environment):
        """A rig whose plants run at 100 kW under a service."""
        rig = self.rig("remote", **(QUICK | environment))
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        self.lib, self.vrfb = (self.enterContext(rig.peer(plant)) for plant in ("lib", "vrfb"))
        begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=1)
        rig.plan = write_plan(rig.directory / "plan.csv", [(begin, 100.0, -80.0), (begin + timedelta(hours=2), 0.0, 0.0)],
                              ("lib_p_kw", "vrfb_p_kw"))
        return rig

    def serve(self, rig, *arguments):
        service = WebService(rig, "--transport", "remote", "--schedule", rig.plan, *arguments)
        return service

    def running(self, rig):
        service = self.serve(rig, "--start", "--record")
        wait_for(lambda: self.lib.read(LIB["p_setpoint"])[0] == 1000, "lib does not follow its plan")
        wait_for(lambda: self.lib.read(LIB["enable"])[0] == self.vrfb.read(VRFB["enable"])[0] == 1,
                 "the plants are not started")
        return service

    def stopped(self):
        return (self.lib.read(LIB["enable"])[0], self.vrfb.read(VRFB["enable"])[0],
                self.lib.read(LIB["p_setpoint"])[0], self.vrfb.read(VRFB["p_setpoint"])[0]) == (0, 0, 0, 0)

    def assert_stopped(self):
        wait_for(self.stopped, "the plants are not stopped", SOON_S)

    def kill(self, service):
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()

    def end(self, service):
        service.process.terminate()
        service.process.wait(60)
        return service.process.returncode


class Directory(Storage):
    """Deleted, moved, replaced, emptied: each is a safe stop that only a restart ends."""

    def lose(self, how, says):
        rig = self.site()
        service = self.running(rig)
        how(rig)
        self.assert_stopped()
        status, health = service.ask("GET", "/health/ready")
        self.assertEqual(status, 503)
        self.assertIn(says, str(health))
        self.assertEqual(service.command("plant.start", plant="lib")["message"], "data_directory_lost")
        estop = service.command("estop", reason="smoke")
        self.assertEqual((estop["state"], estop["message"]), ("failed", "not_saved"))
        self.assertEqual(self.end(service), 1)
        self.assertIn("FAILED: ", service.process.stderr.read())
        return rig

    def test_deleted(self):
        rig = self.lose(lambda rig: shutil.rmtree(rig.data), "deleted or moved")
        self.assertFalse(rig.data.exists())

    def test_moved(self):
        rig = self.lose(lambda rig: rig.data.rename(rig.directory / "moved"), "deleted or moved")
        self.assertFalse(rig.data.exists())

    def test_replaced(self):
        def replace(rig):
            rig.data.rename(rig.directory / "moved")
            rig.data.mkdir()
        rig = self.lose(replace, "replaced")
        self.assertEqual(list(rig.data.iterdir()), [])

    def test_emptied(self):
        def empty(rig):
            for path in rig.data.iterdir():
                path.unlink()
        self.lose(empty, "deleted")

    def test_the_database_alone(self):
        self.lose(lambda rig: (rig.data / "hil.sqlite").unlink(), "database")

    def test_no_second_service_beside_a_living_one(self):
        rig = self.site()
        service = self.running(rig)
        moved = rig.directory / "moved"
        rig.data.rename(moved)
        for data in (rig.data, moved):
            second = rig.run("run", "--headless", "--transport", "remote", "--data-dir", data, "--duration", "1s")
            self.assert_ended(second, 3)
            self.assertIn("is in use by another process", second.err)
        self.assert_stopped()
        self.end(service)


class Killed(Storage):
    def test_what_is_found_running_is_stopped_before_anything_else(self):
        rig = self.site()
        self.kill(self.running(rig))
        self.assertEqual(self.lib.read(LIB["enable"])[0], 1)
        service = self.serve(rig)
        self.assertTrue(self.stopped(), "the plants ran on while the service opened its files")
        self.assertEqual(self.end(service), 0)

    def test_a_service_that_cannot_start_again_stops_what_it_left(self):
        rig = self.site()
        self.kill(self.running(rig))
        shutil.rmtree(rig.data)
        rig.data.write_text("a file in the place of the directory")
        ended = rig.run("run", "--headless", "--transport", "remote", "--data-dir", rig.data)
        self.assert_ended(ended, 3)
        self.assertTrue(self.stopped())

    def test_a_directory_that_is_read_only_by_then_stops_what_was_left(self):
        rig = self.site()
        rig.data.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "none", rig.data], capture_output=True).returncode != 0:
            self.skipTest("a file system cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", rig.data])
        self.kill(self.running(rig))
        subprocess.run(["mount", "-o", "remount,ro", rig.data], check=True)
        ended = rig.run("run", "--headless", "--transport", "remote", "--data-dir", rig.data)
        self.assert_ended(ended, 3)
        self.assertIn("cannot be written", ended.err)
        self.assertTrue(self.stopped())

    def test_not_where_plants_are_to_be_left_as_they_are(self):
        rig = self.site(HIL_GENERAL__ON_START_RUNNING="leave")
        self.kill(self.running(rig))
        shutil.rmtree(rig.data)
        rig.data.write_text("a file in the place of the directory")
        self.assert_ended(rig.run("run", "--headless", "--transport", "remote", "--data-dir", rig.data), 3)
        self.assertEqual(self.lib.read(LIB["enable"])[0], 1)


class SharedMemory(Storage):
    def test_files_beside_the_database_that_are_cut_off_or_deleted_end_nothing(self):
        rig = self.site()
        service = self.running(rig)
        for path in rig.data.glob("hil.sqlite-shm"):
            os.truncate(path, 0)
            time.sleep(3)
            path.unlink()
        time.sleep(3)
        self.assertIsNone(service.process.poll(), "the service is gone")
        self.assertEqual(service.command("plant.stop", plant="lib")["state"], "succeeded")
        self.assertEqual(self.end(service), 0)

    def test_why_export_and_report_beside_a_running_service(self):
        rig = self.site()
        service = self.running(rig)
        time.sleep(7)
        at = (datetime.now(timezone.utc) - timedelta(seconds=3)).isoformat()
        why = rig.run("why", "--data-dir", rig.data, "--plant", "lib", "--at", at)
        self.assert_ended(why, 0)
        self.assertIn("100", why.out)
        exported = rig.run("export", "--data-dir", rig.data, "--plant", "lib", "--transport", "remote")
        self.assert_ended(exported, 0)
        self.assertGreater(len(exported.out.splitlines()), 5)
        made = rig.run("report", "--data-dir", rig.data, "--transport", "remote", "--output", rig.directory / "report.html")
        self.assert_ended(made, 0)
        self.assertIn("lib", (rig.directory / "report.html").read_text())
        self.assertEqual(self.end(service), 0)


class Full(Storage):
    """On a file system of a few megabytes, which only those may mount who may mount."""

    SIZE = "6m"

    def small_site(self):
        rig = self.site()
        rig.data.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "none", rig.data],
                          capture_output=True).returncode != 0:
            self.skipTest("a small file system cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", rig.data])
        return rig

    def fill(self, rig):
        """Takes what room there is, and what comes free meanwhile."""
        with open(rig.data / "filler", "ab", buffering=0) as filler:
            for size in (1 << 16, 1 << 12, 1):
                while True:
                    try:
                        if filler.write(b"x" * size) < size:
                            break
                    except OSError as error:
                        self.assertEqual(error.errno, errno.ENOSPC)
                        break

    def test_a_latch_survives_a_death_before_there_is_room(self):
        rig = self.small_site()
        service = self.running(rig)
        self.fill(rig)
        time.sleep(4)
        self.fill(rig)
        estop = service.command("estop", reason="smoke")
        self.assertEqual(estop["state"], "succeeded", estop)
        self.assert_stopped()
        self.kill(service)
        (rig.data / "filler").unlink()
        again = self.serve(rig, "--start", "--record")
        state = again.state()["estop"]
        self.assertEqual((state["latched"], state["reason"]), (True, "smoke"))
        time.sleep(3)
        self.assertTrue(self.stopped())
        self.end(again)

    def test_rows_that_are_lost_for_good_are_no_success(self):
        rig = self.small_site()
        service = self.running(rig)
        self.fill(rig)
        time.sleep(5)
        self.fill(rig)
        self.assertEqual(self.end(service), 1)
        self.assertRegex(service.process.stderr.read(), r"FAILED: \d+ rows? of lib could not be recorded")
        self.assertTrue(self.stopped())

    def test_rows_wait_for_room_and_none_is_lost_or_written_twice(self):
        rig = self.small_site()
        service = self.running(rig)
        time.sleep(2)
        self.fill(rig)
        time.sleep(5)
        self.fill(rig)
        time.sleep(3)
        (rig.data / "filler").unlink()
        wait_for(lambda: service.ask("GET", "/health/ready")[0] == 200, "it does not recover", 90)
        self.assertEqual(self.end(service), 0)
        rows = read_all(rig.data, "lib", ".remote")
        self.assertIsNone(monotone(rows))
        measured = [r.at for r in rows if r.values is not None]
        gaps = [b - a for a, b in zip(measured, measured[1:])]
        self.assertLessEqual(max(gaps), seconds(2), "rows are missing")


class Failing(Storage):
    """On a disk that takes nothing more from one moment on."""

    def site_on_a_disk(self):
        rig = self.site()
        rig.data.mkdir()
        image = rig.directory / "disk"
        with image.open("wb") as file:
            file.truncate(32 << 20)
        for command in (["mkfs.ext4", "-q", image], ["mount", "-o", "loop", image, rig.data]):
            if shutil.which(command[0]) is None or subprocess.run(command, capture_output=True).returncode != 0:
                self.skipTest("a disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", rig.data])
        return rig

    def break_disk(self, rig):
        shut_down, without_saving = 0x8004587D, 2
        directory = os.open(rig.data, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, shut_down, struct.pack("I", without_saving))
        except OSError as error:
            self.skipTest(f"a disk cannot be made to fail here: {error}")
        finally:
            os.close(directory)

    def test_dispatch_goes_on_and_no_stop_is_said_to_be_remembered(self):
        rig = self.site_on_a_disk()
        service = self.running(rig)
        self.break_disk(rig)
        wait_for(lambda: service.ask("GET", "/health/ready")[0] == 503, "ready does not say so", SOON_S)
        time.sleep(3)
        self.assertIsNone(service.process.poll(), "the service is gone")
        self.assertEqual(self.lib.read(LIB["p_setpoint"])[0], 1000)
        estop = service.command("estop", reason="smoke")
        self.assertEqual((estop["state"], estop["message"]), ("failed", "not_saved"))
        self.assert_stopped()
        self.assertEqual(self.end(service), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
