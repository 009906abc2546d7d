"""A backup of a service that records at speed, restored elsewhere; doctor; messages about alerts over kills."""

import http.server
import json
import sqlite3
import threading
import unittest

from rig import SOURCES, Rig, wait_for
from web_rig import WEB, WebService


class Receiver(http.server.BaseHTTPRequestHandler):
    """Fails three times, then takes what comes."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tried.append((self.headers["Idempotency-Key"], body))
        fails = len(self.server.tried) <= 3
        if not fails:
            self.server.got.append((self.headers["Idempotency-Key"], body))
        self.send_response(503 if fails else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Care(unittest.TestCase):
    def test_backup_while_it_records_at_speed(self):
        with Rig(**WEB) as rig:
            service = WebService(rig, "--speed", "120", "--from", "2026-06-01T10:00:00", "--start", "--record")
            wait_for(lambda: service.state()["plants"]["lib"]["recording"]["on"], "nothing is recorded", pause_s=0.1)
            wait_for(lambda: len(service.ask("GET", "/api/v1/measurements?plant=lib&from=2026-06-01T00:00:00&to=2026-06-05T00:00:00&points=100")[1]["rows"]) > 2,
                     "history has no rows", pause_s=0.1)
            service.command("plant.stop", plant="vrfb")
            service.ask("POST", "/api/v1/estop", {"reason": "a rehearsal"})
            wait_for(lambda: service.state()["estop"]["latched"], "it is not latched", pause_s=0.1)
            # At the port of the configuration file nobody listens: the run's own port is given by the environment.
            rig.environment["HIL_DASHBOARD__PRIVATE__PORT"] = str(service.port)
            archive = rig.directory / "b.tar"
            made = rig.run("backup", archive, "--data-dir", rig.data)
            self.assertEqual(made.status, 0, made)
            self.assertNotIn("cannot be asked", made.err)
            self.assertFalse(list((rig.data / "backups").iterdir()))
            elsewhere = rig.directory / "elsewhere"
            restored = rig.run("restore", archive, "--data-dir", elsewhere)
            self.assertEqual(restored.status, 0, restored)

            def counts(directory, upto=None):
                found = sqlite3.connect(f"file:{directory / 'hil.sqlite'}?mode=ro", uri=True)
                query = lambda sql: found.execute(sql).fetchall()
                return {"commands": query("SELECT number, kind FROM commands ORDER BY number"),
                        "rows": query("SELECT sum(rows) FROM history_hours")[0][0]}
            kept = counts(elsewhere)
            self.assertGreater(kept["rows"], 1)
            kinds = [kind for _, kind in kept["commands"]]
            self.assertIn("plant.stop", kinds)
            self.assertIn("estop", kinds)
            # Every recording is a beginning of what stands in the data directory now.
            for file in elsewhere.glob("*.csv"):
                self.assertTrue((rig.data / file.name).read_bytes().startswith(file.read_bytes()), file.name)
            again = rig.run("restore", archive, "--data-dir", elsewhere)
            self.assertEqual(again.status, 1, again)
            self.assertIn("is not empty", again.err)
            cut = rig.directory / "cut.tar"
            cut.write_bytes(archive.read_bytes()[:-3000])
            refused = rig.run("restore", cut, "--data-dir", rig.directory / "third")
            self.assertEqual(refused.status, 1, refused)
            self.assertIn("is not restored", refused.err)
            service.process.terminate()
            service.process.wait(60)
            del rig.environment["HIL_DASHBOARD__PRIVATE__PORT"]
            rig.data = elsewhere
            other = WebService(rig)
            state = other.state()
            self.assertTrue(state["estop"]["latched"])
            self.assertEqual(state["estop"]["reason"], "a rehearsal")
            status, rows = other.ask("GET", "/api/v1/measurements?plant=lib&from=2026-06-01T00:00:00&to=2026-06-05T00:00:00&points=100")
            self.assertEqual(status, 200)
            self.assertTrue(rows["rows"])

    def test_doctor_says_what_is_wrong(self):
        with Rig(**WEB) as rig:
            rig.environment["HIL_DASHBOARD__PRIVATE__HOST"] = "192.0.2.1"
            text = (SOURCES / "etc/hil.json").read_text().replace('"private": { ', '"private": { "auth": [{ "name": "a", "role": '
                   '"viewer", "token_hash": "sha256:' + "0" * 64 + '" }], "tls": { "certificate_file": "no.pem", "key_file": "no.key" }, ')
            config = rig.file("hil.json", text)
            config.chmod(0o644)
            told = rig.run("doctor", "--config", config, "--data-dir", rig.data, "--format", "json")
            self.assertEqual(told.status, 1, told)
            lines = json.loads(told.out)
            wrong = {line["topic"] for line in lines if line["grade"] != "fine"}
            self.assertLessEqual({"permissions", "certificates", "ports"}, wrong, lines)
            self.assertTrue(all(line["advice"] for line in lines if line["grade"] != "fine"))
            broken = rig.run("doctor", "--config", rig.file("broken.json", '{"plants": 5}'))
            self.assertEqual(broken.status, 1, broken)
            self.assertIn("must be an object", broken.out)

    def test_an_alert_reaches_a_failing_receiver_over_kills(self):
        with Rig(**WEB) as rig:
            server = http.server.ThreadingHTTPServer((rig.host, 0), Receiver)
            server.tried, server.got = [], []
            threading.Thread(target=server.serve_forever, daemon=True).start()
            text = (SOURCES / "etc/hil.json").read_text()
            alerting = {"receivers": {"hook": {"webhook": {"url": f"http://{rig.host}:{server.server_port}/in"}}},
                        "routes": [{"receiver": "hook"}], "resolve_after_s": 1}
            text = text.replace('"alerts": {', f'"alerting": {json.dumps(alerting)},\n  "alerts": {{', 1)
            config = rig.file("hil.json", text)
            service = WebService(rig, "--config", config)
            service.ask("POST", "/api/v1/estop", {"reason": "a rehearsal"})
            for attempts in (1, 2):
                wait_for(lambda: len(server.tried) >= attempts, "nothing was tried", pause_s=0.1)
                service.process.kill()
                service.process.wait()
                service = WebService(rig, "--config", config)
            wait_for(lambda: server.got, "nothing was delivered", pause_s=0.1)
            key, body = server.got[0]
            self.assertEqual({k for k, _ in server.tried[:4]}, {key})
            self.assertEqual(body["alerts"][0]["key"], "estop")
            self.assertEqual(body["alerts"][0]["status"], "firing")
            service.ask("DELETE", "/api/v1/estop")
            wait_for(lambda: any(a["status"] == "resolved" and a["key"] == "estop" for _, b in server.got for a in b["alerts"]),
                     "it was never told to be over", pause_s=0.1)
            status, state = service.ask("GET", "/api/v1/alerting")
            self.assertEqual(state["receivers"][0]["waiting"], 0, state)
            self.assertEqual(service.ask("POST", "/api/v1/alerting/test", {"receiver": "hook"})[0], 202)
            wait_for(lambda: server.got[-1][1]["kind"] == "test", "the test did not arrive", pause_s=0.1)
            self.assertEqual(service.ask("POST", "/api/v1/alerting/test", {"receiver": "nobody"})[0], 422)
            server.shutdown()


if __name__ == "__main__":
    unittest.main()
