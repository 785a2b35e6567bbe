"""Nothing comes for those who wait here, so nobody waits long."""

import re

import schemathesis

WAIT = "20ms"


def is_long(value):
    return isinstance(value, str) and re.fullmatch(r"\d{1,2}s", value)


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.body, dict) and is_long(case.body.get("wait")):
        case.body = {**case.body, "wait": WAIT}
    if case.path.endswith("/requests"):
        query = case.query or {}
        timeout = query.get("timeout", "5s")
        case.query = {**query, "timeout": WAIT if is_long(timeout) else timeout}
