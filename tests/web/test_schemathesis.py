"""The API against its own description: no 5xx, no contract violation, whatever is sent."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from hypothesis import HealthCheck, Phase, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
        unsupported_method,
    )

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, negative_data_rejection, unsupported_method,
]  # fmt: skip
# What takes a process or half a minute each time is sent less often; the endless stream not at all.
SLOW = {"/api/v1/reports/read", "/api/v1/forecasts", "/api/v1/entries/{n}/brief", "/api/v1/cases/{key}/what-if"}
pytestmark = pytest.mark.filterwarnings("ignore")


def fuzz(client: Any, paths: Any, examples: int) -> int:
    """Sends made-up requests to some paths; how many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
        sent = 0
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path == "/api/v1/events" or not paths(operation.path):
                continue
            strategy = operation.as_strategy()

            def send(case: Any) -> None:
                nonlocal sent
                sent += 1
                answer = case.call()
                case.validate_response(answer, checks=CHECKS)

            from hypothesis import given

            rounds = settings(
                max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.generate], derandomize=True, database=None,
            )  # fmt: skip
            rounds(given(strategy)(send))()
        return sent


def test_quick_routes_keep_their_contract(make_client: Any):
    assert fuzz(make_client(hosts="testserver"), lambda path: path not in SLOW, 10) > 120


def test_slow_routes_keep_their_contract(make_client: Any):
    assert fuzz(make_client(hosts="testserver"), lambda path: path in SLOW, 6) > 15


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_all_routes_for_long(make_client: Any):
    rounds = int(os.environ.get("OFFRAMP_FUZZ", "500"))
    assert fuzz(make_client(hosts="testserver"), lambda path: path not in SLOW, rounds) > rounds
