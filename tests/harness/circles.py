"""Who calls whom, by the linker's symbols: no two rooms may call each other.

A room is the files of a folder whose names begin with the same word: stream.c
and stream_parts.c are one, and may know each other. What a process of its own
runs (keeper_main.c) is a room of its own. By hand:

    PYTHONPATH=tests python3 -m harness.circles BUILD SOURCE
"""

import collections
import pathlib
import subprocess
import sys


def source_of(built):
    """src/core/libcore_a-stream_parts.o, or without the library: its .c."""
    return built.parent / (built.stem.split("-")[-1] + ".c")


def room_of(built):
    """That of src/core/claude/stream_parts.c is claude/stream."""
    source = source_of(built)
    name = source.stem
    if not name.endswith("_main"):
        name = name.split("_")[0]
    return f"{source.parent.name}/{name}"


def symbols(built):
    """(defined, missing) of an object file."""
    defined, missing = set(), set()
    listed = subprocess.run(
        ["nm", "-g", str(built)], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    for line in listed.splitlines():
        *_, kind, name = line.split()
        (missing if kind == "U" else defined).add(name)
    return defined, missing


def calls(build, source):
    """{room: {room it calls: names}} of all objects below build/src; those
    that an old source has left behind do not count."""
    home, wanted = {}, []
    for built in sorted(pathlib.Path(build, "src").rglob("*.o")):
        if not (source / source_of(built).relative_to(build)).exists():
            continue
        defined, missing = symbols(built)
        home |= {name: room_of(built) for name in defined}
        wanted.append((room_of(built), missing))
    graph = collections.defaultdict(lambda: collections.defaultdict(set))
    for room, names in wanted:
        for name in names:
            if home.get(name, room) != room:
                graph[room][home[name]].add(name)
    return graph


def reached(graph, room):
    seen, todo = set(), [room]
    while todo:
        for other in graph.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def circles(graph):
    """Each set of rooms that reach each other, as a sorted list."""
    reach = {room: reached(graph, room) for room in graph}
    found = {
        frozenset(r for r in reach[room] if room in reach.get(r, ()))
        for room in graph
        if room in reach[room]
    }
    return sorted(sorted(circle) for circle in found)


if __name__ == "__main__":
    made = calls(*map(pathlib.Path, sys.argv[1:3]))
    for circle in circles(made):
        print(", ".join(circle))
        for room in circle:
            for other in circle:
                if made[room].get(other):
                    names = " ".join(sorted(made[room][other]))
                    print(f"    {room} -> {other}: {names}")
