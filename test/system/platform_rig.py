"""The emulated market platform as a process, over TLS with a certificate of its own."""

import json
import re
import ssl
import subprocess
import urllib.request
from pathlib import Path

from rig import PLANT_SIM, wait_for

ISTENTORE_SIM = str(Path(PLANT_SIM).with_name("istentore_sim"))
EMAIL, PASSWORD = "site@example.org", "not a secret"


class Platform:
    """An istentore_sim of a rig, and the environment in which the rig's services find it and post to it."""

    def __init__(self, rig, *arguments):
        self.certificate, key = rig.directory / "sim.crt", rig.directory / "sim.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "30", "-subj", "/CN=localhost", "-addext", f"subjectAltName=IP:{rig.host}",
                        "-keyout", key, "-out", self.certificate], check=True, capture_output=True)
        rig.environment |= {"HIL_ISTENTORE_SIM_EMAIL": EMAIL, "HIL_ISTENTORE_SIM_PASSWORD": PASSWORD}
        output = rig.directory / "istentore_sim.out"
        with output.open("w") as stream:
            self.process = rig.start("--host", rig.host, "--port", 0, "--cert", self.certificate, "--key", key,
                                     *arguments, program=ISTENTORE_SIM, stdout=stream)
        self.address = wait_for(lambda: (found := re.search(r"listening on (\S+)", output.read_text())) and found[1],
                                "istentore_sim does not listen")
        rig.environment |= {"HIL_ISTENTORE_API__BASE_URL": self.address,
                            "HIL_ISTENTORE_API__CA_FILE": str(self.certificate),
                            "HIL_ISTENTORE_API__EMAIL": EMAIL,
                            "HIL_ISTENTORE_API__PASSWORD": PASSWORD,
                            "HIL_ISTENTORE_API__POST_IN_LOCAL_MODE": "true"}
        self.trust = ssl.create_default_context(cafile=self.certificate)

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60, context=self.trust) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def set_faults(self, *faults):
        self.ask("PUT", "/_sim/faults", {"faults": list(faults)})

    def values(self):
        """(series, timestamp, value) of everything that arrived, in its order."""
        return [(post["measurement_series"], m["timestamp"], m["measurement"])
                for post in self.ask("GET", "/_sim/measurements")["posts"] for m in post["measurements"]]
