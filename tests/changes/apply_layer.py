#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""apply_layer.py LAYER[,LAYER...] FOLDER CONTAINER MOUNTINFO - extracts layers over FOLDER as layer.md of OCI's
image-spec says, and compares the result with the container's files, other mounts left out. LAYER "-": compares only.
Prints each difference; exits with 1 if there is one.
"""
import hashlib
import os
import shutil
import stat
import sys
import tarfile


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def apply(layer, folder):
    with tarfile.open(layer, "r:", encoding="utf-8", errors="surrogateescape") as tar:
        folders = []
        for m in tar:
            name = m.name.lstrip("/")
            parts = name.split("/")
            assert ".." not in parts, name
            path = os.path.join(folder, name) if name != "." else folder
            above, last = os.path.split(path)
            if last.startswith(".wh."):
                assert last != ".wh..wh..opq"
                gone = os.path.join(above, last[4:])
                if not os.path.lexists(gone):
                    sys.exit("a mark for nothing: %r" % name)
                remove(gone)
                continue
            if name != "." and not (m.isdir() and os.path.isdir(path) and not os.path.islink(path)):
                remove(path)
            if m.islnk():
                os.link(os.path.join(folder, m.linkname), path)
                continue
            if m.isdir():
                os.makedirs(path, exist_ok=True)
                folders.append((path, m))
            elif m.issym():
                os.symlink(m.linkname, path)
            elif m.isfifo():
                os.mkfifo(path)
            elif m.ischr() or m.isblk():
                os.mknod(path, (stat.S_IFCHR if m.ischr() else stat.S_IFBLK) | 0o600, os.makedev(m.devmajor, m.devminor))
            else:
                with open(path, "wb") as to:
                    source = tar.extractfile(m)
                    while True:
                        block = source.read(1 << 20)
                        if not block:
                            break
                        if block.count(0) == len(block):
                            to.seek(len(block), os.SEEK_CUR)
                        else:
                            to.write(block)
                    to.truncate(m.size)
            attributes(path, m)
        for path, m in reversed(folders):
            attributes(path, m)


def attributes(path, m):
    os.lchown(path, m.uid, m.gid)
    if not m.issym():
        os.chmod(path, m.mode)
        for key, value in m.pax_headers.items():
            if key.startswith("SCHILY.xattr."):
                os.setxattr(path, key[13:], value.encode("utf-8", "surrogateescape"))
    ns = nanoseconds(m.pax_headers.get("mtime", str(int(m.mtime))))
    os.utime(path, ns=(ns, ns), follow_symlinks=False)


def nanoseconds(text):
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    return sign * (int(whole) * 10 ** 9 + int((part + "0" * 9)[:9]))


def left_out(mountinfo):
    with open(mountinfo, "rb") as table:
        return {line.split(b" ")[4].decode("unicode_escape").encode("latin-1") for line in table} - {b"/"}


def facts(path):
    st = os.lstat(path)
    content, attributes = None, {}
    if stat.S_ISREG(st.st_mode):
        content = hashlib.sha256()
        with open(path, "rb") as f:
            for block in iter(lambda: f.read(1 << 20), b""):
                content.update(block)
        content = content.hexdigest()
    elif stat.S_ISLNK(st.st_mode):
        content = os.readlink(path)
    if not stat.S_ISLNK(st.st_mode):
        attributes = {n: os.getxattr(path, n) for n in os.listxattr(path)}
    device = st.st_rdev if stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode) else 0
    return st.st_mode, st.st_uid, st.st_gid, device, st.st_mtime_ns, content, attributes


def walk(top, without):
    found, links = {}, {}

    def enter(path):
        for name in os.listdir(top + (path or b"/")):
            below = path + b"/" + name
            if below in without:
                continue
            st = os.lstat(top + below)
            if stat.S_ISSOCK(st.st_mode):
                continue  # a tar has none
            found[below] = facts(top + below)
            if stat.S_ISREG(st.st_mode) and st.st_nlink > 1:
                links.setdefault((st.st_dev, st.st_ino), set()).add(below)
            if stat.S_ISDIR(st.st_mode):
                enter(below)
    enter(b"")
    return found, {frozenset(names) for names in links.values() if len(names) > 1}


def main():
    layers, folder, container, mountinfo = sys.argv[1:]
    os.umask(0)
    for layer in layers.split(",") if layers != "-" else ():
        apply(layer, folder)
    without = left_out(mountinfo)
    got, got_links = walk(os.fsencode(folder), without)
    now, now_links = walk(os.fsencode(container), without)
    wrong = ["%r: got %s, wanted %s" % (path, got.get(path), now.get(path))
             for path in sorted(set(got) | set(now)) if got.get(path) != now.get(path)]
    wrong += ["not one file: %s" % sorted(names) for names in now_links if b"/more/a" in names and names not in got_links]
    print("\n".join(wrong[:40]))
    print("%d files, %d differ" % (len(now), len(wrong)))
    sys.exit(1 if wrong or not now else 0)


main()
