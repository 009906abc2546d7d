"""The service as its operators' server shows it: commands over REST do to the plants what their records say."""

import signal
import unittest
from datetime import datetime, timedelta, timezone

from recordings import seconds, write_plan
from rig import LIB, PLANT_SIM, VRFB, SystemTest, finish, wait_for
from web_rig import WEB, WebService

QUICK = WEB | {f"HIL_TIMING__{name}_PERIOD_S": "0.5" for name in ("SCHEDULER", "PLANT", "MEASUREMENT")}
COLUMNS = ("lib_p_kw", "lib_q_kvar", "vrfb_p_kw", "vrfb_q_kvar")


class Rest(SystemTest):
    def plan(self, rig):
        begin = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=1)
        return write_plan(rig.directory / "plan.csv", [(begin, 200.0, 50.0, -80.0, -20.0),
                                                       (begin + timedelta(hours=1), 0.0, 0.0, 0.0, 0.0)], COLUMNS)

    def reaches(self, peer, address, counts):
        wait_for(lambda: peer.read_signed(address) == counts, f"register {address} does not reach {counts}")

    def test_plants_are_started_and_stopped(self):
        rig = self.rig("local", **QUICK)
        service = WebService(rig, "--schedule", self.plan(rig))
        with rig.peer("lib") as lib, rig.peer("vrfb") as vrfb:
            wait_for(lambda: all(p["link"]["status"] == "ok" for p in service.state()["plants"].values()),
                     "the links do not come up")
            self.assertEqual(service.command("fleet.start_all")["state"], "succeeded")
            self.reaches(lib, LIB["p_battery"], 2000)
            self.reaches(vrfb, VRFB["p_battery"], -800)
            wait_for(lambda: service.state()["plants"]["lib"]["latest"]["p_setpoint_kw"] == 200.0, "no sample")
            lib_state = service.state()["plants"]["lib"]
            self.assertEqual(lib_state["transition"], "running")
            self.assertTrue(lib_state["recording"]["on"])

            self.assertEqual(service.command("plant.start", plant="xyz")["message"], "invalid_plant")
            self.assertEqual(service.command("plant.start", plant="lib")["message"], "already_running")
            stopped = service.command("plant.stop", plant="lib")
            self.assertEqual(stopped["result"], {"threshold_reached": True, "disable_ok": True})
            self.assertEqual(lib.read(LIB["enable"]), [0])
            self.assertEqual(service.command("plant.stop", plant="lib")["message"], "already_stopped")
            self.assertEqual(service.command("fleet.stop_all")["state"], "succeeded")
            self.assertEqual(vrfb.read(VRFB["enable"]), [0])
            self.assertFalse(service.state()["plants"]["vrfb"]["recording"]["on"])

    def test_an_emergency_stop_is_latched_over_a_restart(self):
        rig = self.rig("local", **QUICK)
        service = WebService(rig, "--schedule", self.plan(rig), "--start", "--record")
        with rig.peer("lib") as lib, rig.peer("vrfb") as vrfb:
            self.reaches(lib, LIB["p_battery"], 2000)
            self.reaches(vrfb, VRFB["p_battery"], -800)
            status, record = service.ask("POST", "/api/v1/estop", {"reason": "smoke"})
            self.assertEqual(status, 202)
            self.assertEqual(record["kind"], "estop")
            self.reaches(lib, LIB["enable"], 0)
            self.reaches(vrfb, VRFB["enable"], 0)
            self.assertEqual([lib.read(LIB["p_setpoint"]), vrfb.read(VRFB["p_setpoint"])], [[0], [0]])
            self.assertEqual(service.command("plant.start", plant="lib")["message"], "estop_latched")
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()

        ended = rig.run_headless("--duration", "1h")
        self.assert_ended(ended, 1)
        self.assertIn("the emergency stop is latched since ", ended.err)
        self.assertIn("(smoke): no plant is started until it is reset", ended.err)

        service = WebService(rig)
        self.assertTrue(service.state()["estop"]["latched"])
        self.assertEqual(service.state()["estop"]["reason"], "smoke")
        self.assertEqual(service.ask("DELETE", "/api/v1/estop")[0], 202)
        wait_for(lambda: not service.state()["estop"]["latched"], "the emergency stop is not reset")
        wait_for(lambda: service.state()["plants"]["lib"]["link"]["status"] == "ok", "no link")
        self.assertEqual(service.command("plant.start", plant="lib")["state"], "succeeded")

    def test_the_transport_is_switched_to_another_program_and_back(self):
        rig = self.rig("local", **QUICK)
        remote = rig._free_ports(2)
        for plant, port in zip(("LIB", "VRFB"), remote):
            rig.environment[f"HIL_PLANTS__{plant}__MODBUS__REMOTE__HOST"] = rig.host
            rig.environment[f"HIL_PLANTS__{plant}__MODBUS__REMOTE__PORT"] = str(port)
        rig.start("--endpoint", "remote", program=PLANT_SIM)
        service = WebService(rig, "--schedule", self.plan(rig), "--start", "--record")
        with rig.peer("lib") as lib:
            self.reaches(lib, LIB["p_battery"], 2000)
        ended = service.command("transport.switch", mode="remote")
        self.assertEqual(ended["state"], "succeeded", ended)
        self.assertFalse(rig.listening("lib"))
        local, rig.ports = rig.ports, remote
        self.assertEqual(service.state()["transport_mode"], "remote")
        wait_for(lambda: all(p["link"]["status"] == "ok" for p in service.state()["plants"].values()), "no link")
        self.assertEqual(service.command("fleet.start_all")["state"], "succeeded")
        with rig.peer("lib") as lib:
            self.reaches(lib, LIB["p_battery"], 2000)
            self.assertEqual(service.command("clock.set", speed=2)["message"], "local_only")
            rig.ports = local
            ended = service.command("transport.switch", mode="local")
            self.assertEqual(ended["state"], "succeeded", ended)
            self.assertEqual(lib.read(LIB["enable"]), [0])
        self.assertTrue(rig.listening("lib"))
        wait_for(lambda: all(p["link"]["status"] == "ok" for p in service.state()["plants"].values()), "no link")
        self.assertEqual(service.command("plant.start", plant="lib")["state"], "succeeded")
        self.assertTrue(list(rig.data.glob("*_lib.remote.csv")))

    def test_time_stands_still_is_stepped_and_hurried(self):
        rig = self.rig("local", **QUICK)
        service = WebService(rig, "--schedule", self.plan(rig), "--paused", "--start", "--record")

        def clock(**wanted):
            return service.ask("PUT", "/api/v1/clock", wanted)

        def time():
            return datetime.fromisoformat(service.ask("GET", "/api/v1/clock")[1]["time"].replace("Z", "+00:00"))
        self.assertEqual(service.state()["clock"], {"speed": 1.0, "paused": True, "settable": True})
        begin = time()
        status, problem = clock(step_s=0)
        self.assertEqual((status, problem["status"]), (422, 422))
        self.assertEqual(time(), begin)
        self.assertEqual(clock(step_s=2.5)[0], 200)
        wait_for(lambda: time() == begin + timedelta(seconds=2.5), "the step was not taken")

        status, now = clock(speed=20, paused=False)
        self.assertEqual((status, now["speed"], now["paused"]), (200, 20.0, False))
        self.assertEqual(clock(step_s=1)[1]["detail"], "only a paused clock can be stepped")
        with rig.peer("lib") as lib:
            self.reaches(lib, LIB["p_battery"], 2000)
            wait_for(lambda: time() > begin + timedelta(seconds=20), "time does not pass")
            self.assertEqual(service.command("transport.switch", mode="remote")["message"], "real_time_only")

            # A stop waits for power to decay, which takes time: pausing holds it, resuming is not held by it.
            self.assertEqual(clock(paused=True)[0], 200)
            stop = service.ask("POST", "/api/v1/commands", {"kind": "plant.stop", "plant": "lib"})[1]["id"]
            self.reaches(lib, LIB["p_setpoint"], 0)
            self.assertEqual(lib.read(LIB["enable"]), [1])
            self.assertEqual(service.ask("GET", f"/api/v1/commands/{stop}")[1]["state"], "running")
            self.assertEqual(clock(paused=False)[0], 200)
            self.reaches(lib, LIB["enable"], 0)
        clock(paused=True)
        service.process.send_signal(signal.SIGTERM)
        ended = finish(service.process)
        self.assertEqual(ended.status, 0, ended)
        said = service.output.read_text()
        self.assertIn("the clock is paused and nothing runs yet: Enter is one step of 0.5 s", said)
        self.assertIn("the clock runs again, so that the plants can be stopped\n", said)
        self.assertIn("vrfb stopped\n", said)

    def test_a_run_in_real_time_keeps_it(self):
        rig = self.rig("local", **QUICK)
        service = WebService(rig)
        self.assertFalse(service.state()["clock"]["settable"])
        status, problem = service.ask("PUT", "/api/v1/clock", {"paused": True})
        self.assertEqual(status, 409)
        self.assertIn("this run keeps real time", problem["detail"])

    def test_a_schedule_survives_a_restart(self):
        rig = self.rig("local", **QUICK)
        service = WebService(rig)
        begin = datetime.now(timezone.utc).replace(microsecond=0)
        rows = [{"time": (begin - seconds(60)).isoformat(), "value": 123.0}]
        end = (begin + timedelta(hours=2)).isoformat()
        status, document = service.ask("PUT", "/api/v1/schedules/lib_p", {"rows": rows, "end": end})
        self.assertEqual(status, 200, document)
        self.assertEqual(service.command("schedule.update", series="lib_p")["message"], "not_active")
        self.assertEqual(service.command("schedule.activate", series="lib_p")["state"], "succeeded")
        self.assertEqual(service.command("schedule.activate", series="vrfb_q")["message"], "invalid_payload")
        wait_for(lambda: service.state()["schedules"]["lib_p"]["state"] == "active", "not active")
        service.process.send_signal(signal.SIGTERM)
        self.assertEqual(service.process.wait(60), 0)
        service = WebService(rig)
        self.assertEqual(service.state()["schedules"]["lib_p"]["state"], "active")
        self.assertEqual(service.state()["plants"]["lib"]["dispatch"]["target"]["p"]["value"], 123.0)
        first = service.ask("GET", "/api/v1/commands")[1]
        self.assertNotEqual(first, [])

    def test_a_port_that_is_taken_is_said(self):
        rig = self.rig("local", **QUICK)
        service = WebService(rig)
        other = self.rig("local", **QUICK)
        other.environment["HIL_DASHBOARD__PRIVATE__HOST"] = rig.host
        ended = other.run("run", "--port", service.port, "--data-dir", other.data)
        self.assertEqual(ended.status, 3, ended)
        self.assertIn(f"cannot listen on {rig.host}:{service.port}", ended.err)

    def test_a_signal_stops_the_plants_and_the_servers(self):
        """[D-12]"""
        rig = self.rig("local", **QUICK)
        service = WebService(rig, "--schedule", self.plan(rig), "--start")
        with rig.peer("lib") as lib:
            self.reaches(lib, LIB["p_battery"], 2000)
        service.process.send_signal(signal.SIGTERM)
        ended = finish(service.process)
        self.assertEqual(ended.status, 0, ended)
        text = service.output.read_text()
        self.assertIn("terminated: ending in order", text)
        self.assertIn("lib stopped\n", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
