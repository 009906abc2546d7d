"""hash-password prints what the configuration keeps, and never the password."""

import hashlib
import os
import pty
import subprocess
import termios
import unittest

SCHEDULER = os.environ["HIL_TEST_SCHEDULER"]


def run(*arguments, text=""):
    return subprocess.run([SCHEDULER, "hash-password", *arguments], input=text, capture_output=True, text=True,
                          timeout=120)


class HashPassword(unittest.TestCase):
    def test_a_password_becomes_an_argon2id_hash_with_a_salt_of_its_own(self):
        first, second = run(text="correct horse\n"), run(text="correct horse\n")
        for done in (first, second):
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"^\$argon2id\$v=19\$m=65536,t=2,p=1\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+\n$")
            self.assertNotIn("correct horse", done.stdout + done.stderr)
        self.assertNotEqual(first.stdout, second.stdout)

    def test_what_is_too_short_or_missing_is_refused(self):
        for text in ("", "\n", "seven77\n"):
            done = run(text=text)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(done.stdout, "")
            self.assertIn("at least 8 characters", done.stderr)

    def test_a_token_is_drawn_with_its_hash(self):
        done = run("--token")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = dict(line.split(": ") for line in done.stdout.splitlines())
        self.assertEqual(lines["token_hash"], "sha256:" + hashlib.sha256(lines["token"].encode()).hexdigest())
        self.assertEqual(len(lines["token"]), 43)
        self.assertNotEqual(lines["token"], dict(l.split(": ") for l in run("--token").stdout.splitlines())["token"])

    def test_a_terminal_does_not_show_what_is_typed(self):
        mine, theirs = pty.openpty()
        process = subprocess.Popen([SCHEDULER, "hash-password"], stdin=theirs, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.stderr.read(len("Password: ")), "Password: ")
        # The echo goes off right after the prompt: the terminal itself is asked, not the time.
        while termios.tcgetattr(mine)[3] & termios.ECHO:
            pass
        os.write(mine, b"correct horse\n")
        self.assertIn("Again: ", process.stderr.read(len("\nAgain: ")))
        while termios.tcgetattr(mine)[3] & termios.ECHO:
            pass
        os.write(mine, b"correct horse\n")
        out, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0)
        self.assertTrue(out.startswith("$argon2id$"))
        os.close(theirs)
        os.set_blocking(mine, False)
        try:
            shown = os.read(mine, 1000)
        except OSError:  # nothing was shown
            shown = b""
        self.assertNotIn(b"horse", shown)
        os.close(mine)


if __name__ == "__main__":
    unittest.main()
