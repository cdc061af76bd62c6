# SPDX-License-Identifier: GPL-2.0-or-later
"""browser.py - drives Debian's chromium by chromedriver's HTTP, with Python's standard library alone.

    with Browser(folder, width, height, dark=False) as b:
        b.open("file:///x.html"); b.run("return document.title"); b.click("#x"); b.type("input", "text")
        b.screenshot("x.png"); b.log() -> console messages; b.requests() -> URLs that were asked for
"""
import base64
import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
import urllib.request

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--disable-features=Translate,OptimizationHints,MediaRouter", "--force-device-scale-factor=1"]


class Browser:
    def __init__(self, folder, width=1280, height=800, dark=False, scripts=True):
        self.folder = tempfile.mkdtemp(prefix="browser.", dir=folder)
        self.width, self.height, self.dark, self.scripts = width, height, dark, scripts
        self.session = None

    def __enter__(self):
        # Its own session: the browser's processes end with it.
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       start_new_session=True)
        try:
            self.port = self._port()
            options = {"args": FLAGS + [f"--user-data-dir={self.folder}/profile", f"--window-size={self.width},{self.height}"],
                       "prefs": {"profile.managed_default_content_settings.javascript": 1 if self.scripts else 2}}
            made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
            self.session = made["sessionId"]
            self.devtools("Emulation.setDeviceMetricsOverride", width=self.width, height=self.height, deviceScaleFactor=1,
                          mobile=False)
            self.devtools("Emulation.setEmulatedMedia",
                          features=[{"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"},
                                    {"name": "prefers-reduced-motion", "value": "reduce"}])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        try:
            if self.session:
                self._call("DELETE", f"/session/{self.session}")
        except OSError:
            pass
        try:
            os.killpg(self.driver.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.driver.wait()

    def _port(self):
        end = time.monotonic() + 60
        said = ""
        while time.monotonic() < end:
            if select.select([self.driver.stdout], [], [], 1)[0]:
                part = os.read(self.driver.stdout.fileno(), 4096).decode()
                if not part:
                    break
                said += part
                found = re.search(r"started successfully on port (\d+)\.", said)
                if found:
                    return int(found[1])
        raise RuntimeError("chromedriver does not start: " + said)

    def _call(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(json.load(e)["value"]["message"].split("\n")[0]) from None

    def _in(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, **params):
        return self._in("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def open(self, url):
        self._in("POST", "/url", {"url": url})

    def run(self, script, *args):
        return self._in("POST", "/execute/sync", {"script": script, "args": list(args)})

    def _element(self, css):
        return next(iter(self._in("POST", "/element", {"using": "css selector", "value": css}).values()))

    def click(self, css):
        # Not below the list of parts, which stays at the top.
        self.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center', behavior: 'instant' })", css)
        self._in("POST", f"/element/{self._element(css)}/click", {})

    def type(self, css, text):
        e = self._element(css)
        self._in("POST", f"/element/{e}/clear", {})
        self._in("POST", f"/element/{e}/value", {"text": text})

    def keys(self, *keys):
        actions = [{"type": t, "value": k} for k in keys for t in ("keyDown", "keyUp")]
        self._in("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": actions}]})

    def drag(self, css, start, end):
        """Over an element, from a fraction of its width to another."""
        x, y, w, h = self.run("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                              "return [r.x, r.y, r.width, r.height]", css)
        move = lambda f: {"type": "pointerMove", "x": int(x + f * w), "y": int(y + h / 2), "duration": 0}
        self._in("POST", "/actions", {"actions": [{"type": "pointer", "id": "m", "actions": [
            move(start), {"type": "pointerDown", "button": 0}, move((start + end) / 2), move(end),
            {"type": "pointerUp", "button": 0}]}]})

    def wait(self, script, *args):
        end = time.monotonic() + 60
        while True:
            value = self.run(script, *args)
            if value:
                return value
            if time.monotonic() > end:
                raise RuntimeError("waited in vain: " + script)
            select.select([], [], [], 0.02)

    def screenshot(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self._in("GET", "/screenshot")))

    def log(self):
        return [m["level"] + ": " + m["message"] for m in self._in("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        urls = []
        for entry in self._in("POST", "/se/log", {"type": "performance"}):
            m = json.loads(entry["message"])["message"]
            # The browser's first, empty page asks for things of its own.
            if m["method"] == "Network.requestWillBeSent" and m["params"]["documentURL"].startswith("file:"):
                urls.append(m["params"]["request"]["url"])
        return urls
