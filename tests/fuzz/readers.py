"""The targets: what they are fed at first, how they are built and run.

tests/integration/test_fuzz.py takes the parts for its short form, which needs
no clang.
"""

import os
import pathlib
import re
import shlex
import subprocess

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


def last(pattern, text):
    """The number that was said last."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def run(source, work, target, seconds):
    """What became of one target, by the names of the table's columns."""
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
    found = len(list(findings.iterdir()))
    if done.returncode != 0:
        print(said[-3000:])
        found = max(found, 1)
    return {
        "target": target,
        "seconds": seconds,
        "executions": last(r"number_of_executed_units: (\d+)", said),
        "edges": last(r"cov: (\d+)", said),
        "features": last(r"ft: (\d+)", said),
        "corpus": last(r"corp: (\d+)", said),
        "findings": found,
    }
