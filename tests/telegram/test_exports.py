"""The three files as they are in the repository."""

import json
import re
import shutil

import pytest
from harness import certificate
from n8n import MAJOR, WORKFLOWS, N8n, install

NAMES = ["daily-startup.json", "orchestrator-to-telegram.json",
         "telegram-to-orchestrator.json"]


@pytest.fixture(params=NAMES)
def export(request):
    return json.loads((WORKFLOWS / request.param).read_text())


def node_versions():
    """Type -> what n8n gives to a new node, and all that it knows."""
    types = install() / "node_modules/n8n-nodes-base/dist/types/nodes.json"
    newest, known = {}, {}
    for kind in json.loads(types.read_text()):
        versions = kind["version"]
        if not isinstance(versions, list):
            versions = [versions]
        default = kind.get("defaultVersion") or max(versions)
        name = "n8n-nodes-base." + kind["name"].split(".")[-1]
        newest[name] = max(default, newest.get(name, 0))
        known.setdefault(name, set()).update(versions)
    return newest, known


@pytest.mark.timeout(1200)  # four times n8n's whole program
def test_they_import_without_a_warning_and_find_their_credentials(tmp_path):
    for name in NAMES:
        shutil.copy(WORKFLOWS / name, tmp_path)
    n8n = N8n(tmp_path / "n8n", certificate.make()[0])
    made = [
        {"id": "one", "name": "Telegram bot", "type": "telegramApi",
         "data": {"accessToken": "1:a"}},
        {"id": "two", "name": "Orchestrator", "type": "httpHeaderAuth",
         "data": {"name": "Authorization", "value": "Bearer secret"}},
        {"id": "three", "name": "Orchestrator notifications",
         "type": "httpHeaderAuth",
         "data": {"name": "X-Notify-Secret", "value": "secret"}}]
    (tmp_path / "n8n/credentials").write_text(json.dumps(made))
    n8n.run("import:credentials", "--input=credentials")
    done = n8n.run("import:workflow", "--separate", f"--input={tmp_path}")
    assert done.stdout.splitlines() == [
        "Importing 3 workflows...", "Successfully imported 3 workflows."]
    n8n.run("export:workflow", "--all", "--output=exported")
    used = {(kind, c["id"])
            for workflow in json.loads((tmp_path / "n8n/exported").read_text())
            for node in workflow["nodes"]
            for kind, c in node.get("credentials", {}).items()}
    assert used == {("telegramApi", "one"), ("httpHeaderAuth", "two"),
                    ("httpHeaderAuth", "three")}


def test_every_node_has_the_version_that_n8n_1_gives_to_new_ones(export):
    newest, known = node_versions()
    found = {n["type"]: n["typeVersion"] for n in export["nodes"]}
    if MAJOR == 1:
        assert found == {kind: newest[kind] for kind in found}
    assert all(version in known[kind] for kind, version in found.items())


def test_nothing_in_them_is_secret_or_of_one_machine(export):
    text = json.dumps(export)
    assert not re.search(r"\$env|Bearer [^s]|\d{6,}:[\w-]{30}|whsec_", text)
    assert all(key not in export for key in ("id", "versionId", "meta"))
    assert export["pinData"] == {} and export["active"] is False
    for node in export["nodes"]:
        # Telegram's trigger makes its own secret of ids: they must be fresh.
        assert "webhookId" not in node
        if node["name"] == "Settings":
            values = {v["name"]: v["value"] for v in
                      node["parameters"]["assignments"]["assignments"]}
            assert values.pop("orchestrator_url").endswith(".example.com")
            assert set(values.values()) == {""}


def test_they_ask_for_their_credentials(export):
    found = {(kind, c["name"], c["id"]) for node in export["nodes"]
             for kind, c in node.get("credentials", {}).items()}
    tells = any(n["name"] == "Notification" for n in export["nodes"])
    header = "Orchestrator notifications" if tells else "Orchestrator"
    assert found == {("telegramApi", "Telegram bot", None),
                     ("httpHeaderAuth", header, None)}


def test_every_request_checks_the_certificate(export):
    for node in export["nodes"]:
        options = node["parameters"].get("options", {})
        assert not options.get("allowUnauthorizedCerts")


def test_the_readme_speaks_of_what_is_there():
    text = (WORKFLOWS / "README.md").read_text()
    nodes, fields, names = set(), set(), set()
    for name in NAMES:
        export = json.loads((WORKFLOWS / name).read_text())
        for node in export["nodes"]:
            nodes.add(node["name"])
            for credential in node.get("credentials", {}).values():
                names.add(credential["name"])
            if node["name"] == "Settings":
                fields.update(v["name"] for v in
                              node["parameters"]["assignments"]["assignments"])
    flat = " ".join(text.split())
    for word in [*NAMES, *names, "orchestrator_url", "chat_ids"]:
        assert f"`{word}`" in flat
    for node in ["Notification", "Settings", "Read update",
                 "Working days at 9:00"]:
        assert node in nodes and f"*{node}*" in flat
    assert fields == {"orchestrator_url", "chat_ids", "chat_id"}
