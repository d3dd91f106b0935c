"""The plan's own design: Flask, the state in a JSON file, a secret in a
header."""

import hmac
import json
import os

from flask import Flask, jsonify, request

app = Flask(__name__)
SECRET = os.environ["WEBHOOK_SECRET"]
STATE = os.environ["STATE_FILE"]


@app.get("/health")
def health():
    return jsonify(status="ok", supervisor="up", uptime_seconds=1)


@app.post("/webhook/status")
def status():
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given, SECRET):
        return jsonify(status="error", error="unauthorized"), 401
    with open(STATE) as file:
        state = json.load(file)
    tasks = state["tasks"]
    done = sum(t["status"] == "completed" for t in tasks)
    return jsonify(
        status=state["status"],
        total=len(tasks),
        completed=done,
        message=f"Progress: {done}/{len(tasks)}",
    )
