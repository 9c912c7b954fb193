"""What schemathesis cannot know of this API: which texts are targets, that a wait takes time, and what lines are."""

import json

import schemathesis
from hypothesis import strategies as st

OBJECTS = ["pod/shop/web", "job/shop/migrate", "job/shop/lost", "pod/nobody", "certificate/shop/web", "tcp://db:5432"]
OPTIONS = ["", "", "?stable=1s", "?timeout=1h"]

schemathesis.openapi.format("k8s-wait-target", st.builds(str.__add__, st.sampled_from(OBJECTS), st.sampled_from(OPTIONS)))
schemathesis.openapi.format("k8s-wait-duration", st.sampled_from(["0", "0s", "1ms", "20ms"]))


@schemathesis.deserializer("application/x-ndjson")
def lines(_context, response):
    """Every line is held to the schema."""
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Nobody has the time for what is held for long. What has a mode asks for lines: they end with the wait."""
    if case.path != "/v1/wait":
        return
    asked = case.query if case.method == "GET" else case.body
    if not isinstance(asked, dict):
        return
    if is_held(asked.get("timeout")) and ("target" in asked or "targets" in asked):
        asked["timeout"] = "20ms"
    if asked.get("mode"):
        case.headers["Accept"] = "application/x-ndjson"


def is_held(timeout):
    """What is left out is half a minute. What is no number of seconds is to be refused as it is."""
    is_number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    return timeout is None or (is_number and 0 <= timeout <= 3600 and timeout % 1 == 0)
