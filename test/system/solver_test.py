"""Plans that are optimised: however long that would take, the service answers in time and ends in time."""

import signal
import threading
import time
import unittest

from rig import SystemTest, finish, wait_for
from web_rig import WEB, WebService


def prices(step_s, days):
    """Negative prices that are never the same: more short intervals than can be solved to the end in seconds."""
    rows, state = ["timestamp,price"], 12345
    for second in range(0, days * 86400, step_s):
        state = (state * 1103515245 + 12345) % 2**31
        day, rest = divmod(second, 86400)
        rows.append("2026-05-%02dT%02d:%02d:%02dZ,%.1f" % (1 + day, rest // 3600, rest // 60 % 60, rest % 60,
                                                           -state / 2**31 * 100))
    return "\n".join(rows) + "\n"


class Solver(SystemTest):
    def question(self, step_s=10, days=20, **more):
        return {"template": "arbitrage", "series": "lib_p", "from": "2026-05-01T00:00:00Z",
                "to": "2026-05-%02dT00:00:00Z" % (1 + days), "values": prices(step_s, days),
                "parameters": {"charge_efficiency": 0.9, "discharge_efficiency": 0.9, "max_cycles": 12.3}} | more

    def test_a_deadline_gives_a_plan_and_its_gap_and_an_end_waits_for_no_solver(self):
        rig = self.rig("local", **WEB)
        service = WebService(rig)
        began = time.monotonic()
        status, answer = service.ask("POST", "/api/v1/schedules/template", self.question(deadline_s=2))
        self.assertEqual(status, 200, answer)
        self.assertLess(time.monotonic() - began, 60)
        self.assertGreater(answer["facts"]["gap_pu"], 0)
        self.assertGreater(answer["facts"]["profit"], 0)
        self.assertLessEqual(answer["facts"]["cycles"], 12.3 + 1e-6)

        answers = []
        body = self.question(deadline_s=60)
        ask = [threading.Thread(target=lambda: answers.append(service.ask("POST", "/api/v1/schedules/template", body)))
               for _ in range(2)]
        for thread in ask:
            thread.start()
        def refused():
            status, answer = service.ask("POST", "/api/v1/schedules/template", self.question(3600, 1))
            return status == 429 and "optimised" in answer["detail"]
        wait_for(refused, "two solvers at work were not enough for a 429", pause_s=0.5)
        self.assertEqual(service.ask("GET", "/api/v1/recordings")[0], 200)
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        finish(service.process, 20)
        took = time.monotonic() - began
        for thread in ask:
            thread.join(20)
        self.assertLess(took, 20)
        self.assertEqual(service.process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
