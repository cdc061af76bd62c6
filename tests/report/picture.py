# SPDX-License-Identifier: GPL-2.0-or-later
"""picture.py NSCOLLECT OUT.png - docs/report.png: the first screen of a report of a container that somebody broke into."""
import os
import subprocess
import sys
import tempfile

from browser import Browser
from package import START, debian

nscollect, out = map(os.path.abspath, sys.argv[1:])
LATER = {"ctime": START + 91_000, "mtime": START + 91_000}
p = debian()
p.changes = []
worker = p.processes[1]["pid"]
shell = p.process("sh", ["sh", "-i"], "/usr/bin/dash", ppid=worker, uid=101, started=START + 90_000)
miner = p.process("kworker/0:2", ["[kworker/0:2]"], "/tmp/.x/kdevtmpfsi (deleted)", ppid=shell, uid=101, deleted=True,
                  content="open/1007/exe", started=START + 90_500)
p.process("perl", ["/usr/sbin/sshd -D"], "/usr/bin/perl", ppid=shell, uid=101, started=START + 90_600)
p.socket(miner, state="established", local_address="172.17.0.2", local_port=51234, remote_address="203.0.113.7", remote_port=3333)
p.file("/etc/ld.so.preload", content="/usr/local/lib/libhide.so\n", change="A", **LATER)
p.file("/usr/local/lib/libhide.so", size=18_328, change="A", **LATER)
p.file("/root/.ssh/authorized_keys", mode="0600", size=402, change="A", **LATER)
p.file("/usr/bin/backup", mode="4755", size=125_560, change="A", **LATER)
p.file("/etc/crontab", size=1136, change="C", **LATER)
with tempfile.TemporaryDirectory() as top:
    folder, page = os.path.join(top, "web1"), os.path.join(top, "web1.html")
    os.mkdir(folder)
    p.write(folder)
    subprocess.run([nscollect, "report", "web1", "-o", page], check=True, cwd=top)
    with Browser(top, 1280, 1000) as b:
        b.open("file://" + page)
        b.screenshot(out)
