"""Prints figures of the running service; nothing is asserted, nothing is a test.

    /usr/bin/python3 test/system/figures.py [--seconds 60] [--runs 7]

Two emulated plants in the service, the shipped periods of 2 s, real time, real sockets and files. The reference
column is the Python tool that this service succeeds, on other hardware.
"""

import argparse
import os
import re
import signal
import statistics
import time
from datetime import datetime, timedelta, timezone

from recordings import seconds, write_plan
from rig import LIB, PLANT_SIM, Rig, finish, wait_for

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mb(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) / 1024


def now():
    return datetime.now(timezone.utc)


def running(rig, *arguments):
    return rig.start("run", "--headless", "--data-dir", rig.data, *arguments)


def constant_plan(rig, p_kw=100.0):
    begin = now().replace(microsecond=0) - seconds(60)
    return write_plan(rig.directory / "plan.csv", [(begin, p_kw, 20.0), (begin + timedelta(hours=2), 0, 0)],
                      ("lib_p_kw", "vrfb_p_kw"))


def emulators_up():
    """From the start of the process until both plants accept connections."""
    with Rig() as rig:
        began = time.monotonic()
        process = running(rig)
        wait_for(lambda: rig.listening("lib") and rig.listening("vrfb"), "does not listen", pause_s=0.0005)
        took = time.monotonic() - began
        process.kill()
        return took


def start_and_stop():
    """(start of the process until both plants are reported running, SIGTERM at power until the process is gone)."""
    with Rig() as rig:
        plan = constant_plan(rig)
        began = time.monotonic()
        process = running(rig, "--schedule", plan)
        reported = set()
        while len(reported) < 2:
            line = process.stdout.readline()
            if not line:
                raise AssertionError(process.stderr.read())
            found = re.match(r"(\w+) runs at ", line)
            if found:
                reported.add(found[1])
        started = time.monotonic() - began
        with rig.peer("lib") as lib:
            wait_for(lambda: lib.read_signed(LIB["p_battery"]) == 1000, "no power")
            time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        finish(process)
        return started, time.monotonic() - began


def steady(duration_s):
    """(percent of a core, RSS in MB) with both plants running and recorded."""
    with Rig() as rig:
        process = running(rig, "--schedule", constant_plan(rig))
        with rig.peer("lib") as lib:
            wait_for(lambda: lib.read(LIB["enable"])[0] == 1, "is not started")
        time.sleep(3)
        before, began = cpu_seconds(process.pid), time.monotonic()
        time.sleep(duration_s)
        used, over = cpu_seconds(process.pid) - before, time.monotonic() - began
        memory = rss_mb(process.pid)
        process.terminate()
        finish(process)
        return 100 * used / over, memory


def register_lags(steps):
    """Seconds from each step of a plan until a client sees it in the register, against plants in another process."""
    with Rig("remote") as rig:
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        with rig.peer("lib") as lib, rig.peer("vrfb"):
            # Odd seconds and a half, so that steps lie between the service's own periods.
            first = now().replace(microsecond=0) + seconds(4.5)
            instants = [first + seconds(1.5 * k) for k in range(steps)]
            plan = write_plan(rig.directory / "plan.csv",
                              [(first - seconds(60), 0.0)] + [(at, 10.0 + k) for k, at in enumerate(instants)])
            process = running(rig, "--transport", "remote", "--schedule", plan)
            lags = []
            for k, at in enumerate(instants):
                wait_for(lambda: lib.read_signed(LIB["p_setpoint"]) == 100 + 10 * k, "step is not seen", 10, 0.0005)
                lags.append((now() - at).total_seconds())
            process.terminate()
            finish(process)
            return lags


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="length of the steady part")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()

    def line(label, figure, reference):
        print(f"{label:<52} {figure:>26}   {reference}", flush=True)

    line("", "median (worst)", "reference")
    ups = [emulators_up() for _ in range(options.runs)]
    line("start of the process until both emulators accept", f"{statistics.median(ups):.3f} ({max(ups):.3f}) s", "0.42 s")
    pairs = [start_and_stop() for _ in range(options.runs)]
    starts, stops = zip(*pairs)
    line("start of the process until both plants run", f"{statistics.median(starts):.3f} ({max(starts):.3f}) s", "3.33 s")
    line("SIGTERM at power until the process has ended", f"{statistics.median(stops):.2f} ({max(stops):.2f}) s",
         "2.21 s for one plant")
    lags = register_lags(10)
    line("step of a plan until a client sees it in the register", f"{statistics.median(lags) * 1e3:.1f} "
         f"({max(lags) * 1e3:.1f}) ms", "1610 ms")
    cpu, memory = steady(options.seconds)
    line(f"CPU over {options.seconds:.0f} s, two plants at 2 s", f"{cpu:.2f} % of a core", "1.7 %")
    line("RSS at its end", f"{memory:.1f} MB", "87 MB")


if __name__ == "__main__":
    main()
