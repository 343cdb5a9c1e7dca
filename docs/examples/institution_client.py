"""A hospital's front end: follows the feed of changes, and asks when it has not heard of a card. Python alone.

HEALTHCARD_SECRET=... python institution_client.py http://127.0.0.1:8001 follow
HEALTHCARD_SECRET=... python institution_client.py http://127.0.0.1:8001 ask 9900000000000000000099 0000000007
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 5  # tries while the server is busy or away


class Refused(Exception):
    """The server said no; `problem` is its RFC 9457 object."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['title']} {problem['title_en']}: {problem['detail']}")
        self.problem = problem


class Client:
    """A session of this machine; it logs in again when its hour is over."""

    def __init__(self, server, secret):
        self._server = server.rstrip("/") + "/api/v1"
        self._secret = secret
        self._token = ""

    def status(self, issuer_code, issue_serial):
        """Whether a card may be used now."""
        return self._asked("GET", f"/cards/{issuer_code}/{issue_serial}/status")

    def changes(self, after=""):
        """Changes from a place of the feed on."""
        query = "?" + urllib.parse.urlencode({"after": after}) if after else ""
        return self._asked("GET", f"/changes{query}")

    def _asked(self, method, path, body=None):
        if not self._token:
            self._enter()
        try:
            return self._sent(method, path, body)
        except Refused as refused:
            if refused.problem["status"] != 401:
                raise
        self._enter()
        return self._sent(method, path, body)

    def _enter(self):
        self._token = ""
        self._token = self._sent("POST", "/sessions/machine", {"secret": self._secret})["token"]

    def _sent(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self._token}"} if self._token else {}
        )
        request = urllib.request.Request(self._server + path, data, headers, method=method)  # noqa: S310 - our server
        for _ in range(PATIENCE):
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem, wait = json.load(error), error.headers["Retry-After"]
                if not wait:
                    raise Refused(problem) from None
                time.sleep(int(wait))
        raise Refused(problem)


def follow(client, seconds=5):
    """Print changes as they come, for ever; a real front end keeps `next` and the cards on its disk."""
    heard, after = {}, ""
    while True:
        feed = client.changes(after)
        for change in feed["items"]:
            card = (change["issuer_code"], change["issue_serial"])
            if change["version"] > heard.get(card, 0):
                heard[card] = change["version"]
                print(*card, change["reason"], change["at"], flush=True)
        after = feed["next"]
        if not feed["more"]:
            time.sleep(seconds)


if __name__ == "__main__":
    server, command, *card = sys.argv[1:]
    hospital = Client(server, os.environ["HEALTHCARD_SECRET"])
    try:
        if command == "follow":
            follow(hospital)
        else:
            print(json.dumps(hospital.status(*card), ensure_ascii=False))
    except Refused as refused:
        sys.exit(str(refused))
