"""The documentation as the tests read it: its sections and their commands."""

import re

import build


def text(name):
    return (build.ROOT / name).read_text()


def section(name, heading):
    """What stands below a heading, up to the next of its level or higher."""
    lines = text(name).splitlines()
    start = next(number for number, line in enumerate(lines)
                 if re.fullmatch(rf"#+ {re.escape(heading)}", line))
    level = len(lines[start]) - len(lines[start].lstrip("#"))
    below, fenced = [], False
    for line in lines[start + 1:]:
        fenced ^= line.lstrip().startswith("```")
        if not fenced and re.match(rf"#{{1,{level}}} ", line):
            break
        below.append(line)
    return "\n".join(below)


def commands(name, heading):
    """The blocks of shell commands below a heading, unindented."""
    found = []
    for indent, block in re.findall(r"^( *)```sh\n(.*?)^\1```",
                                    section(name, heading),
                                    re.DOTALL | re.MULTILINE):
        found.append(re.sub(f"^{indent}", "", block, flags=re.MULTILINE))
    return found
