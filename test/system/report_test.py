"""The report: of a run at its end, of a range asked for later, of recordings without a database; each of them whole."""

import json
import re
import unittest
from html.parser import HTMLParser

from rig import PLANS, SystemTest


class Page(HTMLParser):
    """Tags that are closed in order, what they refer to, and the tables and scripts between them."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.references, self.scripts, self.headings = [], [], [], [], []
        self.feed(text)
        self.close()
        self.wrong += [f"{tag} is left open" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.references += [value for name, value in attributes if name in ("src", "href", "action", "data")]
        self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag, attributes):
        self.references += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"{tag} is closed at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


class Report(SystemTest):
    def check(self, text, plants=("LIB", "VRFB")):
        page = Page(text)
        self.assertEqual(page.wrong, [])
        self.assertEqual(page.references, [])
        self.assertEqual([h for h in page.headings if h in ("LIB", "VRFB")], list(plants))
        self.assertEqual(len(page.scripts), 2)
        return json.loads(page.scripts[0])

    def test_of_a_run_of_a_range_and_of_recordings_alone(self):
        rig = self.rig()
        at_end = rig.directory / "run.html"
        ended = rig.run_headless("--schedule", PLANS / "es_2025-10-01.csv", "--from", "2025-10-01T00:00:00", "--duration",
                                 "2h", "--speed", "20000", "--report", at_end)
        self.assert_ended(ended, 0)
        self.assertIn(f"report in {at_end}", ended.out)
        text = at_end.read_text(encoding="utf-8")
        data = self.check(text)
        self.assertEqual((data["from"], data["to"]), ("2025-09-30T22:00:00Z", "2025-10-01T00:00:00Z"))
        self.assertIn("the manual plan, version", text)
        self.assertIn("running", text)

        # The same figures as the recording gives, worked out here.
        out = ended.summary("lib")["energy"]
        said = [float(x) for x in re.findall(r"[\d.]+", out)][:2]
        lib = next(p for p in data["plants"] if p["id"] == "lib")["summary"]
        self.assertAlmostEqual(lib["battery"]["discharged_kwh"], said[0], delta=1)
        self.assertAlmostEqual(lib["battery"]["charged_kwh"], said[1], delta=1)
        self.assertGreater(lib["coverage"], 0.999)
        self.assertEqual(lib["gaps"]["count"], 0)

        half = rig.directory / "half.html"
        done = rig.run("report", "--plant", "vrfb", "--from", "2025-10-01T00:30:00", "--to", "2025-10-01T01:00:00",
                       "--data-dir", rig.data, "--output", half)
        self.assert_ended(done, 0)
        data = self.check(half.read_text(encoding="utf-8"), ("VRFB",))
        self.assertEqual((data["from"], data["to"]), ("2025-09-30T22:30:00Z", "2025-09-30T23:00:00Z"))

        (rig.data / "hil.sqlite").unlink()
        for leftover in rig.data.glob("hil.sqlite-*"):
            leftover.unlink()
        done = rig.run("report", "--from", "2025-10-01", "--to", "2025-10-01T02:00", "--data-dir", rig.data, "--output", "-")
        self.assert_ended(done, 0)
        again = self.check(done.out)
        self.assertIn("there is no history database", done.out)
        for plant in again["plants"]:
            before = next(p for p in json.loads(Page(text).scripts[0])["plants"] if p["id"] == plant["id"])
            self.assertEqual(plant["summary"], before["summary"])

    def test_what_cannot_be_reported_is_said(self):
        rig = self.rig()
        for arguments, status, said in (
                (("--from", "2025-10-02", "--to", "2025-10-01"), 2, "--to: must be after --from"),
                (("--from", "yesterday"), 2, '--from: "yesterday"'),
                (("--plant", "moon"), 2, "--plant: must be lib or vrfb"),
                ((), 1, "nothing was recorded over local transport")):
            with self.subTest(arguments=arguments):
                done = rig.run("report", *arguments, "--data-dir", rig.data)
                self.assert_ended(done, status)
                self.assertIn(said, done.err)
        done = rig.run("run", "--headless", "--duration", "1s", "--report", rig.directory / "nowhere/run.html")
        self.assert_ended(done, 2)
        self.assertIn("--report:", done.err)


if __name__ == "__main__":
    unittest.main()
