"""A day at speed against a platform that fails 5 % of the time, in every way it can: dispatch does not notice, and the
queue drains once the platform is well again."""

import os
import unittest

from platform_rig import Platform
from recordings import monotone, read_all
from rig import PLANS, SystemTest

HOURS = os.environ.get("HIL_TEST_PLATFORM_HOURS", "24h")
WAYS = ({"status": 500}, {"status": 503}, {"status": 401}, {"status": 429}, {"delay_ms": 50}, {"drop": "before"},
        {"drop": "after"}, {"expire_tokens": True}, {"not_json": True})


class PlatformDay(SystemTest):
    def test_a_day_with_a_platform_that_fails(self):
        rig = self.rig(HIL_ISTENTORE_API__MEASUREMENT_POST_PERIOD_S="60")
        platform = Platform(rig)
        platform.set_faults(*(way | {"probability": 0.05 / len(WAYS)} for way in WAYS))
        ended = rig.run_headless("--schedule", PLANS / "es_2025-10-01.csv", "--from", "2025-10-01T00:00:00",
                                 "--duration", HOURS, "--speed", "1440")
        self.assert_ended(ended, 0)
        arrived = platform.values()
        self.assertGreater(len(arrived), 1000)
        for plant in ("lib", "vrfb"):
            self.assertIsNone(monotone(read_all(rig.data, plant)))
            self.assertIn("setpoint", ended.summary(plant))
        once = {(series, at) for series, at, _ in arrived}
        print(f"{HOURS}: {len(once)} values arrived, {len(arrived) - len(once)} repeats", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
