"""Bad input is refused whole with a sentence that names file, place, value and rule, and nothing is started.

The sentences are compared to the letter, so that whoever changes one reads it.
"""

import re
import socket
import unittest

from recordings import read_all
from rig import SOURCES, SystemTest

SHIPPED = (SOURCES / "etc/hil.json").read_text()
HEAD = "timestamp,lib_p_kw\n"
CONFIG_REFUSED = "1 problem in the configuration: nothing was started\n"
PLAN_REFUSED = "the plan was refused: nothing was started\n"


class Refusal(SystemTest):
    def assert_refused(self, sentences, *arguments, **files):
        """Runs where `files` (name without its ending and text) lie; {dir} in sentences is their directory."""
        rig = self.rig(endpoint=None)
        for name, text in files.items():
            (rig.directory / name.replace("_", ".")).write_text(text)
        before = sorted(p.name for p in rig.directory.iterdir())
        ended = rig.run(*arguments, "--data-dir", "made") if arguments[0] == "run" else rig.run(*arguments)
        self.assert_ended(ended, 2)
        self.assertEqual(ended.err, sentences)
        self.assertEqual(ended.out, "")
        self.assertEqual(sorted(p.name for p in rig.directory.iterdir()), before, "something was made")
        return rig

    def assert_config_refused(self, sentence, text, name="site_json"):
        file = name.replace("_", ".")
        self.assert_refused(f"{file}: {sentence}\n{CONFIG_REFUSED}", "run", "--config", file, **{name: text})

    def assert_plan_refused(self, sentence, text, name="plan_csv"):
        file = name.replace("_", ".")
        self.assert_refused(f"{file}{sentence}\n{PLAN_REFUSED}", "run", "--headless", "--schedule", file, "--from",
                            "2026-01-15T00:00:00", "--duration", "1m", "--speed", "20000", **{name: text})


class Configuration(Refusal):
    def changed(self, old, new):
        self.assertIn(old, SHIPPED)
        return SHIPPED.replace(old, new, 1)

    def test_missing(self):
        self.assert_refused("site.json: there is no such file\n" + CONFIG_REFUSED, "run", "--config", "site.json")

    def test_a_directory(self):
        rig = self.rig()
        (rig.directory / "site.json").mkdir()
        ended = rig.run("run", "--config", "site.json")
        self.assert_ended(ended, 2)
        self.assertRegex(ended.err, r"\Asite\.json: .*directory.*\n" + re.escape(CONFIG_REFUSED))

    def test_empty(self):
        self.assert_config_refused("is empty, a configuration is a JSON object with at least `plants`", "")

    def test_not_json(self):
        self.assert_config_refused("is not JSON: syntax error at line 1, column 1, near `hello`", "hello\n")

    def test_duplicate_key(self):
        self.assert_config_refused("/time: duplicate key, it stands in this object more than once",
                                   self.changed('"startup": {', '"time": { "timezone": "UTC" }, "startup": {'))

    def test_unknown_key(self):
        self.assert_config_refused('/timing/plant_perod_s: unknown key, did you mean "plant_period_s"?',
                                   self.changed('"plant_period_s"', '"plant_perod_s"'))

    def test_value_out_of_range(self):
        self.assert_config_refused('/plants/lib/modbus/local/port: must be 1..65535, got 70000',
                                   self.changed('"port": 5020', '"port": 70000'))

    def test_every_problem_is_told_at_once(self):
        text = self.changed('"port": 5021', '"port": "x"').replace('"transport_mode": "local"',
                                                                    '"transport_mode": "locl"', 1)
        self.assert_refused('site.json: /startup/transport_mode: must be local or remote, got "locl"\n'
                            'site.json: /plants/vrfb/modbus/local/port: must be 1..65535, got "x"\n'
                            "2 problems in the configuration: nothing was started\n",
                            "run", "--config", "site.json", site_json=text)

    def test_from_the_environment(self):
        rig = self.rig(HIL_TIMING__SCHEDULER_PERIOD_S="fast")
        ended = rig.run("run")
        self.assert_ended(ended, 2)
        self.assertEqual(ended.err, 'HIL_TIMING__SCHEDULER_PERIOD_S: /timing/scheduler_period_s: must be 0.1..86400, '
                                    'got "fast"\n' + CONFIG_REFUSED)


class Plan(Refusal):
    def test_missing(self):
        self.assert_refused("plan.csv: cannot be read: No such file or directory\n" + PLAN_REFUSED,
                            "run", "--schedule", "plan.csv")

    def test_empty(self):
        self.assert_plan_refused(": is empty", "")

    def test_header_alone(self):
        self.assert_plan_refused(": must have a row after the header", HEAD)

    def test_unknown_plant(self):
        self.assert_plan_refused(':1: zib_p_kw: must name one of the plants lib, vrfb, got "zib"',
                                 "timestamp,zib_p_kw\n2026-01-15T00:00:00,1\n")

    def test_time_going_backwards(self):
        self.assert_plan_refused(':3: timestamp: must be later than the row before it, 2026-01-15T01:00:00+01:00, got '
                                 '"2026-01-15T00:45:00"', HEAD + "2026-01-15T01:00:00,1\n2026-01-15T00:45:00,1\n")

    def test_local_time_that_does_not_exist(self):
        self.assert_plan_refused(':2: timestamp: must be a local time that exists in Europe/Madrid, got '
                                 '"2026-03-29T02:30:00"', HEAD + "2026-03-29T02:30:00,1\n")

    def test_not_a_number(self):
        self.assert_plan_refused(':2: lib_p_kw: must be a finite number, got "NaN"', HEAD + "2026-01-15T00:00:00,NaN\n")

    def test_word(self):
        self.assert_plan_refused(':2: lib_p_kw: must be a finite number, got "ten"', HEAD + "2026-01-15T00:00:00,ten\n")

    def test_empty_cell(self):
        self.assert_plan_refused(":2: lib_p_kw: must not be empty", HEAD + "2026-01-15T00:00:00,\n")

    def test_too_many_cells(self):
        self.assert_plan_refused(":2: must have 2 cells as the header, got 3", HEAD + "2026-01-15T00:00:00,1,2\n")

    def test_json_plan_that_is_none(self):
        rig = self.rig()
        rig.file("plan.json", "{")
        ended = rig.run("run", "--schedule", "plan.json")
        self.assert_ended(ended, 2)
        self.assertTrue(ended.err.startswith("plan.json"), ended.err)
        self.assertTrue(ended.err.endswith(PLAN_REFUSED), ended.err)

    def test_one_bad_plan_of_two_refuses_both(self):
        self.assert_refused('bad.csv:2: lib_p_kw: must be a finite number, got "x"\n' + PLAN_REFUSED, "run", "--schedule",
                            "good.csv", "--schedule", "bad.csv", good_csv=HEAD + "2026-01-15T00:00:00,1\n",
                            bad_csv=HEAD + "2026-01-15T00:00:00,x\n")


class CommandLine(Refusal):
    def test_options(self):
        run = "hil_scheduler run: "
        cases = {
            ("--transport", "remote", "--speed", "2"):
                "--speed: only real time is possible with remote transport: real plants cannot be hurried",
            ("--transport", "remote", "--from", "2026-01-15T00:00:00"):
                "--from: only possible with local transport: real plants live in the present",
            ("--duration", "5"): '--duration: must be a number with a unit, as 30s, 15m, 1h30m or 2d, got "5"',
            ("--duration", "-5s"): '--duration: must be a number with a unit, as 30s, 15m, 1h30m or 2d, got "-5s"',
            ("--speed", "0"): '--speed: must be a number above 0 and at most 1000000, got "0"',
            ("--speed", "nan"): '--speed: must be a number above 0 and at most 1000000, got "nan"',
            ("--from", "2026-03-29T02:30:00"):
                '--from: must be a time as 2025-10-01T00:00:00, with an offset or in Europe/Madrid, got '
                '"2026-03-29T02:30:00": local time skipped when the clocks go forward',
            ("--from", "today"):
                '--from: must be a time as 2025-10-01T00:00:00, with an offset or in Europe/Madrid, got "today": '
                'not an ISO 8601 date or time that exists',
            ("--transport", "air"): '--transport: must be local or remote, got "air"',
            ("--start", "zib"): '--start: unknown plant "zib"; there are lib, vrfb',
            ("--port", "0"): '--port: must be 1..65535, got "0"',
        }
        for arguments, sentence in cases.items():
            with self.subTest(arguments=arguments):
                self.assert_refused(run + sentence + "\n", "run", *arguments)

    def test_unknown_option_and_stray_argument(self):
        self.assert_refused("hil_scheduler run: unrecognised option '--frobnicate'\n", "run", "--frobnicate")
        self.assert_refused("hil_scheduler run: unexpected argument \"extra\"\n", "run", "extra")

    def test_unknown_sub_command(self):
        rig = self.rig()
        ended = rig.run("fly")
        self.assert_ended(ended, 2)
        self.assertRegex(ended.err, r'\Ahil_scheduler: unknown sub-command "fly"; there are run, check.*\n\Z')

    def test_no_port_is_bound_by_what_is_refused(self):
        # Both ports are taken already: whoever tried to bind one would end with status 3.
        rig = self.rig()
        with socket.create_server((rig.host, rig.ports[0])), socket.create_server((rig.host, rig.ports[1])):
            plan = rig.file("plan.csv", HEAD + "2026-01-15T00:00:00,NaN\n")
            self.assert_ended(rig.run_headless("--schedule", plan), 2)
            self.assertFalse(rig.data.exists())


class Violation(SystemTest):
    def test_1500_kw_are_shown_and_clamped(self):
        rig = self.rig()
        plan = rig.file("plan.csv", HEAD + "2026-01-15T00:00:00,1500\n")
        ended = rig.run_headless("--schedule", plan, "--from", "2026-01-15T00:00:00", "--duration", "1m", "--speed",
                                 "20000")
        self.assert_ended(ended, 0)
        self.assertEqual(ended.err,
                         f"plan: {plan}:2: lib_p_kw: 1500 kW is above p_max_kw 1000 from 2026-01-15T00:00:00+01:00 to "
                         "2026-01-15T00:01:00+01:00\n"
                         "the plan is run all the same, within the limits of the plants\n")
        rows = [r for r in read_all(rig.data, "lib") if r.values is not None]
        self.assertEqual({r.p_setpoint for r in rows}, {1000.0})


if __name__ == "__main__":
    unittest.main(verbosity=2)
