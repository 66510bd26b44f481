# Copyright: the debci authors. Licence: GPL-3.0-or-later.
"""The worker protocol, version 1 (ops/worker-protocol.md): its calls, each made once."""

import http.client
import json
import os
import queue
import urllib.error
import urllib.parse
import urllib.request

from .journal import quote
from .waiting import Away

PATIENCE = 60


class ServerRefused(Exception):
    """The server understood the call and says no; making it again changes nothing."""

    def __init__(self, status, answer):
        super().__init__("The server refused (%d): %s" % (status, quote(answer.get("message") or "no reason given", 300)))
        self.log_gap = answer.get("size") if status == 409 and answer.get("code") == "LOG_GAP" else None
        self.not_ours = status in (404, 409) and self.log_gap is None
        self.bad_content = status in (400, 413)
        self.bad_key = status in (401, 403)
        self.bad_worker = status == 400 or self.bad_key


class Server:
    """The calls of the protocol, each made once. The key goes into the header, and nowhere else; no redirect takes it elsewhere."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def __init__(self, address, key):
        self.address, self.key, self.opener = address.rstrip("/"), key, urllib.request.build_opener(self.Stay)

    def send(self, token, method, path, body=b"", patience=PATIENCE):
        try:
            return token.race(lambda: self.exchange(method, path, body, patience), patience)
        except queue.Empty:
            raise Away("The server gave no answer within %.0f s." % patience) from None

    def exchange(self, method, path, body, patience):
        request = urllib.request.Request("%s/worker/v1/%s" % (self.address, path), method=method)
        if method != "GET":
            request.data = json.dumps(body).encode() if isinstance(body, dict) else body
            request.add_header("Content-Type", "application/json" if isinstance(body, dict) else "application/octet-stream")
            if hasattr(body, "fileno"):
                request.add_header("Content-Length", str(os.fstat(body.fileno()).st_size))
        request.add_unredirected_header("Authorization", "Bearer " + self.key)
        try:
            with self.opener.open(request, timeout=patience) as answer:
                return None if answer.status == 204 else self.read(answer)
        except urllib.error.HTTPError as refusal:
            raise self.refusal(refusal) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Away("The server gave no answer that can be read: %s" % error) from None

    @staticmethod
    def read(answer):
        said = json.loads(answer.read(16 << 20))
        if not isinstance(said, dict):
            raise ValueError("it is no JSON object")
        return said

    def refusal(self, refusal):
        if refusal.code >= 500 or refusal.code in (408, 429):
            return Away("The server answered %d." % refusal.code)
        try:
            answer = self.read(refusal)
        except (OSError, http.client.HTTPException, ValueError):  # a proxy refuses in HTML; then the status alone has to tell
            answer = {}
        if refusal.code == 404 and "code" not in answer:
            return Away("Something answered 404 that is not the server; is its address right, or is it being upgraded?")
        return ServerRefused(refusal.code, answer)


class Calls:
    """The calls about one attempt."""

    def __init__(self, server, run, attempt, worker):
        self.server, self.query = server, "worker=" + urllib.parse.quote(worker, safe="")
        self.path = "runs/%d/attempts/%d/" % (run, attempt)

    def __call__(self, token, method, name, body=b"", patience=PATIENCE, more=""):
        return self.server.send(token, method, "%s%s?%s%s" % (self.path, name, self.query, more), body, patience) or {}
