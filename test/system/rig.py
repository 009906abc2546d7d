"""Runs the real programs in a directory of their own, on ports and a loopback address of their own."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
SCHEDULER = os.environ.get("HIL_TEST_SCHEDULER", str(SOURCES / "build/release/hil_scheduler"))
PLANT_SIM = os.environ.get("HIL_TEST_PLANT_SIM", str(SOURCES / "build/release/plant_sim"))
PLANS = SOURCES / "test/data/schedule"
# Far beyond what anything here needs, for a machine that is busy or a build that is slow.
TIMEOUT_S = 180

# Register addresses of the shipped plants.
LIB = {"enable": 1, "stop_command": 85, "p_setpoint": 86, "q_setpoint": 88, "p_battery": 270, "soc": 281}
VRFB = {"enable": 7, "start_command": 5, "p_setpoint": 1, "q_setpoint": 2, "p_battery": 14, "soc": 22}


def _own_address():
    """Of 127/8, by process: tests that run side by side cannot take each other's ports."""
    process = os.getpid()
    return f"127.{1 + (process >> 16) % 250}.{(process >> 8) & 255}.{1 + (process & 255) % 254}"


class Rig:
    """A directory, two plants and an environment. Use as a context manager: nothing is left running.

    `endpoint`: which endpoints of the plants get free ports; none to leave the configuration alone.
    """

    def __init__(self, endpoint="local", **environment):
        self.directory = Path(tempfile.mkdtemp(prefix="hil-system-"))
        self.data = self.directory / "data"
        self.host = _own_address()
        self.ports = self._free_ports(2)
        self.processes = []
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HIL_")}
        self.environment = clean | {"HIL_GENERAL__LOG_DIR": str(self.directory / "logs")} | environment
        for plant, port in zip(("LIB", "VRFB"), self.ports if endpoint else ()):
            prefix = f"HIL_PLANTS__{plant}__MODBUS__{endpoint.upper()}__"
            self.environment[prefix + "HOST"] = self.host
            self.environment[prefix + "PORT"] = str(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _free_ports(self, count):
        held = [socket.create_server((self.host, 0)) for _ in range(count)]
        ports = [s.getsockname()[1] for s in held]
        for s in held:
            s.close()
        return ports

    def file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def start(self, *arguments, program=SCHEDULER, **more):
        """Starts a program; its output is piped unless `more` says otherwise."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | more
        process = subprocess.Popen([program, *map(str, arguments)], cwd=self.directory, env=self.environment,
                                   text=True, **streams)
        self.processes.append(process)
        return process

    def run(self, *arguments, **more):
        """Runs the scheduler to its end."""
        return finish(self.start(*arguments, **more))

    def run_headless(self, *arguments, data=None, **more):
        return self.run("run", "--headless", "--data-dir", data or self.data, *arguments, **more)

    def peer(self, plant, timeout_s=TIMEOUT_S):
        """A connection to a plant's emulator as soon as it listens."""
        from modbus_peer import ModbusPeer

        def connect():
            try:
                return ModbusPeer(self.host, self.ports[("lib", "vrfb").index(plant)])
            except OSError:
                return None
        return wait_for(connect, f"{plant} does not listen", timeout_s)

    def listening(self, plant):
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.ports[("lib", "vrfb").index(plant)])) == 0

    def log(self, channel):
        """What was logged so far, rotated files left out."""
        path = self.directory / "logs" / f"{channel}.log"
        return path.read_text() if path.exists() else ""


class Ended:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f"exit {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def summary(self, plant):
        """{label: text} of the plant's lines of the summary."""
        block = re.search(rf"^\w+ \({plant}\)\n((?:  .*\n)+)", self.out, re.MULTILINE)
        return {} if not block else dict(line.split(None, 1) for line in block[1].splitlines())


def finish(process, timeout_s=TIMEOUT_S):
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"did not end within {timeout_s} s: {Ended('none', out, err)}") from None
    return Ended(process.returncode, out, err)


def wait_for(condition, failing, timeout_s=TIMEOUT_S, pause_s=0.005):
    """The first true value of `condition()`."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(failing)
        time.sleep(pause_s)


class SystemTest(unittest.TestCase):
    def rig(self, endpoint="local", **environment):
        return self.enterContext(Rig(endpoint, **environment))

    def assert_ended(self, ended, status):
        self.assertEqual(ended.status, status, str(ended))
        for sign in ("terminate called", "Sanitizer", "runtime error:", "std::", "boost::", "what():"):
            self.assertNotIn(sign, ended.err, str(ended))
