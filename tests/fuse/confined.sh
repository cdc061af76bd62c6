#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A link in the view leads to its target inside the container: never to a neighbour, whose folder is one
# step above the container's root, and never to the host. Hundreds of links, at each depth, through mounts
# and through each other, are read in the view and by a process whose root is the container's; the answers
# have to be equal. Control: with links=raw the same links lead to the neighbour and to the host.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
near=near$$
secret=$TEST_TMP/secret
echo "SECRET of the host" >"$secret"

cat >"$TEST_TMP/confined.py" <<'END'
"""confined.py make PID TAG NEAR NEAR_PID SECRET
confined.py compare PID TAG VIEW [pseudo|few]
confined.py met VIEW"""
import ctypes, json, os, stat, sys

FOLDERS = ['', 'a', 'a/b', 'a/b/c', 'm', 'm/x', 'n', 'n/c']

def enter(pid):
    "From here on paths are the container's: the kernel follows its links as for a process in it."
    mounts = os.open(f'/proc/{pid}/ns/mnt', os.O_RDONLY)
    root = os.open(f'/proc/{pid}/root', os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(mounts, 0x20000) < 0:
        sys.exit('setns: ' + os.strerror(ctypes.get_errno()))
    os.fchdir(root)
    os.chroot('.')

def depth(folder):
    return len(folder.split('/')) if folder else 0

def texts(folder, near, near_pid, secret, view_depth):
    "(kind, text): of kind i are those with '..' after a name."
    n = depth(folder)
    wanted = [f'{near}/d/secret', f'.by-pid/{near_pid}/d/secret', 'a/f', 'a/f/', 'a/b/c', 'm/x/f', 'none/f', 'm/', '']
    for k in range(n + 4):
        for w in wanted:
            yield 'l', '../' * k + w or '.'
    for k in (n, n + 1, n + view_depth, n + view_depth + 1, n + view_depth + 9):
        yield 'l', '/'.join(['..'] * k) + secret
        yield 'l', './/' + '/./'.join(['..'] * k) + secret
    for text in (secret, '/', '//', '/.', '/..', f'/../{near}/d/secret', '/../../../../../../..' + secret, '/a/b/', '/m/x/f',
                 '/a/f/', '/none', '/n/c', f'/{near}/d/secret'):
        yield 'l', text
    for way in ('up', 'up2', 'up3', 'top', 'up/up', 'up/up/up', 'top/up', 'up3/up', '/a/b/up', '/a/b/c/up3', '/n/up', '/n/c/up2',
                '/m/x/up3', 'in/up', 'in/up2', 'in/up3'):
        for w in (f'{near}/d/secret', 'a/f', secret[1:], '', f'.by-pid/{near_pid}/d/secret'):
            yield 'l', f'{way}/{w}'
    for way in ('in/..', 'in/../..', 'in/../../..', 'in/../../../../../../..', './in/./../.', 'up/..', 'top/..', 'in/up/..', '/a/..', '/..//a/../..',
                '/a/b/../../..', '/a/b/up/../..', '/m/..', '/m/x/../..', '/n/../..', '/n/c/up/..'):
        for w in (f'{near}/d/secret', 'f', secret[1:], ''):
            yield 'i', f'{way}/{w}'
    yield 'i', 'f/../f'
    yield 'i', 'none/../f'
    yield 'l', 'loop'

def proc_texts(near, secret):
    for w in ('comm', f'root/{near}/d/secret', 'root' + secret, 'root/a/f', 'cwd/a/f', 'root/up/a/f', 'root/up/' + near + '/d/secret'):
        yield w

def write(path, text):
    with open(path, 'w') as f:
        f.write(text)

def make(pid, tag, near, near_pid, secret):
    view_depth = depth(os.path.dirname(secret)[1:]) + 1
    enter(pid)
    os.umask(0o022)
    links = []
    for folder in FOLDERS:
        os.chdir('/' + folder)
        if folder in ('n', 'n/c'): # is another's
            links += [{'path': f'/{folder}/' + os.path.basename(l['path']), **{k: l[k] for k in ('text', 'kind')}}
                      for l in links if os.path.dirname(l['path']) == folder.replace('n', '/a/b')]
            continue
        os.mkdir('in')
        write('f', f'f of {tag}:{folder}')
        write('I-am-' + folder.replace('/', '-'), '')
        for place, up in (('.', 0), ('in', 1)):
            for i, name in enumerate(('up', 'up2', 'up3')):
                os.symlink('/'.join(['..'] * (i + 1)), f'{place}/{name}')
        os.symlink('/', 'top')
        os.symlink('loop', 'loop')
        for i, (kind, text) in enumerate(texts(folder, near, near_pid, secret, view_depth)):
            os.symlink(text, f'{kind}{i}')
            links.append({'path': f'/{folder}/{kind}{i}'.replace('//', '/'), 'text': text, 'kind': kind})
        for i, w in enumerate(proc_texts(near, secret)):
            os.symlink('/proc/self/' + w, f's{i}')
            os.symlink('/proc/1/' + w, f'p{i}')
            links.append({'path': f'/{folder}/s{i}'.replace('//', '/'), 'text': '/proc/self/' + w, 'kind': 's'})
    os.chdir('/')
    if tag == 'decoy': # what an attack is after, by the same path, and the container's own
        for path in (f'/{near}/d/secret', secret, f'/.by-pid/{near_pid}/d/secret'):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write(path, f'the own {path} of {tag}')
    write('/links.json', json.dumps(links))

def answer(path):
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            if stat.S_ISDIR(os.fstat(fd).st_mode):
                return 'folder of ' + ' '.join(sorted(os.listdir(fd)))
            return 'file: ' + os.read(fd, 4096).decode()
        finally:
            os.close(fd)
    except OSError as e:
        return 'error: ' + e.strerror

def ask_container(pid, paths):
    r, w = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(r)
        enter(pid)
        with os.fdopen(w, 'w') as f:
            json.dump([answer(p) for p in paths], f)
        os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        said = json.load(f)
    os.waitpid(child, 0)
    return said

def compare(pid, tag, view, what=None):
    pseudo = what == 'pseudo'
    with open(view + '/links.json') as f:
        links = [l for l in json.load(f) if (l['kind'] == 's') == pseudo]
    if what == 'few':
        links = [l for l in links if os.path.dirname(l['path']) in ('/', '/a', '/n/c')]
    wrong = secrets = compared = resolved = 0
    asked = [(l, l['path'] + more) for l in links for more in ([''] if what == 'few' else ['', '/', '/f'])]
    native = ask_container(pid, [p.replace('/s', '/p') if pseudo else p for l, p in asked])
    for (link, path), there in zip(asked, native):
        here = answer(view + path)
        where = os.path.realpath(view + path) if path == link['path'] else view
        # What can't be resolved in the container is taken by the letter, inside.
        by_letter = link['kind'] == 'i' and there.startswith('error')
        compared += not by_letter
        resolved += not there.startswith('error')
        secrets += 'SECRET' in here
        if 'SECRET' in here or (where != view and not where.startswith(view + '/')) or (here != there and not by_letter):
            wrong += 1
            if wrong < 20:
                print(f'{tag}:{path} -> {link["text"]}\n  in the container {there[:200]!r}\n  in the view {here[:200]!r}\n  {where}')
    print(f'{compared} compared, {resolved} of them lead somewhere, {wrong} wrong, {secrets} led to a secret')
    return wrong == 0 and compared > (100 if what else 2000) and resolved > (20 if what else 800)

def met(view):
    with open(view + '/links.json') as f:
        links = json.load(f)
    said = {answer(view + l['path']) for l in links}
    print(' and '.join(sorted(s[6:].strip() for s in said if 'SECRET' in s)))

args = sys.argv[2:]
if sys.argv[1] == 'make':
    make(*args)
elif sys.argv[1] == 'compare':
    sys.exit(not compare(*args))
else:
    met(args[0])
END

container_start --hostname "$near" --setup 'mkdir /d; echo SECRET of the neighbour >/d/secret'
near_pid=$CT_PID
declare -A pids
for tag in bare decoy; do
	container_start --hostname "$tag$$" --setup 'mkdir -p /a/b/c /m /n; mount -t tmpfs none /m; mkdir /m/x
		mount --bind /a/b /n'
	pids[$tag]=$CT_PID
	check "$tag has its links" python3 "$TEST_TMP/confined.py" make "$CT_PID" $tag "$near" "$near_pid" "$secret"
done

same() { # TAG [pseudo]
	quick python3 "$TEST_TMP/confined.py" compare "${pids[$1]}" "$1" "$VIEW/$1$$" "${@:2}"
}
for cache in auto never; do
	view_start -o "cache=$cache"
	few=
	[ $cache = auto ] || few=few
	check_eq "the neighbour is one step away" "$(quick cat "$VIEW/bare$$/../$near/d/secret")" "SECRET of the neighbour"
	for tag in bare decoy; do
		# Without a cache each name of each path is asked for.
		check "$cache: links lead where they lead in the container $tag" same $tag $few
	done
	view_stop
	check_eq "SIGTERM ends it well" $? 0
done

view_start -o pseudo
for tag in bare decoy; do
	check "/proc/self is the container's process: $tag" same $tag pseudo
done
view_stop
check_eq "SIGTERM ends it well" $? 0

view_start -o links=raw
for tag in bare decoy; do
	check_eq "control: what is met by links as they are stored in $tag" \
		"$(quick python3 "$TEST_TMP/confined.py" met "$VIEW/$tag$$")" "SECRET of the host and SECRET of the neighbour"
done
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
