"""A service with its web servers, spoken to as a script would."""

import json
import re
import urllib.error
import urllib.request

from rig import TIMEOUT_S, wait_for

# The read-only server stays off: its port would be one more to find.
WEB = {"HIL_DASHBOARD__PUBLIC_READONLY__ENABLED": "false"}
ENDED = ("succeeded", "failed", "rejected")


class WebService:
    """The service of a rig, started with `arguments`; `address` is where its dashboard was said to be."""

    def __init__(self, rig, *arguments):
        rig.environment["HIL_DASHBOARD__PRIVATE__HOST"] = rig.host
        self.port = rig._free_ports(1)[0]
        # What it says goes to a file: nobody reads the pipe while it runs.
        self.output = rig.directory / f"service-{len(rig.processes)}.out"
        with self.output.open("w") as output:
            self.process = rig.start("run", "--port", self.port, "--data-dir", rig.data, *arguments, stdout=output)
        self.address = wait_for(self._said, f"no dashboard was opened: {self.output.read_text()}")

    def _said(self):
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}: {self.output.read_text()}\n"
                                 f"{self.process.stderr.read()}")
        found = re.search(r"^dashboard at (\S+)$", self.output.read_text(), re.MULTILINE)
        return found and found[1]

    def ask(self, method, path, body=None):
        """Status and parsed body of any answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, method=method,
                                         headers={"Content-Type": "application/json"} if data else {})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        return status, json.loads(text) if text else None

    def state(self):
        return self.ask("GET", "/api/v1/status")[1]

    def command(self, kind, **fields):
        """The record of a command after its end."""
        status, record = self.ask("POST", "/api/v1/commands", {"kind": kind, **fields})
        if status != 202:
            raise AssertionError(f"{kind}: {status} {record}")

        def ended():
            now = self.ask("GET", f"/api/v1/commands/{record['id']}")[1]
            return now if now["state"] in ENDED else None
        return wait_for(ended, f"{kind} does not end", pause_s=0.05)
