# SPDX-License-Identifier: GPL-2.0-or-later
"""package.py - makes evidence packages by hand, as docs/package-format.md describes them: innocent ones of three kinds,
for tests to put one thing into.

    p = debian(); p.process(name="x", ...); p.file("/tmp/x", mode="0755"); p.write("/tmp/package")
"""
import hashlib
import json
import os

START = 1_700_000_000  # when the container started, in seconds
ENGINE_CAPS = ["chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_raw",
               "net_bind_service", "mknod", "audit_write", "setfcap", "sys_chroot"]
PODMAN_CAPS = [c for c in ENGINE_CAPS if c not in ("net_raw", "mknod", "audit_write")]
NSPAWN_CAPS = ENGINE_CAPS + ["audit_control", "dac_read_search", "ipc_owner", "lease", "linux_immutable", "net_broadcast",
                             "sys_admin", "sys_boot", "sys_nice", "sys_ptrace", "sys_resource", "sys_tty_config"]


def iso(seconds):
    import datetime
    whole = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{int(seconds % 1 * 1e9):09d}+00:00"


def text(key, value):
    """A member that may hold bytes: the twin in base64 where it is no UTF-8."""
    import base64
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    try:
        return {key: raw.decode()}
    except UnicodeDecodeError:
        return {key: raw.decode("utf-8", "replace"), key + "_base64": base64.b64encode(raw).decode()}


class Package:
    def __init__(self, name, engine, caps):
        self.name, self.engine, self.caps = name, engine, caps
        self.processes, self.sockets, self.interfaces, self.mounts = [], [], [], []
        self.files, self.outcomes, self.members, self.timeline = [], [], {}, []
        self.changes, self.changes_state, self.memory = None, "known", []
        self.userns_is_host = True
        self.next_pid, self.next_inode = 1000, 1

    def process(self, name="sleep", argv=None, exe="/usr/bin/sleep", deleted=False, replaced=False, environ=(), caps=None,
                tracer=0, cwd="/", maps=(), fds=(), ppid=None, pid=None, uid=0, content=None, started=START):
        pid = pid or self.next_pid
        self.next_pid = max(self.next_pid, pid) + 1
        caps = self.caps if caps is None else caps
        p = {"pid": pid, "pid_inside": len(self.processes) + 1, "pids": [pid, len(self.processes) + 1],
             "ppid": self.processes[0]["pid"] if ppid is None and self.processes else ppid or 1, **text("name", name),
             "state": "S", "start_ticks": 1, "started": iso(started),
             "argv": [self.item(a) for a in (argv if argv is not None else [exe])], "environ": [self.item(e) for e in environ],
             **text("cwd", cwd), "root": "/",
             "exe": exe and {**text("path", exe), "device": "0:40", "inode": 1, "size": 100, "sha256": "0" * 64,
                             "deleted": deleted, "replaced": replaced, **({"content": content} if content else {})},
             "uids": [uid] * 4, "gids": [0] * 4, "groups": [],
             "capabilities": {k: caps for k in ("effective", "permitted", "bounding")} | {"inheritable": [], "ambient": []},
             "seccomp": "filter", "seccomp_filters": 1, "no_new_privs": False, "tracer": tracer, "namespaces": {},
             "cgroup": "0::/", "lsm": None, "login_uid": "0", "oom_score_adj": "0", "limits": [],
             "fds": [{"device": "0:1", "inode": 1, "offset": 0, "flags": "0100002", "access": "read-write", "mount_id": 1, **fd}
                     for fd in fds],
             "maps": [{"range": "7f0000000000-7f0000001000", "permissions": "r-xp", "offset": 0, "device": "0:40", "inode": 9,
                       "path": "/usr/lib/libc.so.6", **m} for m in maps], "threads": []}
        self.processes.append(p)
        return pid

    @staticmethod
    def item(value):
        t = text("text", value)
        return t if len(t) > 1 else t["text"]

    def socket(self, pid=None, **members):
        self.next_inode += 1
        holders = [] if pid is None else [{"pid": pid, "fd": 3}]
        self.sockets.append({"family": "inet", "protocol": "tcp", "inode": self.next_inode, "processes": holders, **members})

    def mount(self, target, type="ext4", source="/dev/vda1", root="/", device="254:1", reason=None):
        self.mounts.append({"id": len(self.mounts) + 1, "parent": 0, "device": device, **text("target", target), "type": type,
                            "source": source, "root": root, "options": "rw,relatime", "super_options": "rw",
                            "outcome": "skipped" if reason else "taken", "reason": reason})

    def file(self, path, mode="0644", type="file", size=10, mtime=START - 10_000_000, ctime=START - 1_000_000, caps=False,
             content=None, change=None, device="0:40"):
        exact = lambda t: f"{int(t)}.{int(t % 1 * 1e9):09d}"
        line = {**text("path", "[root]" + path if isinstance(path, str) else b"[root]" + path), "type": type, "mode": mode,
                "uid": 0, "gid": 0, "host_uid": 0, "host_gid": 0, "size": size if content is None else len(content), "nlink": 1,
                "inode": 5, "device": device, "atime": exact(mtime), "mtime": exact(mtime), "ctime": exact(ctime),
                "outcome": "taken"}
        if type == "link":
            line["link"] = "target"
        if caps:
            line["xattrs"] = [{"name": "security.capability", "value_base64": "AQAAAgAgAAAAAAAAAAAAAAAAAAA="}]
        self.files.append(line)
        for t, desc in ((mtime, "Content Modification Time"), (ctime, "Metadata Modification Time")):
            self.timeline.append({"datetime": iso(t)[:26] + "+00:00", "timestamp_desc": desc, "data_type": "fs:stat",
                                  **text("message", "x"), **text("filename", path), "inode": "5"})
        if content is not None:
            self.members["[root]" + path] = content
        if change and self.changes is not None:
            self.change(change, path, type=type, mode=mode, size=line["size"], mtime=mtime, ctime=ctime)

    def core(self, pid, outcome="taken", content=b"\x7fELF"):
        member = f"memory/{pid}.core" if outcome == "taken" else None
        self.memory.append({"pid": pid, "name": "x", "member": member, "outcome": outcome,
                            "reason": None if member else "it has ended", **({"size": len(content)} if member else {})})
        if member:
            self.members[member] = content

    def change(self, kind, path, type="file", mode="0644", size=10, mtime=START + 60, ctime=START + 60, what=("content",), mount=None):
        """An entry of changes.json; kind is "A", "C", "D", "V" or "!"."""
        words = {"dir": "directory", "link": "symlink"}
        side = {"type": words.get(type, type), "mode": mode, "uid": 0, "gid": 0, "size": size, "nlink": 1, "inode": 5, "rdev": None,
                "mtime": iso(mtime), "ctime": iso(ctime), "link": None, "sha256": None}
        self.changes.append({"kind": kind, **text("path", path), "what": list(what) if kind == "C" else [],
                             "old": side if kind in "CD" else None, "new": side if kind in "ACV" else None, "mount": mount,
                             "reason": "Input/output error" if kind == "!" else None})

    def write(self, folder, alter=None):
        m = dict(self.members)
        dump = lambda o: json.dumps(o, ensure_ascii=False)
        m["processes.json"] = "[\n" + ",\n".join(dump(p) for p in self.processes) + "\n]\n"
        m["network.json"] = dump([{"inode": 4026531999, "host": False, "processes": [p["pid"] for p in self.processes],
                                   "sockets": self.sockets, "missing": [], "interfaces": self.interfaces}]) + "\n"
        m["mounts.json"] = dump(self.mounts) + "\n"
        m["container.json"] = dump({"spec": self.name, "pid": 1000, "hostname": self.name, "container": {
            "name": self.name, "engine": self.engine, "id": "ab" * 32, "image": "registry.example/" + self.name, "pod": None},
            "namespaces": {"user": {"inode": 1, "host": self.userns_is_host}}, "addresses": []})
        if self.memory:
            m["memory.json"] = dump(self.memory) + "\n"
        if self.changes is not None:
            about = {"spec": self.name, "compared_with": None, "state": self.changes_state,
                     "reason": None if self.changes_state == "known" else "no overlay"}
            m["changes.json"] = dump({"about": about, "changes": self.changes}) + "\n"
        if self.files:
            m["files.jsonl"] = "".join(dump(f) + "\n" for f in self.files)
        m["timeline.jsonl"] = "".join(dump(t) + "\n" for t in self.timeline)
        m["log.jsonl"] = ""
        m["collection.json"] = "{\n" + ",\n".join(f"{dump(k)}:{dump(v)}" for k, v in {
            "format": "nsview-evidence", "format_version": 1, "id": "0011223344556677", "complete": True,
            "started": iso(START + 500_000), "ended": iso(START + 500_001),
            "tool": {"name": "nscollect", "version": "0.1.0", "sha256": "0" * 64, "command_line": "nscollect " + self.name},
            "host": {"name": "host1", "kernel": "6.1", "boot_id": "x", "clock": {"synchronised": True, "estimated_error_us": 1,
                                                                                "maximum_error_us": 1}},
            "operator": {"uid": 0, "euid": 0, "login_uid": "0"}, "case": {"id": "2026-117", "examiner": "A. Reader", "note": None},
            "target": {"spec": self.name, "pid": 1000, "start_ticks": 1, "mount_namespace": 1, "engine": self.engine},
            "options": {}, "counts": {}, "outcomes": self.outcomes}.items()) + "\n}\n"
        sums = ""
        for name, content in m.items():
            raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
            path = os.path.join(os.fsencode(folder), name.encode("utf-8", "surrogateescape"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(raw)
            sums += f"{hashlib.sha256(raw).hexdigest()}  {name}\n"
        for line in self.files:
            path = os.path.join(os.fsencode(folder), line["path"].encode("utf-8", "surrogateescape"))
            if line["type"] == "dir":
                os.makedirs(path, exist_ok=True)
            elif line["type"] == "link" and not os.path.lexists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.symlink(line["link"], path)
        with open(os.path.join(folder, "SHA256SUMS"), "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(sums)
        if alter:
            with open(os.path.join(folder, alter), "ab") as f:
                f.write(b" ")


def image(p, shell):
    """What every image has: accounts, some programs, files that are older than their place here."""
    p.mount("/", type="overlay", source="overlay", device="0:40")
    p.mount("/proc", type="proc", source="proc", device="0:41", reason="a kernel file system")
    p.mount("/sys", type="sysfs", source="sysfs", device="0:42", reason="a kernel file system")
    p.mount("/dev", type="tmpfs", source="tmpfs", device="0:43")
    p.mount("/dev/shm", type="tmpfs", source="shm", device="0:44")
    for name in ("hosts", "hostname", "resolv.conf"):
        p.mount("/etc/" + name, root=f"/var/lib/docker/containers/ab/{name}", device="254:1")
        # The engine writes these when it starts the container.
        p.file("/etc/" + name, mtime=START + 1, ctime=START + 1, device="254:1")
    p.file("/etc/passwd", content=f"root:x:0:0:root:/root:{shell}\nnobody:x:65534:65534::/nonexistent:/sbin/nologin\n")
    p.file("/etc/shadow", mode="0640", content="root:*:19000:0:99999:7:::\nnobody:!:19000::::::\n")
    p.file("/etc/group", size=300)
    p.file("/root/.bashrc", size=500)
    p.file("/etc/profile")
    p.file("/etc/crontab")
    p.file("/etc/pam.d/common-auth")
    p.file("/usr/share/ca-certificates/mozilla/NetLock_Arany_=Class_Gold=_F\u0151tan\u00fas\u00edtv\u00e1ny.crt")
    p.file("/tmp", mode="1777", type="dir")
    p.file("/var/mail", mode="2775", type="dir")
    p.file("/dev/null", mode="0666", type="char", device="0:43")
    p.file("/usr/bin/passwd", mode="4755")


def debian():
    p = Package("web1", "docker", ENGINE_CAPS)
    lead = p.process("nginx", ["nginx: master process nginx -g daemon off;"], "/usr/sbin/nginx", ppid=999,
                     maps=[{}, {"path": "[vdso]", "inode": 0}, {"path": "[stack]", "inode": 0, "permissions": "rw-p"},
                           {"path": "", "inode": 0, "permissions": "rw-p"},
                           {"path": "/dev/zero (deleted)", "permissions": "rw-s"}],
                     environ=["PATH=/usr/bin", "NGINX_VERSION=1.25"],
                     fds=[{"fd": 0, "kind": "char", "target": "/dev/null"}, {"fd": 6, "kind": "socket", "target": "socket:[2]"},
                          {"fd": 7, "kind": "file", "target": "/tmp/spool (deleted)", "size": 1, "deleted": True}])
    p.process("nginx", ["nginx: worker process"], "/usr/sbin/nginx", uid=101, caps=[])
    p.process("bash", ["-bash"], "/usr/bin/bash")
    p.process("cron", ["/usr/sbin/cron", "-f"], "/usr/sbin/cron")
    p.process("sshd", ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"], "/usr/sbin/sshd")
    p.process("docker-init", ["/sbin/docker-init", "--", "x"], "/sbin/docker-init")
    p.mount("/sbin/docker-init", root="/usr/libexec/docker/docker-init")
    p.socket(lead, state="listen", local_address="0.0.0.0", local_port=80, remote_address="0.0.0.0", remote_port=0)
    p.socket(None, state="listen", local_address="127.0.0.11", local_port=40000, remote_address="0.0.0.0", remote_port=0)
    p.interfaces.append({"index": 2, "name": "eth0", "kind": "veth", "flags": 1, "up": True, "promiscuous": False, "mtu": 1500,
                         "hardware_address": None})
    p.mount("/data", root="/var/lib/docker/volumes/data/_data")
    p.file("/data/index.html", ctime=START + 100, mtime=START + 100, device="254:1")
    image(p, "/bin/bash")
    for name in ("su", "mount", "umount", "chsh", "chfn", "gpasswd", "newgrp"):
        p.file("/usr/bin/" + name, mode="4755")
    p.file("/usr/bin/chage", mode="2755")
    p.file("/usr/lib/dbus-1.0/dbus-daemon-launch-helper", mode="4754")
    p.file("/usr/bin/ping", mode="0755", caps=True)
    p.file("/var/log/nginx/access.log", mtime=START + 50, ctime=START + 50)
    p.file("/var/cache/nginx/..data", type="link", mode="0777")
    return p


def alpine():
    p = Package("alpine1", "podman", PODMAN_CAPS)
    p.process("sh", ["/bin/sh"], "/bin/busybox", ppid=999)
    p.process("crond", ["crond", "-f"], "/bin/busybox")
    p.process("syslogd", ["/sbin/syslogd", "-n"], "/bin/busybox")
    p.process("init", ["/sbin/init"], "/bin/busybox")
    p.process("catatonit", ["/run/podman-init", "--", "sh"], "/run/podman-init")
    p.mount("/run", type="tmpfs", source="tmpfs", device="0:50")
    p.mount("/run/podman-init", root="/usr/libexec/podman/catatonit")
    # Without root an engine binds what it can't make, and hides files of /proc with it.
    p.mount("/dev/urandom", type="devtmpfs", source="udev", root="/urandom")
    p.mount("/proc/keys", type="devtmpfs", source="udev", root="/null")
    p.process("udhcpc", ["udhcpc", "-i", "eth0"], "/bin/busybox")
    image(p, "/bin/ash")
    p.file("/bin/bbsuid", mode="4111")
    p.file("/etc/crontabs/root")
    p.file("/etc/periodic/daily/x")
    p.file("/run/.containerenv", size=0, mtime=START, ctime=START, device="0:50")
    return p


def systemd():
    p = Package("nspawn1", "systemd-nspawn", NSPAWN_CAPS)
    lead = p.process("systemd", ["/usr/lib/systemd/systemd"], "/usr/lib/systemd/systemd", ppid=999,
                     fds=[{"fd": 9, "kind": "memfd", "target": "/memfd:systemd-state (deleted)", "deleted": True}])
    journal = p.process("systemd-journal", ["/lib/systemd/systemd-journald"], "/usr/lib/systemd/systemd-journald",
                        fds=[{"fd": 30, "kind": "memfd", "target": "/memfd:data-fd (deleted)", "deleted": True}])
    network = p.process("systemd-network", ["/lib/systemd/systemd-networkd"], "/usr/lib/systemd/systemd-networkd")
    p.process("(sd-pam)", ["(sd-pam)"], "/usr/lib/systemd/systemd")
    p.process("dbus-daemon", ["@dbus-daemon", "--system", "--address=systemd:"], "/usr/bin/dbus-daemon")
    p.process("agetty", ["/sbin/agetty", "-o", "-p -- \\u", "--noclear"], "/usr/sbin/agetty")
    p.process("login", ["/bin/login -p --"], "/usr/bin/login")
    p.process("cron", ["/usr/sbin/cron", "-f"], "/usr/sbin/cron")
    p.process("systemd-logind", ["/lib/systemd/systemd-logind"], "/usr/lib/systemd/systemd-logind")
    p.socket(lead, family="unix", protocol="unix", type="stream", listening=True, path="/run/systemd/private", state=1)
    p.socket(lead, family="unix", protocol="unix", type="stream", listening=False, path="@0f1/bus/systemd/bus-api-system", state=3)
    p.socket(journal, family="unix", protocol="unix", type="datagram", listening=False, path="/run/systemd/journal/dev-log")
    p.socket(network, family="netlink", protocol="netlink", netlink_protocol=0, port=1, groups=0)
    p.socket(network, family="packet", protocol="packet", type="datagram", ethernet_protocol=2048, interface=2, running=True)
    p.socket(network, protocol="raw6", family="inet6", local_address="::", local_port=58, remote_address="::", state="close")
    p.mount("/run", type="tmpfs", source="tmpfs", device="0:50")
    p.mount("/tmp", type="tmpfs", source="tmpfs", device="0:51")
    image(p, "/bin/bash")
    p.file("/run/systemd/generator/x.service", mtime=START + 1, ctime=START + 1, device="0:50")
    p.file("/tmp/.X11-unix", mode="1777", type="dir", device="0:51")
    p.file("/etc/machine-id", mtime=START + 1, ctime=START + 1)
    p.file("/etc/systemd/system/multi-user.target.wants/cron.service", type="link", mode="0777", mtime=START + 1, ctime=START + 1)
    p.file("/usr/lib/polkit-1/polkit-agent-helper-1", mode="4755")
    return p
