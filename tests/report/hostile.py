# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py NSCOLLECT FOLDER - packages whose JSON was made to harm its reader: names of a megabyte, hundreds of thousands
of processes and files, deep nesting, NUL, bytes that are no UTF-8, numbers beyond what fits, circles of parents, ends of
script elements. A report is made of each, in the memory of one of an innocent package, and its data stays JSON.

NSVIEW_REPORT_MANY=1000000 makes that many processes (100000; 10000 with sanitizers)."""
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys

from package import START, debian

nscollect, top = sys.argv[1:]
many = int(os.environ.get("NSVIEW_REPORT_MANY") or ("10000" if os.environ.get("NSVIEW_SANITIZE") else "100000"))
# Address space is no measure where a sanitizer keeps its shadow in it.
limit = None if os.environ.get("NSVIEW_SANITIZE") else 96 << 20
failed = []
BREAK = "</script><script>alert(1)</script><!--\u2028\u2029]]>"


def bounded():
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def report(what, members):
    """Makes a package of these members and reports of it in each form; returns the page and the findings."""
    folder = os.path.join(top, "package")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    if isinstance(members, dict):
        sums = ""
        for name, raw in members.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(raw)
            sums += f"{hashlib.sha256(raw).hexdigest()}  {name}\n"
        with open(os.path.join(folder, "SHA256SUMS"), "w", encoding="utf-8") as f:
            f.write(sums)
    else:
        members.write(folder)
    out = []
    for form in ([], ["--json"], ["--markdown"]):
        done = subprocess.run([nscollect, "report", *form, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              preexec_fn=bounded)
        if done.returncode and b"NOT as it was collected" not in done.stderr:
            failed.append(f"{what} {form}: ends with {done.returncode}: {done.stderr[-500:].decode(errors='replace')}")
            return None, None
        out.append(done.stdout)
    page = out[0].decode()
    if len(out[0]) > 20_000_000:
        failed.append(f"{what}: the page has {len(out[0])} bytes")
    if len(re.findall("(?i)<script", page)) != 3 or len(re.findall("(?i)</script", page)) != 3:
        failed.append(f"{what}: the page has scripts of others")
    for block in ("changes", "timeline"):
        json.loads(re.search(f'id="data-{block}">(.*?)</script>', page, re.S).group(1))
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", page + out[2].decode()):
        failed.append(f"{what}: the page or the ticket has characters that show nothing")
    return page, json.loads(out[1])


def process(pid, ppid=1, **members):
    return json.dumps({"pid": pid, "ppid": ppid, "name": f"p{pid}", "argv": [f"p{pid}"], "fds": [], "maps": [], **members}).encode()


def plain(**members):
    return {k.replace("_", ".", 1): v for k, v in members.items()}


def raw_array(items):
    return b"[" + b",\n".join(items) + b"]\n"


# ---- one package with everything that may end a script, an attribute, a line ----
p = debian()
p.changes = []
evil = p.process(BREAK, [BREAK, "\x00"], "/tmp/" + BREAK, deleted=True, content="open/1/exe" + BREAK, environ=["LD_PRELOAD=" + BREAK])
p.socket(evil, family="unix", protocol="unix", type="stream", listening=True, path="@" + BREAK)
p.mount("/" + BREAK, root="/etc", type=BREAK, source=BREAK, reason=BREAK)
p.file("/tmp/" + BREAK.replace("/", "|"), mode="4755", change="A", ctime=START + 9)
p.file(b"/tmp/\xff\xc0\x80\xed\xa0\x80", mode="0755", change="A", ctime=START + 9)
p.outcomes += [{"kind": BREAK, "name": BREAK, "outcome": BREAK, "reason": BREAK}]
page, found = report("ends of scripts", p)
if found and not {"exe-deleted", "preload-environment", "name-odd-file"} <= {f["rule"] for f in found["findings"]}:
    failed.append("ends of scripts: rules found too little")

# ---- long, many, deep ----
long = "A" * (1 << 20)
p = debian()
p.process(long, [long] * 3, "/tmp/" + long, environ=["LD_PRELOAD=/tmp/" + long], cwd="/" + long + " (deleted)")
p.mount("/" + long, root="/etc")
p.file("/tmp/" + long, mode="4755", ctime=START + 9)
p.file("/tmp/" + "\u202e" * (1 << 18), mode="4755", ctime=START + 9)
page, found = report("names of a megabyte", p)
if page and len(page) > 2_000_000:
    failed.append(f"names of a megabyte: the page has {len(page)} bytes")

page, found = report("many processes", plain(
    processes_json=raw_array(process(n, n - 1, exe={"path": f"/tmp/{n}", "deleted": n % 2 == 0}) for n in range(2, many + 2)),
    files_jsonl=b"".join(b'{"path":"[root]/tmp/%d","type":"file","mode":"4755","size":1,"ctime":"1800000000.0"}\n' % n
                         for n in range(many)),
    timeline_jsonl=b"".join(b'{"datetime":"2024-01-01T00:00:00.%06d+00:00","filename":"/tmp/%d"}\n' % (n % 1000000, n)
                            for n in range(many)),
    changes_json=b'{"about":{"state":"known"},"changes":' + raw_array(
        b'{"kind":"A","path":"/tmp/%d","new":{"type":"file","mode":"4755","size":1}}' % n for n in range(many)) + b"}"))
if found and found["counts"]["high"] < many:
    failed.append(f"many processes: {found['counts']}")
if page and "more processes: see" not in page:
    failed.append("many processes: the page does not say that there are more")

deep = b"[" * 200_000 + b"]" * 200_000
report("deep nesting", plain(processes_json=deep, network_json=b'{"a":' * 1000 + b"1" + b"}" * 1000, mounts_json=deep,
                             changes_json=b'{"about":{"state":"known"},"changes":[[[[[]]]]]}', files_jsonl=deep + b"\n{}\n"))
report("many mappings and descriptors", plain(processes_json=raw_array([process(
    2, maps=[{"range": "0-1", "permissions": "rwxp", "path": "", "inode": 0}] * many,
    fds=[{"fd": 1, "kind": "memfd", "target": "/memfd:x (deleted)", "deleted": True}] * many)])))

# ---- numbers, NUL, no UTF-8, no JSON, twins, circles ----
page, found = report("numbers and bytes", plain(
    processes_json=b'[{"pid":9007199254740993,"ppid":9007199254740993,"name":"a\\u0000b","uids":[1e400,-1],"started":"9999999-99-99T99:99:99"},'
                   b'{"pid":99999999999999999999999999,"ppid":2,"name":"\xff\xfe"},{"pid":2,"ppid":3,"name":"\\ud800","tracer":18446744073709551615},'
                   b'{"pid":3,"ppid":2,"name":"x","pid":4},{"pid":3,"ppid":2,"name":"twin"},{"pid":-5,"argv":"no list","fds":7,"maps":[null,[],{}]}]',
    network_json=b'[null,7,{"sockets":[{"local_port":1e10,"inode":-1,"processes":[{"pid":"x"}]}],"interfaces":"x"}]',
    mounts_json=b'[{"target":"/","id":1e300},{"target":"\\u0000"},{}]',
    files_jsonl=b'{"path":"[root]/x","mode":"77777777777777777777","size":18446744073709551616,"mtime":"-99999999999999999999.9",'
                b'"ctime":"9223372036854.775807"}\n{"path":"[root]/a\x00b"}\n\xff\n{"path":"[root]/\xed\xa0\x80"}\n',
    timeline_jsonl=b'{"datetime":"0000-00-00T00:00:00","filename":"x"}\n{"datetime":"292277-01-01T00:00:00","filename":"y"}\nno json\n',
    collection_json=b'{"outcomes":[1,null,{"kind":7}],"host":[],"started":"x","case":{"id":{}}}', container_json=b"null\n"))
if page and "9007199254740993" not in page:
    failed.append("numbers and bytes: a PID beyond 2^53 was rounded")
for name in ("processes.json", "network.json", "mounts.json", "collection.json", "container.json", "changes.json"):
    for raw in (b"", b"\x00" * 1000, b"[1,", b'"', b"{" * 100, b"\xff" * 100_000):
        report(f"{name} of {raw[:4]}", {name: raw})

# The control: a reader that takes it all into its memory does not get through with that much.
if limit:
    control = subprocess.run([sys.executable, "-c", "import json, sys; json.loads(sys.stdin.read())"], preexec_fn=bounded, check=False,
                             input=raw_array(process(n) for n in range(300_000)), stderr=subprocess.PIPE)
    if control.returncode == 0 or b"MemoryError" not in control.stderr:
        failed.append(f"the control got through with {limit} bytes: {control.stderr[-200:]}")
for line in failed:
    print("FAILED:", line)
sys.exit(1 if failed else 0)
