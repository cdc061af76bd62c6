# SPDX-License-Identifier: GPL-2.0-or-later
"""rules.py NSCOLLECT FOLDER FINDINGS_C FINDINGS_MD SCHEMA - each rule of the table fires on a case of its own, alone and
with the severity that docs/findings.md gives it, and no rule fires on an innocent container."""
import json
import os
import re
import shutil
import subprocess
import sys

import jsonschema
from package import ENGINE_CAPS, START, alpine, debian, systemd

nscollect, top, table, manual, schema = sys.argv[1:]
validator = jsonschema.Draft7Validator(json.load(open(schema, encoding="utf-8")))
failed = []


def report(p, alter=None):
    folder = os.path.join(top, "package")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    p.write(folder, alter)
    done = subprocess.run([nscollect, "report", "--json", folder], capture_output=True, timeout=240, check=False)
    if done.returncode and "NOT as it was collected" not in done.stderr.decode():
        sys.exit(f"nscollect report ends with {done.returncode}: {done.stderr.decode()}")
    answer = json.loads(done.stdout)
    for e in validator.iter_errors(answer):
        sys.exit(f"not as its schema says: {list(e.path)}: {e.message[:300]}")
    return answer


def found(p, alter=None):
    return sorted((f["rule"], f["severity"]) for f in report(p, alter)["findings"])


def check(what, p, *wanted, alter=None):
    got = found(p, alter)
    if got != sorted(wanted):
        failed.append(f"{what}: got {got}, wanted {sorted(wanted)}")


CASES = []


def case(*wanted, base=debian, alter=None, name=None):
    """A function that puts one thing into an innocent package; @wanted are pairs of a rule and its severity."""
    def add(change):
        CASES.append((name or change.__name__, base, change, wanted, alter))
        return change
    return add


def simple(rule, severity, change, base=debian, name=None):
    case((rule, severity), base=base, name=name or f"{rule} {severity}")(change)


H, M, L = "high", "medium", "low"

# ---- the package ----
case(("package-altered", H), alter="processes.json", name="altered")(lambda p: None)
case(("package-altered", H), alter="more", name="extra")(lambda p: None)

# ---- processes ----
simple("exe-deleted", H, lambda p: p.process("job", exe="/usr/local/bin/job (deleted)", deleted=True, content="open/1/exe"))
simple("exe-replaced", M, lambda p: p.process("job", exe="/usr/local/bin/job", replaced=True))
simple("exe-memfd", H, lambda p: p.process("job", exe="/memfd:x (deleted)", deleted=True))
case(name="runc starts itself")(lambda p: p.process("runc:[2:INIT]", ["runc", "init"], "/memfd:runc_cloned:/proc/self/exe (deleted)",
                                                    deleted=True))
simple("exe-temporary", H, lambda p: p.process("job", exe="/var/tmp/job"))
simple("exe-temporary", H, lambda p: p.process("job", exe="/run/x/job"), base=alpine, name="exe in a tmpfs")
simple("exe-volume", M, lambda p: p.process("job", exe="/data/job"))
simple("name-kernel", H, lambda p: p.process("kworker/0:1", ["x"], "/usr/bin/job"))
simple("name-kernel", H, lambda p: p.process("job", ["[kthreadd]"], "/usr/bin/job"), name="kernel thread by its title")
case(name="a name that only begins so")(lambda p: p.process("rcuhelper", ["kthreads"], "/usr/bin/job"))
simple("name-daemon", H, lambda p: p.process("sshd", ["sshd: root"], "/home/u/x"))
simple("name-daemon", H, lambda p: p.process("python3", ["/usr/sbin/sshd"], "/usr/bin/python3.11"), name="an interpreter as sshd")
case(name="a script called cron")(lambda p: p.process("cron", ["/bin/sh", "/opt/cron"], "/bin/dash"))
simple("name-odd-process", H, lambda p: p.process("ng\u200binx", ["x"], "/usr/sbin/nginx"), name="zero width")
simple("name-odd-process", H, lambda p: p.process("x", ["\u0455shd"], "/usr/bin/x"), name="a Cyrillic s")
simple("name-odd-process", H, lambda p: p.process("x", ["\u202eabc"], "/usr/bin/x"), name="right to left")
case(name="a Russian name")(lambda p: p.process("\u0441\u0435\u0440\u0432\u0435\u0440", ["\u0441\u0435\u0440\u0432\u0435\u0440"], "/usr/bin/x"))
simple("name-hidden-process", M, lambda p: p.process("x", exe="/usr/lib/.x"))
case(name="a tool in a home")(lambda p: p.process("x", exe="/root/.local/bin/x"))
simple("preload-environment", H, lambda p: p.process(environ=["LD_PRELOAD=/tmp/x.so"]))
simple("preload-environment", L, lambda p: p.process(environ=["LD_PRELOAD=/usr/lib/libjemalloc.so.2"]))
case(name="an empty LD_PRELOAD")(lambda p: p.process(environ=["LD_PRELOAD=", "OLD_PRELOAD=/tmp/x"]))
simple("script-from-fd", M, lambda p: p.process("bash", ["bash", "/dev/fd/63"], "/usr/bin/bash"))
simple("tracer", H, lambda p: p.process(tracer=1001))
simple("tracer", L, lambda p: p.process(tracer=77))
simple("capabilities", M, lambda p: p.process(caps=ENGINE_CAPS + ["sys_module"]))


@case(name="capabilities in a user namespace")
def mapped(p):
    p.userns_is_host = False
    p.process(caps=ENGINE_CAPS + ["sys_admin"])


simple("cwd-deleted", L, lambda p: p.process(cwd="/srv/x (deleted)"))

# ---- memory ----
ANON = {"path": "", "inode": 0}
simple("map-writable", M, lambda p: p.process(maps=[{**ANON, "permissions": "rwxp"}] * 3))
simple("map-writable", L, lambda p: p.process("java", ["java"], "/usr/lib/jvm/bin/java", maps=[{**ANON, "permissions": "rwxp"}]))
simple("map-anonymous", M, lambda p: p.process(maps=[{**ANON, "permissions": "r-xp"}]))
simple("map-anonymous", L, lambda p: p.process("node", ["node"], "/usr/bin/node", maps=[{**ANON, "permissions": "r-xp"}]))
simple("map-stack", H, lambda p: p.process(maps=[{"path": "[stack]", "inode": 0, "permissions": "rwxp"}]))
simple("map-memfd", H, lambda p: p.process(maps=[{"path": "/memfd:lib (deleted)"}]))
simple("map-memfd", L, lambda p: p.process("dotnet", ["dotnet"], "/usr/bin/dotnet", maps=[{"path": "/memfd:doublemapper (deleted)"}]))
simple("map-deleted", M, lambda p: p.process(maps=[{"path": "/tmp/lib.so (deleted)", "content": "open/1/map-x"}]))
case(name="deleted data")(lambda p: p.process(maps=[{"path": "/tmp/x (deleted)", "permissions": "rw-s"}]))
simple("fd-memfd", L, lambda p: p.process(fds=[{"fd": 3, "kind": "memfd", "target": "/memfd:x (deleted)", "deleted": True}]))

# ---- network ----
simple("socket-packet", H, lambda p: p.socket(1000, family="packet", protocol="packet", type="raw", ethernet_protocol=3))
simple("socket-raw", M, lambda p: p.socket(1000, protocol="raw", local_address="0.0.0.0", local_port=1))
simple("socket-abstract", M, lambda p: p.socket(1000, family="unix", protocol="unix", type="stream", listening=True, path="@x"))
simple("socket-of-nobody", L, lambda p: p.socket(None, state="listen", local_address="0.0.0.0", local_port=4444))
simple("interface-promiscuous", M, lambda p: p.interfaces.append({"name": "eth1", "promiscuous": True}))

# ---- mounts ----
simple("mount-engine-socket", H, lambda p: p.mount("/var/run/docker.sock", type="tmpfs", source="tmpfs", root="/docker.sock"))
simple("mount-host-root", H, lambda p: p.mount("/host"))
simple("mount-host-root", M, lambda p: p.mount("/big", source="/dev/vdb", device="254:16"))
simple("mount-host-folder", M, lambda p: p.mount("/x", root="/etc"))
simple("mount-host-folder", M, lambda p: p.mount("/x", type="devtmpfs", source="udev"), name="all devices")
simple("mount-host-folder", M, lambda p: p.mount("/dev/sda", type="devtmpfs", source="udev", root="/sda"), name="a disk's device")

# ---- files ----
NEW = {"ctime": START + 60, "mtime": START + 60}
simple("setuid-new", H, lambda p: p.file("/usr/bin/x", mode="4755", **NEW))
simple("setuid-new", M, lambda p: p.file("/usr/bin/x", mode="4755"))
case(("setuid-new", H), name="a known one that was changed")(lambda p: p.file("/usr/bin/sudo", mode="4755", **NEW))
case(name="set-group-ID without the right to execute")(lambda p: p.file("/srv/x", mode="2644", **NEW))
simple("file-capabilities-new", H, lambda p: p.file("/usr/bin/x", mode="0755", caps=True, **NEW))
simple("file-capabilities-new", M, lambda p: p.file("/usr/bin/x", mode="0755", caps=True))
simple("executable-temporary", M, lambda p: p.file("/tmp/x", mode="0755", **NEW))
simple("executable-temporary", M, lambda p: p.file("/run/x", mode="0755", **NEW), base=alpine, name="executable in a tmpfs")
simple("executable-volume", L, lambda p: p.file("/data/x", mode="0755", **NEW))
simple("time-set-back", L, lambda p: p.file("/srv/x", ctime=START + 60, mtime=START - 10**8))
simple("time-set-back", M, lambda p: p.file("/tmp/x", ctime=START + 60, mtime=START - 10**8))
simple("name-odd-file", H, lambda p: p.file("/srv/.. /x"), name="dots and a blank")
simple("name-odd-file", H, lambda p: p.file("/srv/p\u0430sswd"), name="a Cyrillic a")
simple("name-odd-file", H, lambda p: p.file(b"/srv/\xff"), name="no UTF-8")
simple("name-odd-file", H, lambda p: p.file("/srv/a\nb"), name="a newline")
simple("name-odd-file", L, lambda p: p.file("/srv/x "), name="a blank at the end")
simple("name-hidden-file", M, lambda p: p.file("/dev/shm/.x", **NEW))
simple("name-hidden-file", M, lambda p: p.file("/dev/sda9", **NEW), name="a file among devices")

# ---- who comes in, what starts ----
simple("preload-file", H, lambda p: p.file("/etc/ld.so.preload", **NEW))
case(name="an empty preload")(lambda p: p.file("/etc/ld.so.preload", size=0))
simple("changed-accounts", M, lambda p: p.file("/etc/sudoers.d/x", **NEW))
simple("changed-cron", M, lambda p: p.file("/var/spool/cron/crontabs/root", **NEW))
simple("changed-shell", M, lambda p: p.file("/home/u/.bashrc", **NEW))
simple("changed-keys", H, lambda p: p.file("/root/.ssh/authorized_keys", **NEW))
simple("changed-pam", H, lambda p: p.file("/usr/lib/x86_64-linux-gnu/security/pam_unix.so", **NEW))
simple("changed-startup", M, lambda p: p.file("/etc/systemd/system/x.service", **NEW))


def account(p, passwd=None, shadow=None):
    p.members["[root]/etc/passwd"] += passwd or ""
    p.members["[root]/etc/shadow"] += shadow or ""


simple("account-root", H, lambda p: account(p, "toor:x:00:0::/:/bin/sh\n"))
simple("account-open", H, lambda p: account(p, "eve::1000:1000::/:/bin/sh\n"))
simple("account-open", H, lambda p: account(p, shadow="eve::19000:0:::::\n"), name="without a password in shadow")


# ---- with a list of changes ----
def listed(change):
    def with_list(p):
        p.changes = []
        change(p)
    return with_list


case(name="no change")(listed(lambda p: None))
case(name="the image's own, by the list")(listed(lambda p: p.file("/usr/bin/x", mode="4755", **NEW)))
simple("setuid-new", H, listed(lambda p: p.file("/usr/bin/x", mode="4755", change="A")), name="setuid by the list")
simple("file-capabilities-new", H, listed(lambda p: p.file("/usr/bin/x", mode="0755", caps=True, change="C")),
       name="capabilities by the list")
simple("changed-cron", M, listed(lambda p: p.change("D", "/etc/crontab")), name="deleted by the list")
simple("preload-file", M, listed(lambda p: p.file("/etc/ld.so.preload")), name="preload of the image")
simple("time-set-back", M, listed(lambda p: p.file("/srv/x", ctime=START + 60, mtime=START - 10**8, change="A")),
       name="set back by the list")
case(name="a file of the image that was given to another")(
    listed(lambda p: p.file("/srv/x", ctime=START + 60, mtime=START - 10**8, change="C")))

case(name="touched, and written as it was")(listed(lambda p: (p.file("/etc/passwd", change="C", **NEW),
                                                              p.changes[-1].update(what=["time"]),
                                                              p.change("C", "/etc/crontab", what=()))))
simple("changed-cron", M, listed(lambda p: p.change("A", "/etc/cron.d/x")), name="added by the list, and no file of the package")
simple("executable-volume", L, listed(lambda p: (p.file("/data/x", mode="0755", **NEW),
                                                 p.change("V", "/data/x", mode="0755", mount="/data"))), name="a volume's, once")
simple("executable-volume", L, listed(lambda p: p.change("V", "/data/x", mode="0755", mount="/data")), name="a volume's, by the list")


@case(("changed-cron", M), name="layers that are not known")
def unknown(p):
    p.changes, p.changes_state = [], "unknown"
    p.file("/etc/crontab", **NEW)


@case(("setuid-new", M), name="a part that could not be looked at")
def problem(p):
    p.changes = []
    p.change("!", "/opt")
    p.file("/opt/x", mode="4755")


for make in (debian, alpine, systemd):
    check(f"innocent {make.__name__}", make())
for name, base, change, wanted, alter in CASES:
    p = base()
    change(p)
    check(name, p, *wanted, alter=alter)

# A thousand are a hundred, and counted.
p = debian()
for i in range(150):
    p.file(f"/tmp/x{i}", mode="0755", **NEW)
answer = report(p)
if len(answer["findings"]) != 100 or answer["counts"]["medium"] != 150:
    failed.append(f"150 files: {len(answer['findings'])} findings, {answer['counts']}")

# Every rule has a case, and a place in the manual with its severity.
with open(table, encoding="utf-8") as f:
    rules = dict(re.findall(r'^\t\{ "([a-z-]+)", (HIGH|MEDIUM|LOW), NSV_CASE', f.read(), re.M))
with open(manual, encoding="utf-8") as f:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (high|medium|low) ", f.read(), re.M))
cased = {rule for case in CASES for rule, severity in case[3]}
for rule, severity in rules.items():
    if rule not in cased:
        failed.append(f"{rule} has no case")
    if rows.get(rule) != severity.lower():
        failed.append(f"{rule}: the table says {severity.lower()}, docs/findings.md {rows.get(rule)}")
failed += [f"docs/findings.md has {rule}, the table has not" for rule in rows if rule not in rules]
for line in failed:
    print("FAILED:", line)
print(f"{len(CASES)} cases, {len(rules)} rules, {len(failed)} failed")
sys.exit(1 if failed or len(rules) < 40 else 0)
