#!/usr/bin/python3
# Part of the WAV compiler, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Signals, and trouble around a run: whatever comes, its steps are not lost.

Real processes, as a shell, a terminal or a batch system would treat them. The
directory of the tools comes from WAV_BIN (default build/release/bin), the text
from data/kjv.txt (scripts/get-data).
"""

import json
import os
import pty
import random
import resource
import signal
import subprocess
import time

import numpy

import counted
from test_training import BIN, Folder

# A model whose steps take some 0.1 ms.
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "intermediate_size": 16,
    "max_position_embeddings": 8,
    "residual": {"scheme": "standard"},
}
FOREVER = 10**9
# What a run with that many steps prints of its twentieth.
STEP_20 = f"{20:10}/"


def setUpModule():
    # Whatever whoever runs the tests ignores.
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Trouble(Folder):
    def setUp(self):
        super().setUp()
        self.model = self.write_model("model.json", **SMALL)
        self.text.write_bytes(self.text.read_bytes()[:20_000])
        self.write_model("wide.json", **SMALL, vocab_size=70_000)

    def command(self, *arguments, steps=FOREVER, data="text.txt", model="model.json"):
        # Only what a test asks for is saved or evaluated.
        options = {"--data": data, "--steps": steps, "--batch": 1, "--eval-every": 0,
                   "--save-every": 0, "--out": "run", "--threads": 1}
        options.update(zip(arguments[::2], arguments[1::2]))
        words = [BIN / "wav-run", model, "train"]
        for option in options.items():
            words.extend(option)
        return [str(word) for word in words]

    def start(self, *arguments, until=STEP_20, preexec=None, stdout=subprocess.PIPE,
              **options):
        """A run that has printed `until`."""
        process = subprocess.Popen(
            self.command(*arguments, **options), cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
            preexec_fn=preexec)
        self.addCleanup(self.end, process)
        if until:
            while until not in (line := process.stdout.readline()):
                self.assertNotEqual(line, "", f"ended before {until}")
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.communicate()

    @staticmethod
    def kill(pid, number=signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def ends(self, process, code):
        """Its output and what it said to standard error."""
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, error)
        return out, error

    def checkpoints(self, run="run"):
        return sorted(path.name for path in (self.folder / run).iterdir())

    def one_whole_checkpoint(self, run="run"):
        names = self.checkpoints(run)
        self.assertEqual(len(names), 1, names)
        self.assertRegex(names[0], "^step-[0-9]+$")
        step = int(names[0].split("-")[1])
        # It can be continued, for a step.
        again = subprocess.run(
            self.command("--resume", run, steps=step + 1), cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        return step


class Signals(Trouble):
    def test_hup_int_and_term_save_and_end(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                run = number.name
                process = self.start("--out", run)
                process.send_signal(number)
                _, error = self.ends(process, 128 + number)
                self.assertRegex(
                    error, f"^error: interrupted after step [0-9]+; continue with "
                           f"--resume \\S*{run}\n$")
                done = int(error.split(";")[0].split()[-1])
                self.assertGreaterEqual(done, 20)
                self.assertEqual(self.checkpoints(run), [f"step-{done:08d}"])

    def test_the_reader_of_a_pipe_may_go_first(self):
        # As `train | tee log` ends on Ctrl-C: tee, then the rest.
        process = self.start()
        process.stdout.close()
        process.stdout = None
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, error = self.ends(process, 128 + signal.SIGINT)
        self.assertIn("warning: cannot write to standard output: Broken pipe", error)
        self.assertEqual(error.count("warning"), 1)
        self.one_whole_checkpoint()

        # As in `train 2>&1 | head -1`.
        read, write = os.pipe()
        process = subprocess.Popen(
            self.command("--out", "head", steps=300), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=write, stderr=write)
        os.close(write)
        os.read(read, 1)
        os.close(read)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(self.checkpoints("head"), ["step-00000300"])

    def test_a_terminal_that_closes(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execv(BIN / "wav-run", self.command())
        self.addCleanup(self.kill, pid)
        seen = b""
        while STEP_20.encode() not in seen:
            seen = seen[-20:] + os.read(terminal, 1 << 16)
        os.close(terminal)
        # The shell says it again, and it may do so late.
        time.sleep(0.15)
        self.kill(pid, signal.SIGHUP)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 128 + signal.SIGHUP)
        self.one_whole_checkpoint()

    def test_usr1_saves_and_goes_on(self):
        process = self.start(steps=30_000, until=" 20/")
        process.send_signal(signal.SIGUSR1)
        out, error = self.ends(process, 0)
        self.assertEqual(error, "")
        self.assertEqual(out.count("saved "), 2)
        first, last = self.checkpoints()
        self.assertEqual(last, "step-00030000")
        self.assertGreaterEqual(int(first.split("-")[1]), 20)

        # Before there is a step, too: it must not end the run.
        process = self.start("--out", "early", steps=FOREVER, until=None)
        for _ in range(100):
            time.sleep(0.01)
            if (self.folder / "early").exists():
                break
        process.send_signal(signal.SIGUSR1)
        while "saved " not in (line := process.stdout.readline()):
            self.assertNotEqual(line, "")

    def test_what_is_ignored_stays_ignored(self):
        def nohup():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)

        process = self.start(steps=20_000, until=" 20/", preexec=nohup)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGUSR1)
        out, error = self.ends(process, 0)
        self.assertEqual((out.count("saved "), error), (1, ""))
        self.assertEqual(self.checkpoints(), ["step-00020000"])

    def test_one_event_may_send_a_signal_twice(self):
        # As `timeout` does, to its child and to its group.
        process = self.start()
        for _ in range(4):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.005)
        self.ends(process, 128 + signal.SIGTERM)
        self.one_whole_checkpoint()

    def test_signals_during_an_evaluation(self):
        # Some seconds of evaluation after one step.
        long = ("--eval-every", 1, "--eval-batches", 100_000)
        process = self.start(*long, "--out", "one", until="log ")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, error = self.ends(process, 128 + signal.SIGINT)
        done = int(error.split(";")[0].split()[-1])
        self.assertEqual(self.checkpoints("one"), [f"step-{done:08d}"])
        self.assertEqual(out.count("validation loss"), done)

        process = self.start("--eval-every", 1, "--eval-batches", FOREVER, "--out", "two",
                             until="log ")
        time.sleep(0.3)
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        self.ends(process, -signal.SIGTERM)

    def test_signals_while_checkpoints_are_written(self):
        generator = random.Random(0)
        for attempt in range(6):
            run = f"run{attempt}"
            process = self.start("--save-every", 1, "--keep", 1, "--out", run,
                                 until="saved ", stdout=subprocess.PIPE)
            time.sleep(generator.random() * 0.03)
            process.send_signal(signal.SIGTERM)
            out, _ = self.ends(process, 128 + signal.SIGTERM)
            saved = [line for line in out.splitlines() if line.startswith("saved ")]
            # What was saved last is there, and the step that was done last is it.
            self.assertEqual(self.checkpoints(run), [os.path.basename(saved[-1].split()[1])])
        self.one_whole_checkpoint(run)


class Surroundings(Trouble):
    def test_a_full_disk_under_the_log_and_the_output(self):
        with open("/dev/full", "w") as full:
            process = self.start("--log", "/dev/full", until=None, stdout=full, steps=50)
            _, error = self.ends(process, 0)
        self.assertEqual(sorted(error.splitlines()), [
            "warning: cannot write --log '/dev/full': No space left on device; "
            "the run goes on",
            "warning: cannot write to standard output: No space left on device; "
            "the run goes on"])
        self.assertEqual(self.checkpoints(), ["step-00000050"])

    def test_a_limit_on_the_size_of_files(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        process = self.start("--log", "log", "--save-every", 500, until=None, preexec=limit,
                             steps=1000)
        out, error = self.ends(process, 1)
        first, second, third = error.splitlines()
        self.assertIn("cannot write --log 'log': File too large; the run goes on", first)
        self.assertIn("File too large; the run goes on, and saves", second)
        self.assertRegex(third, "^error: cannot write '.*': File too large")
        self.assertIn("step 1000/1000", out)
        self.assertFalse((self.folder / "run.rescued").exists())

    def test_a_closed_standard_output_is_not_the_log(self):
        process = self.start("--log", "log", until=None, preexec=lambda: os.close(1), steps=20)
        _, error = self.ends(process, 0)
        self.assertIn("cannot write to standard output", error)
        log = (self.folder / "log").read_text()
        steps = [json.loads(line)["step"] for line in log.splitlines()]
        self.assertEqual(steps, list(range(1, 21)))

    def test_out_becomes_a_file(self):
        process = self.start()
        (self.folder / "run").rename(self.folder / "run.away")
        (self.folder / "run").write_text("in the way")
        process.send_signal(signal.SIGUSR1)
        while "saved " not in (line := process.stdout.readline()):
            self.assertNotEqual(line, "")
        self.assertIn("run.rescued", line)
        process.send_signal(signal.SIGTERM)
        _, error = self.ends(process, 128 + signal.SIGTERM)
        self.assertIn("is no more the directory that this run has locked; saved beside it", error)
        self.assertRegex(error, "continue with --resume \\S*run.rescued\n$")
        self.assertIn(len(self.checkpoints("run.rescued")), (1, 2))
        self.wav_run(self.model, "eval", "--checkpoint", "run.rescued", "--data", self.text)

    def test_data_that_is_cut_short(self):
        for name in ("text.txt", "val.txt"):
            with self.subTest(name):
                run = name[:3]
                (self.folder / "val.txt").write_bytes(self.text.read_bytes())
                process = self.start("--out", run, "--val", "val.txt", "--eval-every", 1)
                os.truncate(self.folder / name, 100)
                _, error = self.ends(process, 1)
                self.assertRegex(
                    error, f"^error: cannot read '{name}' at offset [0-9]+: it has been cut "
                           f"short since .* put the whole file back; continue with --resume "
                           f"\\S*{run}\n$")
                self.text.write_bytes((self.folder / "val.txt").read_bytes()
                                      if name == "text.txt" else self.text.read_bytes())
                self.assertEqual(len(self.checkpoints(run)), 1)

    def test_data_that_is_overwritten(self):
        # Compiled code relies on tokens below the vocabulary's size.
        data = self.folder / "x.bin"
        numpy.arange(10_000, dtype="<u2").__mod__(96).astype("<u2").tofile(data)
        process = self.start(data="x.bin")
        with data.open("r+b") as file:
            file.write(b"\xff" * 20_000)
        _, error = self.ends(process, 1)
        self.assertRegex(error, "^error: 'x.bin' has changed since .* continue with --resume")
        self.assertEqual(len(self.checkpoints()), 1)

    def test_more_threads_than_there_can_be(self):
        expected = self.ends(self.start(until=None, steps=2), 0)[0]
        for threads in (60_000, 2_147_483_647):
            process = self.start("--threads", threads, "--out", f"run{threads}", until=None,
                                 steps=2)
            out, error = self.ends(process, 0)
            self.assertRegex(error, f"^warning: {threads} threads are more than the system "
                                    f"allows or can use; going on with [0-9]+\n$")
            loss = [line.split("|")[1] for line in out.splitlines() if line.startswith("step ")]
            self.assertEqual(loss, [line.split("|")[1] for line in expected.splitlines()
                                    if line.startswith("step ")])

    def test_a_limit_on_processes(self):
        self.folder.chmod(0o777)

        def limit():
            # The limit is not for root.
            if os.getuid() == 0:
                os.setgid(64321)
                os.setuid(64321)
                os.environ["XDG_CACHE_HOME"] = str(self.folder / "cache")  # not root's
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

        process = self.start("--threads", 2, until=None, preexec=limit, steps=2)
        out, error = self.ends(process, 0)
        self.assertEqual(error, "warning: 2 threads are more than the system allows or can "
                                "use; going on with 1\n")
        self.assertIn("step 2/2", out)


class Data(Trouble):
    def fails(self, *words, says):
        done = self.wav_run(*words, code=1)
        self.assertRegex(done.stderr, f"^error: [^\n]*{says}[^\n]*\n$")

    def tokens(self, name, dtype, largest, magic=None, version=None, header=True):
        """A file of 2000 tokens, with llm.c's header before them if `magic`."""
        tokens = numpy.random.default_rng(0).integers(0, largest + 1, 2000).astype(dtype)
        tokens[7] = largest
        start = numpy.zeros(256 if magic else 0, "<i4")
        if magic:
            start[:3] = magic, version, len(tokens)
        (self.folder / name).write_bytes(start.tobytes() + tokens.tobytes())
        return name

    def losses(self, data, *arguments, model="model.json"):
        done = self.wav_run(model, "train", "--data", data, "--steps", 3, "--batch", 2,
                            "--val", data, *arguments)
        return [line.split("|")[1] for line in done.stdout.splitlines()
                if line.startswith("step ")]

    def test_a_pipe_is_refused(self):
        os.mkfifo(self.folder / "x.txt")
        words = self.model, "train", "--steps", 1, "--data"
        self.fails(*words, "x.txt", says="'x.txt': not a regular file")
        self.fails(*words, self.text, "--val", "x.txt", says="'x.txt': not a regular file")

    def test_all_forms_of_token_files_are_the_same_data(self):
        plain = self.losses(self.tokens("plain.bin", "<u2", 95))
        self.assertEqual(len(plain), 4)
        for name, form in {
            "gpt2.bin": ("<u2", 95, 20240520, 1),
            "llama3.bin": ("<u4", 95, 20240801, 7),
        }.items():
            self.assertEqual(self.losses(self.tokens(name, *form)), plain)
        self.tokens("wide.bin", "<u4", 95)
        self.assertEqual(self.losses("wide.bin", "--token-bits", 32), plain)
        self.fails(self.model, "train", "--data", "wide.bin", "--steps", 1,
                   says="'wide.bin' looks like uint32 tokens: .* every second one is 0; give "
                        "--token-bits=32")
        self.fails(self.model, "train", "--data", "llama3.bin", "--steps", 1,
                   "--token-bits", 16, says="leave --token-bits=16 out")
        self.wav_run(self.model, "train", "--data", "wide.bin", "--steps", 1,
                     "--token-bits", 8, code=2)

    def test_a_vocabulary_above_65536(self):
        wide = self.folder / "wide.json"
        self.tokens("ids.bin", "<u4", 69_999)
        train = wide, "train", "--data", "ids.bin", "--steps", 1, "--batch", 1
        self.fails(*train, says="every second one is at most 1; give --token-bits=32")
        self.wav_run(*train, "--token-bits", 32, "--out", "run")
        eval_ = wide, "eval", "--checkpoint", "run", "--data"
        self.tokens("llama3.bin", "<u4", 69_999, 20240801, 7)
        self.fails(*eval_, "ids.bin", says="give --token-bits=32")
        self.assertEqual(
            self.wav_run(*eval_, "ids.bin", "--token-bits", 32).stdout.splitlines()[3:],
            self.wav_run(*eval_, "llama3.bin").stdout.splitlines()[3:])
        self.wav_run(wide, "generate", "--checkpoint", "run", "--prompt", "69999",
                     "--tokens", 2)

        # grads: one window.
        whole = numpy.fromfile(self.folder / "ids.bin", "<u4")[:9]
        whole.tofile(self.folder / "window.bin")
        weights = self.newest("run") / "weights.safetensors"
        grads = wide, "grads", "--weights", weights, "--out", "g.safetensors", "--tokens"
        self.wav_run(*grads, "window.bin", "--token-bits", 32)
        expected = (self.folder / "g.safetensors").read_bytes()
        header = numpy.zeros(256, "<i4")
        header[:3] = 20240801, 7, 9
        (self.folder / "window.bin").write_bytes(header.tobytes() + whole.tobytes())
        self.wav_run(*grads, "window.bin")
        self.assertEqual((self.folder / "g.safetensors").read_bytes(), expected)

    def test_a_header_that_is_wrong(self):
        name = self.tokens("x.bin", "<u2", 95, 20240520, 3)
        words = self.model, "train", "--data", name, "--steps", 1
        self.fails(*words, says="of version 3; write it in version 1")
        self.tokens(name, "<u2", 95, 20240520, 1)
        os.truncate(self.folder / name, 1025)
        self.fails(*words, says="its header says 2000 tokens of 2 bytes, and 1 bytes follow")


if __name__ == "__main__":
    counted.main()
