"""The service behind a real nginx, below a path: pages, API, WebSocket; what a forged header gains.

HIL_TEST_SILENCE=75 by hand: a WebSocket on a paused site outlives nginx's own 60 s."""

import base64
import os
import re
import shutil
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from rig import SOURCES, Rig, wait_for
from web_rig import WEB, WebService

SILENCE_S = float(os.environ.get("HIL_TEST_SILENCE", "0"))
NGINX = """
pid {d}/nginx.pid; error_log {d}/error.log; daemon off; master_process off;
events {{}}
http {{ access_log off; client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f;
 uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
 map $http_upgrade $hil_connection {{ default upgrade; "" close; }}
 server {{ listen {host}:{port}; server_name lab.example.org;
{location}
  location / {{ return 404 "not ours"; }} }} }}
"""


def shipped_location(host, port):
    """The location of etc/proxy/nginx.conf, in front of this service."""
    text = (SOURCES / "etc/proxy/nginx.conf").read_text()
    found = re.search(r"    location = /hil .*?\n    location /hil/ \{.*?\n    \}\n", text, re.S)
    return found[0].replace("127.0.0.1:8050", f"{host}:{port}")


def fetch(address, method="GET", body=None, **headers):
    request = urllib.request.Request(address, body, method=method,
                                     headers={"Host": "lab.example.org"} | {k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace"), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace"), error.headers


@unittest.skipIf(shutil.which("nginx") is None and not os.path.exists("/usr/sbin/nginx"), "nginx is not installed")
class Proxy(unittest.TestCase):
    def setUp(self):
        self.rig = self.enterContext(Rig(**WEB))
        made = self.rig.run("hash-password", "--token")
        self.hash = re.search(r"sha256:[0-9a-f]{64}", made.out)[0]
        words = re.findall(r"\S+", made.out)
        self.token = next(w for w in words if len(w) > 20 and not w.startswith("sha256:") and '"' not in w)

    def begin(self, accounts):
        text = (SOURCES / "etc/hil.json").read_text()
        auth = f'"auth": [{{ "name": "script", "role": "operator", "token_hash": "{self.hash}" }}], ' if accounts else ""
        base = '"base_path": "/hil", ' if accounts else ""
        text = text.replace('"private": { ', f'"private": {{ {auth}{base}')
        trusted = f'"trusted_proxies": ["{self.rig.host}"], ' if accounts else ""
        text = text.replace('"allowed_hosts": []', f'{trusted}"allowed_hosts": ["lab.example.org"]')
        config = self.rig.file("hil.json", text)
        self.service = WebService(self.rig, "--config", config)
        self.port = self.rig._free_ports(1)[0]
        conf = self.rig.file("nginx.conf", NGINX.format(d=self.rig.directory, host=self.rig.host, port=self.port,
                                                        location=shipped_location(self.rig.host, self.service.port)))
        nginx = self.rig.start("-c", conf, program=shutil.which("nginx") or "/usr/sbin/nginx",
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.front = f"http://{self.rig.host}:{self.port}"
        wait_for(self.listens, "nginx does not listen")
        self.assertIsNone(nginx.poll())

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex((self.rig.host, self.port)) == 0

    def test_below_a_path(self):
        self.begin(accounts=True)
        status, _, headers = fetch(self.front + "/hil/")
        self.assertEqual(status, 200)
        page = fetch(self.front + "/hil/")[1]
        for link in re.findall(r'(?:src|href)="([^"]+)"', page):
            self.assertFalse(link.startswith("/"), link)
            self.assertEqual(fetch(self.front + "/hil/" + link.removeprefix("./"))[0], 200, link)
        self.assertEqual(fetch(self.front + "/hil/api/v1/status")[0], 401)
        self.assertEqual(fetch(self.front + "/hil/metrics")[0], 401)
        self.assertEqual(fetch(self.front + "/hil/health/ready")[0], 401)
        known = {"Authorization": "Bearer " + self.token}
        for path in ("/api/v1/status", "/metrics", "/health/live", "/api/v1/alerting"):
            self.assertEqual(fetch(self.front + "/hil" + path, **known)[0], 200, path)
        status, body, headers = fetch(self.front + "/hil/api/v1/commands", "POST", b'{"kind":"plant.record_start","plant":"lib"}',
                                      Content_Type="application/json", **known)
        self.assertEqual(status, 202, body)
        self.assertTrue(headers["Location"].startswith("/hil/api/v1/commands/"), headers["Location"])
        self.listen()

    def listen(self):
        """A WebSocket through nginx; with HIL_TEST_SILENCE on a site that stands still."""
        key = base64.b64encode(os.urandom(16)).decode()
        connection = self.enterContext(socket.create_connection((self.rig.host, self.port)))
        connection.sendall((f"GET /hil/ws HTTP/1.1\r\nHost: lab.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Authorization: Bearer {self.token}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        connection.settimeout(20)
        self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 101"))
        connection.settimeout(1)
        pings, begun, got = [], time.monotonic(), b"x"
        while time.monotonic() - begun < SILENCE_S and got:
            try:
                got = connection.recv(65536)
                if b"\x89\x00" in got:
                    pings.append(time.monotonic() - begun)
                    connection.sendall(b"\x8a\x80" + os.urandom(4))
            except TimeoutError:
                pass
        self.assertTrue(got, "the WebSocket was closed")
        if SILENCE_S > 60:
            self.assertGreaterEqual(len(pings), 2, pings)
            self.assertTrue(all(20 <= b - a <= 30 for a, b in zip(pings, pings[1:])), pings)

    def test_without_accounts_nobody_comes_through(self):
        self.begin(accounts=False)
        for path in ("/", "/api/v1/status", "/metrics", "/health/ready"):
            status, body, _ = fetch(self.front + "/hil" + path)
            self.assertEqual(status, 403, path)
            self.assertIn("came through a proxy", body)
        # From this machine itself, with a header that only a proxy writes: nothing is gained.
        direct = f"http://{self.rig.host}:{self.service.port}"
        for header in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"):
            status, _, _ = fetch(direct + "/api/v1/estop", "POST", b"{}", **{header: "127.0.0.1", "Content-Type": "application/json"})
            self.assertEqual(status, 403, header)
        self.assertFalse(self.service.state()["estop"]["latched"])


if __name__ == "__main__":
    unittest.main()
