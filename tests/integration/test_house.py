"""The house's own rules, checked on its sources: floors, layout, bans."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from harness.circles import calls, circles

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
BUILD = pathlib.Path(os.environ["ORCHESTRATOR_BUILD"])
FLOORS = ["base", "core", "store", "engine", "door"]
ROOMS = sorted(SOURCE.glob("src/**/*.[ch]"))
FILES = sorted([*ROOMS, *SOURCE.glob("tests/unit/*.[ch]")])
BANNED = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|system|popen|gets|atoi|"
    r"atol|strtok)\s*\("
)


def code_of(path):
    """The source without comments and strings."""
    text = path.read_text()
    text = re.sub(
        r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S
    )
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def floor_of(path):
    folder = path.relative_to(SOURCE / "src").parts[0]
    return FLOORS.index(folder) if folder in FLOORS else len(FLOORS)


def climbs(path, text):
    found = []
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
        top = name.split("/")[0]
        if top in FLOORS and FLOORS.index(top) > floor_of(path):
            found.append(name)
    return found


def test_there_is_something_to_check():
    assert len(FILES) > 40


def test_no_include_climbs():
    found = {
        str(path.relative_to(SOURCE)): climbs(path, path.read_text())
        for path in ROOMS
    }
    assert {name: up for name, up in found.items() if up} == {}


def test_a_climbing_include_would_be_seen():
    path = SOURCE / "src/core/x.c"
    assert climbs(path, '#include "store/state.h"\n') == ["store/state.h"]
    assert climbs(path, '#include "base/buf.h"\n') == []


def doors():
    """{"core/list": {"task.h", ...}, ...} of the table in docs/inside.md."""
    rows = re.findall(
        r"^\| `(core/\w+)` \|[^|]*\|([^|]*)\|$",
        (SOURCE / "docs/inside.md").read_text(),
        re.MULTILINE,
    )
    return {room: set(re.findall(r"`(\w+\.h)`", named)) for room, named in rows}


def test_a_room_is_entered_by_its_doors():
    found = []
    for path in ROOMS:
        for room, name in re.findall(
            r'#include "(core/\w+)/(\w+\.h)"', path.read_text()
        ):
            inside = path.parent == SOURCE / "src" / room
            if not inside and name not in doors()[room]:
                found.append(f"{path.relative_to(SOURCE)}: {room}/{name}")
    assert found == []


def test_every_room_of_core_has_doors_that_are_there():
    core = SOURCE / "src/core"
    folders = {path.parent.name for path in core.glob("*/*.h")}
    assert set(doors()) == {f"core/{name}" for name in folders}
    for room, names in doors().items():
        assert names <= {p.name for p in (SOURCE / "src" / room).glob("*.h")}


def test_rooms_call_in_one_direction():
    assert circles(calls(BUILD, SOURCE)) == []


def test_a_circle_of_rooms_would_be_seen():
    assert circles({"a": {"b": {"f"}}, "b": {"c": {"g"}}, "c": {}}) == []
    assert circles({"a": {"b": {"f"}}, "b": {"a": {"g"}}}) == [["a", "b"]]


def test_floors_0_and_1_link_without_fcgi_curl_and_yaml(tmp_path):
    """Every symbol that the convenience library lacks is found elsewhere."""
    library = BUILD / "libcore.a"
    assert library.exists()
    whole = ["-Wl,--whole-archive", str(library), "-Wl,--no-whole-archive"]
    main = tmp_path / "main.c"
    main.write_text("int main(void) { return 0; }\n")
    flags = subprocess.run(
        ["pkg-config", "--libs", "json-c", "libcmark", "libsodium"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()
    done = subprocess.run(
        [
            "gcc",
            "-fsanitize=address,undefined",
            str(main),
            *whole,
            *flags,
            "-o",
            str(tmp_path / "main"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_who_sends_nothing_starts_without_libcurl():
    """Its thirty libraries were most of a start (engine/libcurl.h)."""
    needed = subprocess.run(
        ["readelf", "-d", str(BUILD / "orchestrator")],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert "[libjson-c.so" in needed
    assert "libcurl" not in needed


def test_no_banned_function_is_called():
    found = []
    for path in FILES:
        for number, line in enumerate(code_of(path).splitlines(), 1):
            if BANNED.search(line) and path.name != "banned.h":
                found.append(f"{path.relative_to(SOURCE)}:{number}: {line}")
    assert found == []


def test_only_main_exits():
    """_exit() in a forked child is another thing."""
    found = [
        str(path.relative_to(SOURCE))
        for path in ROOMS
        if re.search(r"(?<![\w_])exit\s*\(", code_of(path))
    ]
    assert found in (["src/main.c"], [])


def layout_program():
    """clang-format 14's word counts: each release lays some lines out in
    another way."""
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name) and " 14." in subprocess.run(
            [name, "--version"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout:
            return name
    return pytest.skip("the layout is clang-format 14's, which is not here")


def test_layout_is_clang_formats():
    done = subprocess.run(
        [layout_program(), "--dry-run", "-Werror", *map(str, FILES)],
        cwd=SOURCE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def split_literals(code):
    """String literals that go on in another one though neither a line nor a
    sentence of theirs has ended: a grep for the text does not find it."""
    pieces = re.compile(
        r"//[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)*'|"
        r'"(?:[^"\\\n]|\\.)*"(\s*(?="))?',
        re.DOTALL,
    )
    return [
        m[0].rstrip()
        for m in pieces.finditer(code)
        if m[1] is not None and not re.search(r'(\\n|[.?!;] )"\s*$', m[0])
    ]


def test_no_string_literal_is_split_in_its_middle():
    """JSON, which no person greps for, is laid out as it reads best."""
    found = [
        f"{path.relative_to(SOURCE)}: {piece}"
        for path in ROOMS
        for piece in split_literals(path.read_text())
        if '\\"' not in piece
    ]
    assert found == []


def test_a_split_literal_would_be_seen():
    assert split_literals('f("one " "two");') == ['"one "']
    assert split_literals('f("One. " "Two.\\n"\n"Three");') == []


def test_each_file_says_what_it_is_for():
    silent = [
        str(path.relative_to(SOURCE))
        for path in ROOMS
        if not path.read_text().lstrip().startswith("/*")
    ]
    assert silent == []


def test_files_stay_rooms():
    """400 lines is the measure; nothing is over 500."""
    long = {
        str(path.relative_to(SOURCE)): count
        for path in ROOMS
        if (count := len(path.read_text().splitlines())) > 500
    }
    assert long == {}


def test_the_version_is_said_once():
    version = subprocess.run(
        [os.environ["ORCHESTRATOR_BIN"], "--version"],
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()[1]
    assert f"[{version}]" in (SOURCE / "configure.ac").read_text()


def test_shell_scripts_parse():
    scripts = [
        p
        for p in SOURCE.glob("**/*")
        if p.is_file()
        and p.stat().st_mode & 0o100
        and p.read_bytes()[:9] in (b"#!/bin/sh", b"#!/bin/ba")
    ]
    assert len(scripts) >= 3
    for script in scripts:
        shell = "bash" if b"bash" in script.read_bytes()[:12] else "dash"
        done = subprocess.run(
            [shell, "-n", str(script)], stderr=subprocess.PIPE, text=True
        )
        assert done.returncode == 0, (script, done.stderr)


def test_the_site_lets_every_path_of_the_program_through():
    table = (SOURCE / "src/core/session/command.c").read_text()
    site = (SOURCE / "nginx/orchestrator.conf").read_text()
    names = re.findall(r'\[CMD_\w+\] = \{ "(\w+)"', table)
    assert len(names) > 10
    paths = {f"/webhook/{name}" for name in ["command", *names]} | {"/health"}
    assert paths == set(re.findall(r"location = (/webhook/\w+|/health)", site))


def test_the_menu_to_paste_to_botfather_is_the_table_of_commands():
    table = (SOURCE / "src/core/session/command.c").read_text()
    rows = re.findall(
        r'\[CMD_\w+\] = \{ "(\w+)", "[\w ]+", "[^"]*",\s+"([^"]*)"', table)
    assert len(rows) == table.count("[CMD_") >= 20
    menu = "```text\n" + "".join(f"{n} - {w}\n" for n, w in rows) + "```"
    page = (SOURCE / "n8n_workflows/README.md").read_text()
    assert menu in page, f"n8n_workflows/README.md: the menu is to be\n{menu}"
    # Telegram's own limits.
    for name, what in rows:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", name) and len(what) <= 256
    assert len(rows) <= 100
