"""A run that did not do what it was asked to does not end 0, and says what is missing; one that was asked nothing does."""

import signal
import unittest

from rig import SystemTest, finish, wait_for

NIGHT = "2026-01-15T00:00:00"


class HonestEnd(SystemTest):
    def test_a_service_in_which_nobody_started_anything_ends_well(self):
        rig = self.rig()
        process = rig.start("run", "--port", str(rig._free_ports(1)[0]), "--data-dir", rig.data)
        rig.peer("lib").close()
        process.send_signal(signal.SIGTERM)
        self.assert_ended(finish(process), 0)

    def unreachable(self, *arguments):
        """A run whose remote plants do not exist."""
        rig = self.rig("remote", HIL_GENERAL__LOG_LEVEL="INFO")
        port = str(rig._free_ports(1)[0])
        process = rig.start("run", "--transport", "remote", "--data-dir", rig.data, "--port", port, *arguments)
        wait_for(lambda: "no link to" in rig.log("control"), "the plants are not missed")
        process.send_signal(signal.SIGTERM)
        ended = finish(process)
        return ended

    def test_a_plant_named_by_start_that_never_ran(self):
        ended = self.unreachable("--start", "lib")
        self.assert_ended(ended, 1)
        self.assertRegex(ended.err, r"FAILED: lib was never started: .*refused")
        self.assertNotIn("vrfb was never started", ended.err)

    def test_without_start_nobody_is_missed(self):
        self.assert_ended(self.unreachable(), 0)

    def emptied(self, *arguments):
        """A plan that empties the battery after some minutes; nothing is derated or stopped for it."""
        rig = self.rig(HIL_STARTUP__INITIAL_SOC_PU="0.1", HIL_PLANTS__LIB__SAFETY__SOC__STOP_MIN="null",
                       HIL_PLANTS__LIB__SAFETY__SOC__DERATE_MIN="null",
                       HIL_PLANTS__LIB__SAFETY__SETPOINT_NOT_FOLLOWED__STOP_S="null")
        plan = rig.file("plan.csv", "timestamp,lib_p_kw\n2026-01-15T00:00:00,200\n2026-01-15T02:00:00,0\n")
        return rig.run_headless("--start", "lib", "--schedule", plan, "--from", NIGHT, "--duration", "1h", "--speed",
                                "20000", *arguments)

    def test_an_emptied_battery_is_told_with_what_is_missing(self):
        ended = self.emptied()
        self.assert_ended(ended, 0)
        self.assertRegex(ended.summary("lib")["plan"], r"^(199\.\d|200\.0) kWh asked, \d+\.\d kWh delivered, \d+\.\d kWh missing$")
        strict = self.emptied("--strict-plan")
        self.assert_ended(strict, 1)
        self.assertRegex(strict.err, r"FAILED: lib: the plan was not feasible: (199\.\d|200\.0) kWh asked, .* kWh missing")


if __name__ == "__main__":
    unittest.main()
