# SPDX-License-Identifier: GPL-2.0-or-later
"""page.py NSCOLLECT FOLDER SHOTS - the page in Debian's chromium: it shows what the package holds, text of a container
stays text, nothing is asked for, filters and sorting work by mouse and by keyboard, at two sizes, light and dark, with
and without scripts. Screenshots go to SHOTS."""
import json
import os
import re
import shlex
import subprocess
import sys

from browser import Browser
from package import START, debian

nscollect, top, shots = sys.argv[1:]
failed, checks = [], 0
EVIL = "<script>document.title='owned'</script>"
IMG = "<img src=x onerror=\"document.title='owned'\">"
RTL, ZERO = "\u202egnp.exe", "a\u200bb"


def check(what, got, wanted=True):
    global checks
    checks += 1
    if got != wanted:
        failed.append(f"{what}: got {got!r}, wanted {wanted!r}")


def page_of(p, name):
    folder, page = os.path.join(top, name), os.path.join(top, name + ".html")
    os.mkdir(folder)
    p.write(folder)
    done = subprocess.run([nscollect, "report", folder, "-o", page], capture_output=True, text=True, timeout=240, check=False)
    check(f"report of {name} exits", (done.returncode, done.stderr), (0, ""))
    return page


def hostile():
    """An innocent container and one with everything that a name can do to a page."""
    p = debian()
    evil = p.process(EVIL, [EVIL, "</bdi></td><!--", "-->", RTL], "/tmp/" + EVIL, deleted=True, content="open/1/exe",
                     environ=["LD_PRELOAD=/tmp/" + IMG])
    p.process(ZERO, ["\u05e9\u05dc\u05d5\u05dd", "\x1b[31m\x07"], "/usr/bin/x", ppid=evil)
    p.socket(evil, family="unix", protocol="unix", type="stream", listening=True, path="@" + EVIL)
    p.mount("/" + EVIL, root="/etc")
    for name in (EVIL.replace("/", "\u2215"), IMG, RTL, ZERO, "\u2028", "a\nb", "]]>", "</title>", "${x}", "{{x}}", "\\", "`a`"):
        p.file("/tmp/" + name.replace("/", "|"), ctime=START + 60, mtime=START + 60)
    p.file(b"/tmp/\xff\xfe", ctime=START + 60, mtime=START + 60)
    p.outcomes += [{"kind": "file", "name": EVIL, "outcome": "failed", "reason": IMG},
                   {"kind": "mount", "name": "/proc", "outcome": "skipped", "reason": "a kernel file system"}]
    p.core(evil)
    p.core(p.processes[0]["pid"])
    p.core(4, outcome="failed")
    p.memory.append({"pid": 5, "member": "memory/../../../etc/passwd", "outcome": "taken", "reason": None, "size": 1})
    p.name = "web</title>" + EVIL
    return p


def huge():
    p = debian()
    for i in range(60_000):
        p.timeline.append({"datetime": f"2023-11-14T22:{13 + i // 6000:02d}:{i // 100 % 60:02d}.{i % 100:02d}0000+00:00",
                           "timestamp_desc": "Content Modification Time", "data_type": "fs:stat", "message": "x",
                           "filename": f"/srv/d{i % 100}/f{i}", "inode": "5"})
        p.timeline.append({"datetime": f"2024-01-01T00:{i // 6000:02d}:{i // 100 % 60:02d}.000000+00:00",
                           "timestamp_desc": "Last Access Time", "data_type": "fs:stat", "message": "x",
                           "filename": f"/srv/d{i % 100}/f{i}", "inode": "5"})
    for i in range(8000):
        p.file(f"/srv/many/d{i % 50}/f{i}", ctime=START + 60, mtime=START + 60)
    for i in range(500):
        p.process(f"worker-{i}", [f"worker {i}"], "/usr/sbin/nginx")
    return p


def text(b, css):
    return b.run("const e = document.querySelector(arguments[0]); return e && e.textContent", css)


def count(b, css):
    return b.run("return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).length", css)


def quiet(b, what, page):
    """No message of the console, and nothing was asked for but the page itself."""
    check(f"{what}: console", b.log(), [])
    check(f"{what}: asks for nothing", [u for u in b.requests() if u.split("#")[0] != "file://" + page], [])


def names_stay_names(b):
    check("the title is the operator's", b.run("return document.title").startswith("Evidence: "))
    check("one script runs", b.run("return [...document.scripts].filter(s => !s.type).length"), 1)
    check("no image", b.run("return document.images.length"), 0)
    check("the name is the heading", text(b, "h1"), "web</title>" + EVIL)
    check("a process's name", b.run("return [...document.querySelectorAll('td.tree b')].some(e => e.textContent === arguments[0])", EVIL))
    everything = b.run("return document.body.innerText")
    check("marks of direction are escapes", "\u202e" in everything or "\u200b" in everything, False)
    check("and are seen", "\\342\\200\\256" in everything)
    check("escapes are marked", count(b, "td.tree .esc") > 0)
    check("text is isolated", b.run("return getComputedStyle(document.querySelector('td.tree bdi')).unicodeBidi"), "isolate")
    check("no handler in the markup", b.run("return [...document.querySelectorAll('*')].some(e => "
                                            "[...e.attributes].some(a => a.name.startsWith('on') || a.name === 'style' && !e.closest('.vlist, .chart')))"), False)
    b.run("const s = document.createElement('script'); s.textContent = 'document.title = \"owned\"'; document.body.append(s); s.remove()")
    check("a script that got in does not run", b.run("return document.title !== 'owned'"))
    b.run("const i = new Image(); i.src = 'http://127.0.0.1:9/'; document.body.append(i); i.remove()")
    blocked = [m for m in b.log() if "Content Security Policy" in m]
    check("the policy says why", len(blocked) >= 2)


def findings_work(b):
    all_of_them = count(b, "article.finding li")
    check("findings are there", all_of_them > 8)
    b.click(".tools[data-for=findings] input[value=high]")
    check("high ones are filtered out", count(b, "article.finding.high"), 0)
    check("others stay", count(b, "article.finding.medium") > 0)
    b.click(".tools[data-for=findings] input[value=high]")
    b.type(".tools[data-for=findings] input[type=search]", "ld_preload")
    b.wait("return [...document.querySelectorAll('article.finding')].filter(e => e.checkVisibility()).length === 1")
    check("a search", b.run("return [...document.querySelectorAll('article.finding')].find(e => e.checkVisibility()).dataset.rule"),
          "preload-environment")
    b.run("const i = document.querySelector('.tools[data-for=findings] input[type=search]'); i.value = ''; i.dispatchEvent(new Event('input'))")
    b.wait("return [...document.querySelectorAll('article.finding li')].filter(e => e.checkVisibility()).length === arguments[0]", all_of_them)
    check("severities have words", b.run("return [...document.querySelectorAll('article.finding')].every(a => "
                                         "a.querySelector('.badge').textContent === a.dataset.severity)"))
    b.run("document.querySelector('article.finding .what a').click()")
    check("a link leads to the process", b.run("return location.hash.startsWith('#p-') && "
                                               "document.querySelector(':target').matches('tr')"))


def tables_work(b):
    first = "return document.querySelector('#t-processes tbody tr').id"
    before = b.run(first)
    b.click("#t-processes th:nth-child(3) button")
    check("sorted", b.run("return document.querySelector('#t-processes th:nth-child(3)').ariaSort"), "ascending")
    b.keys("\ue007")
    check("and by the keyboard the other way", b.run("return document.querySelector('#t-processes th:nth-child(3)').ariaSort"), "descending")
    pids = b.run("return [...document.querySelectorAll('#t-processes tbody tr')].map(r => Number(r.cells[2].textContent))")
    check("by numbers", pids, sorted(pids, reverse=True))
    b.keys("\ue007")
    check("and back to the tree", b.run(first), before)
    b.type(".tools[data-for=t-processes] input[type=search]", "sshd")
    b.wait("return [...document.querySelectorAll('#t-processes tbody tr')].filter(e => e.checkVisibility()).length === 1")
    b.run("const i = document.querySelector('.tools[data-for=t-processes] input[type=search]'); i.value = ''; i.dispatchEvent(new Event('input'))")
    b.wait("return [...document.querySelectorAll('#t-processes tbody tr')].filter(e => e.checkVisibility()).length > 5")
    b.click(".tools[data-for=t-processes] input[type=checkbox]")
    check("with findings only", count(b, "#t-processes tbody tr"), count(b, "#t-processes tbody tr:has(.badge)"))
    check("each heading is a button in a th with a scope", b.run("return [...document.querySelectorAll('table:not(#t-changes) th')].every(t => "
          "t.scope === 'col' && t.querySelector('button') && t.ariaSort)"))


def changes_work(b):
    rows = ".vlist[aria-label^='Changed'] .vrow"
    check("changes are a tree", count(b, rows) > 3)
    check("the table made room", count(b, "#t-changes"), 0)
    b.type(".tools[data-for=changes] input[type=search]", "img src")
    b.wait("return [...document.querySelectorAll(arguments[0])].length === 2", rows)
    check("a name in the tree is text", b.run("return [...document.querySelectorAll(arguments[0])].pop().querySelector('bdi').textContent", rows),
          IMG.replace("/", "|"))
    b.click(".vrow button.twig")
    check("a folder closes", count(b, rows), 1)
    check("and says so", b.run("return document.querySelector('.vrow button.twig').ariaExpanded"), "false")


def timeline_works(b):
    hits = "return document.querySelector('.tools[data-for=timeline] .hits').textContent"
    b.run("[...document.querySelectorAll('.tools[data-for=timeline] button')].find(e => e.textContent === 'All').click()")
    whole = b.run(hits)
    b.type(".tools[data-for=timeline] input[type=search]", "onerror")
    b.wait("return document.querySelector('.tools[data-for=timeline] .hits').textContent === arguments[0]", "1 of " + whole)
    check("its text", text(b, ".vlist[aria-label=Moments] .vrow bdi"), "/tmp/" + IMG.replace("/", "|"))
    b.run("const i = document.querySelector('.tools[data-for=timeline] input[type=search]'); i.value = ''; i.dispatchEvent(new Event('input'))")
    b.wait("return document.querySelector('.tools[data-for=timeline] .hits').textContent === arguments[0]", whole)
    b.click(".tools[data-for=timeline] input[value=m]")
    check("a kind is filtered out", b.run(hits) != whole)
    b.click(".tools[data-for=timeline] input[value=m]")
    b.run("document.querySelector('.chart canvas').scrollIntoView({ block: 'center', behavior: 'instant' })")
    b.drag(".chart canvas", 0.9, 1.0)
    check("drawn over, it zooms", b.run(hits) != whole)
    b.run("document.querySelector('.chart canvas').focus()")
    zoomed = b.run("return document.querySelector('.chart .axis').textContent")
    b.keys("-")
    check("keys zoom, too", b.run("return document.querySelector('.chart .axis').textContent") != zoomed)


def memory_opens(b):
    commands = b.run("return [...document.querySelectorAll('#t-memory code.copy')].map(e => e.textContent)")
    check("a command for each core", len(commands), 2)
    words = [shlex.split(c) for c in commands]
    folder = os.path.join(top, "hostile")
    check("a deleted program's own content", words[0][-4:], ["-se", folder + "/open/1/exe", "-c", f"{folder}/memory/{1006}.core"])
    check("a program of the root", words[1], ["gdb", "-nx", "-iex", "set auto-load off", "-iex", f"set sysroot {folder}/[root]", "-se",
                                             folder + "/[root]/usr/sbin/nginx", "-c", folder + "/memory/1000.core"])


def copies(b):
    b.devtools("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    b.click("#custody code.copy + button.copybtn")
    b.wait("return document.querySelector('#status').textContent === 'Copied'")
    check("the root hash is copied", b.run("return navigator.clipboard.readText()"), text(b, "#custody code.copy"))


def is_readable(b, what):
    """Headings in order, names for all controls, contrast of WCAG AA, nothing wider than the window."""
    levels = b.run("return [...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))")
    check(f"{what}: one first heading", levels.count(1), 1)
    check(f"{what}: no level is left out", all(b <= a + 1 for a, b in zip(levels, levels[1:])))
    check(f"{what}: controls have names", b.run("return [...document.querySelectorAll('input, button, canvas, [tabindex]')].filter(e => "
          "!(e.ariaLabel || e.textContent.trim() || e.closest('label')?.textContent.trim())).length"), 0)
    check(f"{what}: the page is no wider than the window", b.run("return document.documentElement.scrollWidth <= innerWidth"))
    worst = b.run(r"""
        const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
        const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; }
            return [255, 255, 255, 1]; };
        let worst = [99, ""];
        for (const e of document.querySelectorAll("body *")) {
            if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.closest(".vh, script, style, canvas, noscript")) continue;
            const a = light(parse(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e).slice(0, 3));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 100)];
        }
        return worst""")
    check(f"{what}: contrast ({worst})", worst[0] >= 4.5)


def without_scripts(page):
    with Browser(top, scripts=False) as b:
        b.open("file://" + page)
        b.screenshot(os.path.join(shots, "report-without-scripts.png"))
        # The driver's own scripts run nevertheless; the page's did not.
        check("no script has run", count(b, ".copybtn"), 0)
        check("findings stand in the page", count(b, "article.finding") > 5)
        check("processes too", count(b, "#t-processes tbody tr") > 5)
        check("sockets too", count(b, "#t-sockets tbody tr") > 2)
        check("mounts too", count(b, "#t-mounts tbody tr") > 5)
        check("changes too", count(b, "#t-changes tbody tr") > 5)
        check("no tool without use", count(b, ".tools"), 0)


def many(page):
    check("at most 20 MB", os.path.getsize(page) <= 20_000_000)
    with Browser(top) as b:
        b.open("file://" + page)
        b.run("[...document.querySelectorAll('.tools[data-for=timeline] button')].find(e => e.textContent === 'All').click()")
        shown = int(text(b, ".tools[data-for=timeline] .hits"))
        check("10^5 moments", shown > 100_000)
        check("a few elements for them", b.run("return document.querySelectorAll('.vlist[aria-label=Moments] .vrow').length") < 80)
        # Every step shows rows where it leads to, to the very end.
        b.run("window.list = document.querySelector('.vlist[aria-label=Moments]'); list.scrollIntoView({ behavior: 'instant' })")
        for part in (0.25, 0.5, 0.75, 1):
            b.run("list.scrollTop = arguments[0] * (list.scrollHeight - list.clientHeight)", part)
            b.wait("const r = list.getBoundingClientRect(); return [...list.querySelectorAll('.vrow')].some(e => { const s = e.getBoundingClientRect();"
                   " return s.top <= r.top + 40 && s.bottom >= r.top; })")
        check("the last is the oldest", b.run("return Number([...list.querySelectorAll('.vrow')].pop().ariaPosInSet)"), shown)
        b.screenshot(os.path.join(shots, "report-huge.png"))
        quiet(b, "huge", page)
    with Browser(top, 390, 844, True) as b:
        b.open("file://" + page)
        check("huge, on a phone: no wider than the window", b.run("return document.documentElement.scrollWidth <= innerWidth"))
        b.run("document.querySelector('#changes').scrollIntoView({ behavior: 'instant' })")
        b.screenshot(os.path.join(shots, "report-huge-390-changes.png"))
        b.run("document.querySelector('#timeline').scrollIntoView({ behavior: 'instant' })")
        b.screenshot(os.path.join(shots, "report-huge-390-timeline.png"))


os.makedirs(shots, exist_ok=True)
page = page_of(hostile(), "hostile")
for width, height, dark in ((1280, 800, False), (390, 844, False), (1280, 800, True), (390, 844, True)):
    what = f"{width}x{height} {'dark' if dark else 'light'}"
    with Browser(top, width, height, dark) as b:
        b.open("file://" + page)
        check(f"{what}: not owned", b.run("return document.title !== 'owned'"))
        is_readable(b, what)
        b.screenshot(os.path.join(shots, f"report-{width}-{'dark' if dark else 'light'}.png"))
        if width == 1280 and not dark:
            findings_work(b)
            tables_work(b)
            changes_work(b)
            timeline_works(b)
            memory_opens(b)
            copies(b)
            quiet(b, what, page)
            names_stay_names(b)
        else:
            quiet(b, what, page)
without_scripts(page)
many(page_of(huge(), "huge"))

# The control: the same name in a page that does not escape it does run.
control = os.path.join(top, "control.html")
with open(control, "w", encoding="utf-8") as f:
    f.write("<!DOCTYPE html><title>x</title><p>" + EVIL)
with Browser(top) as b:
    b.open("file://" + control)
    check("the control is owned", b.run("return document.title"), "owned")
for line in failed:
    print("FAILED:", line)
print(f"{checks} checks, {len(failed)} failed")
sys.exit(1 if failed else 0)
