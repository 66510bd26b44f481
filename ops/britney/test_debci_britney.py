"""Tests of debci-britney against a server that says what a test wants: python3 -m unittest, in this folder."""

import contextlib
import http.server
import importlib.machinery
import importlib.util
import io
import json
import os
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("debci_britney", os.path.join(HERE, "debci-britney"))
spec = importlib.util.spec_from_loader("debci_britney", loader)
adapter = importlib.util.module_from_spec(spec)
loader.exec_module(adapter)


def outcome(run, status="PASS", **more):
    made = {"run": str(run), "package": "green", "suite": "testing", "arch": "amd64", "triggers": ["green/2"], "extraSources": ["unstable"], "status": status,
            "version": "2" if status else None, "durationSeconds": 1, "updatedAt": "2026-11-22T15:01:44.123456Z",
            "date": "2026-11-22T15:01:44Z", "isPrivate": False}
    made.update(more)
    return made


class Double(http.server.BaseHTTPRequestHandler):
    """Answers from server.script: a list of functions from the question to (status, answer); the last one stays."""

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.questions.append(question)
        answers = self.server.script
        status, answer = (answers.pop(0) if len(answers) > 1 else answers[0])(question)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Case(unittest.TestCase):
    def setUp(self):
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Double)
        self.server.questions, self.server.script = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(self.path("key"), "w") as key:
            key.write("debci_key\n")
        adapter.TRIES, self.results, self.pending, self.answer = 3, [outcome(7)], [outcome(8, None)], {
            "accepted": 1, "alreadyPending": 0, "refused": 0, "items": [{"outcome": "ACCEPTED", "refusal": None}]}
        self.server.script = [self.usual]

    def path(self, name):
        return os.path.join(self.folder, name)

    def usual(self, question):
        query = question["query"]
        if "head" in query:
            return 200, {"data": {"server": {"head": "log.9"}}}
        if "pendingTests" in query:
            return 200, {"data": {"pendingTests": self.pending}}
        if "outcomes" in query:
            return 200, {"data": {"outcomes": {"nodes": self.results, "pageInfo": {"hasNextPage": False, "endCursor": "log.7"}}}}
        return 200, {"data": {"requestRuns": self.answer}}

    def play(self, line='debci-testing-amd64:green {"triggers": ["green/2"], "submit-time": "now"}', britney="cat debci.json > seen"):
        script = "cd %s && printf '%%s' \"$0\" > requests && %s" % (self.folder, britney)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = adapter.main(["--url", "http://127.0.0.1:%d/" % self.server.server_port, "--key-file", self.path("key"), "--suite", "testing",
                                 "--state", self.path("state"), "--results", self.path("debci.json"), "--requests", self.path("requests"),
                                 "--", "sh", "-c", script, line])
        return code, said.getvalue()

    def asked(self, what):
        return [q["variables"] for q in self.server.questions if what in q["query"]]

    def cursor(self):
        with open(self.path("state/round.json")) as f:
            return json.load(f)["cursor"]


class RoundTests(Case):
    def test_a_round_brings_results_in_and_requests_out_and_the_next_one_goes_on_behind_it(self):
        self.assertEqual((0, True), (lambda c: (c[0], "1 tests asked for" in c[1]))(self.play()))
        with open(self.path("seen")) as f:
            seen = json.load(f)["results"]
        self.assertEqual(["pass", None], [r["status"] for r in seen])
        self.assertEqual([{"package": "green", "suite": "testing", "arch": "amd64", "triggers": ["green/2"], "priority": 5,
                           "pins": [{"packages": ["src:green"], "suite": "unstable"}], "extraSources": ["unstable"]}], self.asked("requestRuns")[0]["tests"])
        self.play()
        first, second = self.asked("outcomes")
        self.assertEqual((None, "log.7", "log.9"), (first["after"], second["after"], second["at"]))
        self.assertTrue(first["since"] and not second["since"])
        ids = [q["id"] for q in self.asked("requestRuns")]
        self.assertNotEqual(ids[0], ids[1])  # another round asks anew

    def test_what_is_pending_is_asked_for_before_the_results(self):
        self.play()
        order = [next(w for w in ("head", "pendingTests", "outcomes", "requestRuns") if w in q["query"]) for q in self.server.questions]
        self.assertEqual(["head", "pendingTests", "outcomes", "requestRuns"], order)

    def test_the_cursor_stays_when_britney_or_the_mutation_fails_and_the_batch_keeps_its_name(self):
        self.assertEqual(1, self.play(britney="exit 3")[0])
        self.assertEqual((None, 0), (self.cursor(), len(self.asked("requestRuns"))))
        self.answer = {"code": "INVALID", "message": "no"}
        self.assertEqual(1, self.play()[0])
        self.assertIsNone(self.cursor())
        self.answer = {"accepted": 1, "alreadyPending": 0, "refused": 0, "items": [{"outcome": "ACCEPTED", "refusal": None}]}
        self.assertEqual(0, self.play()[0])
        self.assertEqual("log.7", self.cursor())
        ids = [q["id"] for q in self.asked("requestRuns")]
        self.assertEqual(ids[0], ids[1])

    def test_a_reject_list_is_a_decision_and_anything_else_a_mistake(self):
        self.answer = {"accepted": 0, "alreadyPending": 0, "refused": 1, "items": [{"outcome": "REFUSED", "refusal": {"code": "REJECTED", "message": "too large"}}]}
        code, said = self.play()
        self.assertEqual((0, "log.7", True), (code, self.cursor(), "too large" in said))
        self.answer["items"][0]["refusal"] = {"code": "NOT_ALLOWED", "message": "britney may not use unstable"}
        self.results = [outcome(9)]
        self.assertEqual(1, self.play()[0])
        self.assertEqual(1, self.play()[0])  # under another name: what was mended since counts
        self.assertEqual(3, len({q["id"] for q in self.asked("requestRuns")}))

    def test_what_may_pass_is_tried_again_and_what_will_not_is_told(self):
        self.server.script = [lambda q: (503, {"message": "the database is away"}), lambda q: (200, {"errors": [{"message": "not yet", "extensions": {"code": "NOT_YET"}}]}), self.usual]
        server = adapter.Server("http://127.0.0.1:%d" % self.server.server_port, "key", pause=0)
        self.assertEqual("log.9", server.ask(adapter.HEAD, {})["server"]["head"])
        for status, answer, words in ((401, {"message": "This key is not known here"}, "not known"), (200, {"errors": [{"message": "no such field"}]}, "no such field")):
            self.server.script = [lambda q, s=status, a=answer: (s, a)]
            with self.assertRaisesRegex(adapter.Trouble, words):
                server.ask(adapter.HEAD, {})

    def test_two_rounds_at_once_are_one_too_many(self):
        held = adapter.State(self.path("state"), "testing")
        self.assertIn("under way", self.play()[1])
        held.lock.close()


class FormTests(Case):
    def test_results_have_the_form_that_britney_reads(self):
        for recorded, updated in (("2026-11-22T15:01:44Z", "44.000Z"), ("2026-11-22T15:01:44.1Z", "44.100Z"), ("2026-11-22T15:01:44.999999+00:00", "44.999Z")):
            self.assertEqual("2026-11-22T15:01:" + updated, adapter.to_result(outcome(1, updatedAt=recorded))["updated_at"])
        pending = adapter.to_result(outcome(1, None, triggers=[]))
        self.assertEqual((None, None, None, None), tuple(pending[k] for k in ("status", "version", "date", "trigger")))

    def test_request_lines_are_read_with_their_pins_and_a_reference_has_none(self):
        lines = ['debci-huge-testing-x-armhf:libpng1.6 {"triggers": ["a/1:2-3 b/2+x"], "submit-time": "2026"}', 'debci-testing-x-amd64:green {"triggers": ["migration-reference/0"]}', ""]
        with open(self.path("requests"), "w") as f:
            f.write("\n".join(lines))
        first, second = adapter.read_requests(self.path("requests"), "testing-x", "unstable", "unstable", 3)
        self.assertEqual(("libpng1.6", "armhf", ["a/1:2-3", "b/2+x"], [{"packages": ["src:a", "src:b"], "suite": "unstable"}]), (first["package"], first["arch"], first["triggers"], first["pins"]))
        self.assertEqual((False, False), ("pins" in second, "extraSources" in second))
        with open(self.path("requests"), "w") as f:
            f.write("debci-stable-amd64:green {}\n")
        with self.assertRaisesRegex(adapter.Trouble, "no request for testing-x"):
            adapter.read_requests(self.path("requests"), "testing-x", "unstable", "unstable", 3)

    def test_a_file_that_britney_never_wrote_is_a_mistake(self):
        with self.assertRaisesRegex(adapter.Trouble, "ADT_AMQP"):
            adapter.read_requests(self.path("nothing"), "testing", "unstable", "unstable", 5)

    def test_a_state_is_of_one_suite(self):
        adapter.State(self.path("other"), "testing on a").lock.close()
        with self.assertRaisesRegex(adapter.Trouble, "use another folder"):
            adapter.State(self.path("other"), "stable on a")


if __name__ == "__main__":
    unittest.main()
