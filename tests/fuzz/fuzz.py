"""Builds and runs the fuzzers: a table of executions, edges and findings.

    fuzz.py SOURCE WORK [SECONDS]

WORK gets a build of its own with clang, and in findings/ what broke a promise.
tests/integration/test_fuzz.py takes the parts for its short form, which needs
no clang.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGETS = sorted(
    path.stem for path in HERE.glob("*.c") if path.stem != "driver"
)
# What the tree has anyway, beside corpus/TARGET.
SEEDS = {
    "config": ["etc/config.example.yaml", "tests/fixtures/plan-config.yaml"],
    "dotenv": ["etc/env.example"],
    "stream": ["tests/fixtures/stream/*.jsonl"],
    "task_list": ["tests/fixtures/*.md", "examples/*-tasks.md"],
}
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def seeds(source, target):
    """Every file that a target begins with."""
    found = sorted((HERE / "corpus" / target).glob("*"))
    for pattern in SEEDS.get(target, []):
        found += sorted(pathlib.Path(source).glob(pattern))
    return found


def _make_variable(build, name):
    rule = "print-%: ; @echo $($*)"
    done = subprocess.run(
        ["make", "-s", "-C", str(build), f"--eval={rule}", f"print-{name}"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return shlex.split(done.stdout)


def compile_target(build, target, out, engine):
    """As the build compiles its own: with engine, what calls the target."""
    names = ["AM_CPPFLAGS", "AM_CFLAGS", "CFLAGS", "AM_LDFLAGS", "UPPER_LIBS"]
    flags = [word for name in names for word in _make_variable(build, name)]
    source = [f"-I{HERE}", str(HERE / f"{target}.c"), *engine]
    libraries = [word for word in flags if word[:2] == "-l" or word[-2:] == ".a"]
    command = [*_make_variable(build, "CC"), *flags, *source, *libraries]
    subprocess.run([*command, "-o", str(out)], cwd=build, check=True)
    return out


def build_with_clang(source, build):
    """The libraries, so that libFuzzer sees their edges."""
    build.mkdir(parents=True, exist_ok=True)
    flags = "-g -O1 -fsanitize=fuzzer-no-link"
    configure = [
        str(source / "configure"),
        "--enable-sanitize",
        "CC=clang",
        f"CFLAGS={flags}",
    ]
    jobs = f"-j{os.cpu_count()}"
    for command in (configure, ["make", jobs, "libcore.a", "libupper.a"]):
        with open(build / "build.log", "w") as log:
            subprocess.run(
                command, cwd=build, check=True, stdout=log, stderr=log
            )


def run(source, work, target, seconds):
    """(executions, edges, findings) of one target."""
    corpus = work / "corpus" / target
    findings = work / "findings" / target
    given = work / "seeds" / target
    for folder in (corpus, findings, given):
        folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(seeds(source, target)):
        (given / f"{number}").write_bytes(path.read_bytes())
    program = compile_target(
        work / "build", target, work / target, ["-fsanitize=fuzzer"]
    )
    command = [
        str(program),
        f"-max_total_time={seconds}",
        "-max_len=65536",
        "-timeout=5",
        "-print_final_stats=1",
        f"-artifact_prefix={findings}/",
        str(corpus),
        str(given),
    ]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **SANITIZERS},
    )
    said = done.stderr.decode(errors="replace")
    (work / f"{target}.log").write_text(said)
    edges = re.findall(r"cov: (\d+)", said)
    executions = re.findall(r"number_of_executed_units: (\d+)", said)
    found = len(list(findings.iterdir()))
    if done.returncode != 0:
        print(said[-3000:])
        found = max(found, 1)
    return int((executions or ["0"])[-1]), int((edges or ["0"])[-1]), found


def main():
    source, work = map(pathlib.Path, sys.argv[1:3])
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    build_with_clang(source, work / "build")
    rows = []
    for target in TARGETS:
        rows.append((target, *run(source, work, target, seconds)))
        print(f"{target}: done", file=sys.stderr, flush=True)
    print(f"\n| target | executions | edges | findings |  ({seconds} s each)")
    print("|---|---:|---:|---:|")
    for row in rows:
        print("| {} | {:,} | {:,} | {} |".format(*row))
    return 1 if any(row[3] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
