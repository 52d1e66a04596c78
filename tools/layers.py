#!/usr/bin/env python3
"""Checks how the code hangs together: no circle of imports between the files of a crate, arrows between the rooms of the domain
one way, from the bottom of the map in ARCHITECTURE.md to its top, no file over the limit of lines.

It reads the `use` paths and the paths written out in the code of every file, without its tests. A path belongs to the deepest
module that it names; `mod child;` alone is no import. What the domain depends on is asked of Cargo: no AWS, no HTTP, no runtime.

`layers.py dependencies` checks what the domain depends on, `layers.py features` that no dependency is compiled again for tests,
`layers.py imports` the rest, `layers.py` all.
"""

import re
import subprocess
import sys
from pathlib import Path

MOST_LINES = 400
# What a package must not depend on, however far down. Texts write no log.
FORBIDDEN = {
    "galley-content": re.compile(r"(aws-|lambda_)|(http|hyper|reqwest|axum|tokio|tracing)$|galley-(?!api$|content$)"),
    "galley-domain": re.compile(r"(aws-|lambda_)|(http|hyper|reqwest|axum|tokio)$"),
    "galley-client": re.compile(r"(aws-|lambda_)|galley-(?!api$|client$)"),
    "galley-cli": re.compile(r"(aws-|lambda_)|galley-(?!api$|client$|cli$)"),
}
ROOT = Path(__file__).resolve().parent.parent
TEST = re.compile(r"#\[cfg\((?:all\()?(?:test|any\(test)")
CHAR = re.compile(r"'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'])'")
RAW = re.compile(r'b?r(#*)"')


def blanked(text):
    """The code without comments, and with empty strings, so that neither is taken for a path."""
    out, i, n = [], 0, len(text)
    while i < n:
        raw = RAW.match(text, i) if not (i and (text[i - 1].isalnum() or text[i - 1] == "_")) else None
        if text.startswith("//", i):
            end = text.find("\n", i)
            i = n if end < 0 else end
        elif text.startswith("/*", i):
            depth, i = 1, i + 2
            while depth and i < n:
                step = (text.startswith("/*", i)) - (text.startswith("*/", i))
                depth, i = depth + step, i + (2 if step else 1)
        elif raw:
            end = text.find('"' + raw[1], raw.end())
            out.append('""' + "\n" * text.count("\n", i, end))
            i = end + 1 + len(raw[1])
        elif text[i] == '"':
            start, i = i, i + 1
            while text[i] != '"':
                i += 2 if text[i] == "\\" else 1
            i += 1
            out.append('""' + "\n" * text.count("\n", start, i))
        elif text[i] == "'":
            char = CHAR.match(text, i)
            out.append("' '" if char else "'")
            i = char.end() if char else i + 1
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def closing(code, at, pair="{}"):
    """Where what opens at `at` is closed."""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == pair[0]) - (code[i] == pair[1])
        if not depth:
            return i
    return len(code)


def without_tests(code):
    """The code without the items that only tests compile."""
    while found := TEST.search(code):
        end = closing(code, found.start() + 1, "[]") + 1
        body = re.compile(r"[;{]").search(code, end)
        if not body:
            return code[: found.start()]
        stop = body.start() if body[0] == ";" else closing(code, body.start())
        code = code[: found.start()] + code[stop + 1 :]
    return code


def spread(tree):
    """Every path of a `use` tree."""
    brace = tree.find("{")
    if brace < 0:
        return [re.sub(r"\s+as\s+\w+\s*$", "", tree).strip()]
    inner, depth, start, parts = tree[brace + 1 : closing(tree, brace)], 0, 0, []
    for i, c in enumerate(inner + ","):
        depth += (c == "{") - (c == "}")
        if c == "," and not depth:
            parts.append(inner[start:i])
            start = i + 1
    return [tree[:brace].strip() + path for part in parts if part.strip() for path in spread(part)]


class Crate:
    """The files of one crate by their modules, each with its code."""

    def __init__(self, name, entry):
        self.name = name
        self.files = {}
        self.walk(entry, ())

    def walk(self, file, module):
        code = without_tests(blanked(file.read_text()))
        self.files[module] = (file, code)
        base = file.parent if not module or file.name == "mod.rs" else file.with_suffix("")
        for name in re.findall(r"^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", code, re.M):
            child = next((path for path in (base / f"{name}.rs", base / name / "mod.rs") if path.exists()), None)
            if child:
                self.walk(child, (*module, name))

    def target(self, module, path):
        """The file that `path`, written in `module`, leads to."""
        words = [word.strip().removeprefix("r#") for word in path.split("::")]
        at = module
        if words[0] == "crate":
            at, words = (), words[1:]
        elif words[0] in ("self", "super"):
            while words and words[0] in ("self", "super"):
                at = at[:-1] if words[0] == "super" else at
                words = words[1:]
        elif (*module, words[0]) not in self.files:
            return None
        for word in words:
            if (*at, word) not in self.files:
                break
            at = (*at, word)
        return at

    def arrows(self):
        graph = {}
        for module, (_, code) in self.files.items():
            paths = [path for tree in re.findall(r"\buse\s+([^;]+);", code) for path in spread(tree)]
            rest = re.sub(r"\buse\s+[^;]+;", "", code)
            paths += re.findall(r"(?<![\w:])[a-z_]\w*(?:::\w+)+", rest)
            graph[module] = {self.target(module, path) for path in paths} - {None, module}
        return graph


def circles(graph):
    """The strongly connected components of more than one node (Tarjan's)."""
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on.add(node)
        for to in graph.get(node, ()):
            if to not in index:
                visit(to)
                low[node] = min(low[node], low[to])
            elif to in on:
                low[node] = min(low[node], index[to])
        if low[node] == index[node]:
            ring = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            on.difference_update(ring)
            if len(ring) > 1:
                found.append(ring)

    for node in graph:
        if node not in index:
            visit(node)
    return found


def crates():
    for manifest in sorted(ROOT.glob("**/Cargo.toml")):
        parts = manifest.relative_to(ROOT).parts
        if any(part in ("target", "fuzz", "bench") or part.startswith(".") for part in parts):
            continue
        src = manifest.parent / "src"
        for entry in [src / "lib.rs", src / "main.rs", *sorted(src.glob("bin/*.rs"))]:
            if entry.exists():
                yield Crate(str(manifest.parent.relative_to(ROOT)), entry)


def shown(module):
    return "::".join(module) or "the crate's root"


def dependencies():
    """What the domain and the clients depend on and must not. No answer of Cargo's is a complaint, too."""
    for package, forbidden in FORBIDDEN.items():
        command = ["cargo", "tree", "--package", package, "--edges", "normal", "--prefix", "none", "--locked"]
        tree = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        names = [line.split()[0] for line in tree.stdout.splitlines() if line.strip()]
        if tree.returncode or names[:1] != [package]:
            yield f"{package}: its dependencies are not known: {' '.join(command)} failed\n{tree.stderr.strip()}"
        yield from (f"{package} depends on {name}" for name in sorted(set(filter(forbidden.match, names))))


def features():
    """What tests ask more of a dependency than the programs do: Cargo compiles it twice then, with all that uses it."""
    sets = {}
    for edges in ("no-dev", "all"):
        command = ["cargo", "tree", "--workspace", "--edges", edges, "--prefix", "none", "--format", "{p} [{f}]", "--locked"]
        tree = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        found = sets[edges] = {}
        for name, version, asked in re.findall(r"^(\S+) (v\S+)[^[\n]* \[(.*)\]", tree.stdout, re.M):
            # A build script's dependency has features of its own.
            found.setdefault((name, version), set()).add(asked)
        if tree.returncode or not found:
            yield f"the features of dependencies are not known: {' '.join(command)} failed\n{tree.stderr.strip()}"
    for package, asked in sorted(sets["no-dev"].items()):
        if more := sets["all"].get(package, asked) - asked:
            yield f"{' '.join(package)} is compiled again for tests, with {' or '.join(sorted(more))}: ask for it in [workspace.dependencies]"


def order(rooms):
    """The domain's rooms that use one which stands below them in the map of ARCHITECTURE.md."""
    section = (ROOT / "ARCHITECTURE.md").read_text().split("\n## The domain\n")[1].split("\n## ")[0]
    rank = {name: place for place, name in enumerate(re.findall(r"^\| `(\w+)`", section, re.M))}
    for (room,), used in sorted(rooms.items()):
        for (other,) in sorted(used):
            if rank.get(other, -1) > rank.get(room, -1):
                yield f"shared/domain: {room} uses {other}, which stands below it in ARCHITECTURE.md"


def imports():
    sys.setrecursionlimit(10_000)
    for crate in crates():
        graph = crate.arrows()
        rooms = {}
        for module, to in graph.items():
            if module:
                rooms.setdefault(module[:1], set()).update({other[:1] for other in to if other} - {module[:1]})
        kinds = [("files", graph)] + ([("rooms", rooms)] if crate.name == "shared/domain" else [])
        for kind, arrows in kinds:
            for ring in circles(arrows):
                lines = [f"{crate.name}: a circle of {len(ring)} {kind}"]
                for node in sorted(ring):
                    to = ", ".join(shown(other) for other in sorted(arrows[node] & set(ring)))
                    lines.append(f"  {shown(node)} → {to}")
                yield "\n".join(lines)
        if crate.name == "shared/domain":
            yield from order(rooms)
        for file, code in crate.files.values():
            count = sum(1 for line in code.splitlines() if line.strip())
            if count > MOST_LINES:
                yield f"{file.relative_to(ROOT)}: {count} lines of code, {MOST_LINES} at most"


CHECKS = {"imports": imports, "dependencies": dependencies, "features": features}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(CHECKS)
    if unknown := set(chosen) - set(CHECKS):
        sys.exit(f"no such check: {', '.join(sorted(unknown))}")
    found = [complaint for name in chosen for complaint in CHECKS[name]()]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    sys.exit(1 if found else 0)
