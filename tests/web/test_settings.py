"""Settings by file, environment and option; tokens; limits; the queue."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from offramp.errors import InputError
from offramp.web.guards import Rates
from offramp.web.jobs import Jobs
from offramp.web.settings import load
from offramp.web.tokens import Tokens, allows


def test_option_over_environment_over_file_over_default(tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text('[serve]\nport = 1\nlog = "text"\nboards = 2\n')
    environment = {"OFFRAMP_CONFIG": str(file), "OFFRAMP_SERVE_PORT": "2", "OFFRAMP_SERVE_BOARDS": "4"}
    found = load({"port": 3, "host": None}, environment=environment)
    told = found.settings
    assert (told.port, told.boards, told.log, told.host) == (3, 4, "text", "127.0.0.1")
    wanted = {"port": "option", "boards": "environment OFFRAMP_SERVE_BOARDS", "log": f"file {file}", "host": "default"}
    assert {name: found.origin[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "told"),
    [("prot = 1", "Did you mean 'port'"), ("port = 99999", "expected 0 to 65535"), ('port = "x"', "a whole number"),
     ("draws = 17", "multiple of 16"), ('key = "k"', "go together"), ("= 1", "cannot be read as TOML")],
)  # fmt: skip
def test_what_cannot_be_is_said(tmp_path: Path, text: str, told: str):
    file = tmp_path / "c.toml"
    file.write_text(f"[serve]\n{text}\n")
    with pytest.raises(InputError, match=told):
        load(file=file, environment={})


def test_config_show_says_where_each_value_comes_from(tmp_path: Path):
    import os

    environment = os.environ | {"OFFRAMP_SERVE_PORT": "9000", "OFFRAMP_CONFIG": str(tmp_path / "none.toml")}
    (tmp_path / "none.toml").write_text('[serve]\nlog = "none"\n')
    command = [sys.executable, "-m", "offramp", "config", "show", "--json"]
    rows = json.loads(subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout)
    found = {row["name"]: (row["value"], row["from"]) for row in rows}
    assert found["port"] == (9000, "environment OFFRAMP_SERVE_PORT")
    assert found["log"] == ("none", f"file {tmp_path / 'none.toml'}")
    assert found["host"] == ("127.0.0.1", "default")


def test_tokens_expire_rotate_and_are_revoked(tmp_path: Path):
    now = [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]
    held = Tokens(tmp_path / "t.json", clock=lambda: now[0])
    first, text = held.new("ana", "write", days=10)
    found = held.check(text)
    assert found is not None
    assert found.id == first.id
    assert held.check(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    second, new = held.rotate(first.id, days=30, grace_hours=2)
    assert second.follows == first.id
    assert held.check(text)
    assert held.check(new)
    now[0] += dt.timedelta(hours=3)
    assert held.check(text) is None
    assert held.check(new)
    with pytest.raises(InputError, match="is expired"):
        held.rotate(first.id)
    held.revoke(second.id)
    assert Tokens(tmp_path / "t.json", clock=lambda: now[0]).check(new) is None
    with pytest.raises(InputError, match="no token 'x'"):
        held.revoke("x")
    with pytest.raises(InputError, match="expected read, write, admin"):
        held.new("ana", "root")


@pytest.mark.parametrize("text", ["", "ofr", "ofr_", "ofr__", "ofr_x_\ud800", "a" * 5000, "ofr_1_2_3"])
def test_what_is_no_token_is_none(tmp_path: Path, text: str):
    assert Tokens(tmp_path / "t.json").check(text) is None


def test_scopes_hold_those_before():
    order = ("read", "write", "admin")
    assert [[allows(a, b) for b in order] for a in order] == [[True, False, False], [True, True, False], [True] * 3]


def test_rates_fill_up_again():
    now = [0.0]
    rates = Rates(60, clock=lambda: now[0])
    assert [rates.wait("a") for _ in range(60)] == [0.0] * 60
    assert rates.wait("a") == pytest.approx(1.0)
    assert rates.wait("b") == 0.0
    now[0] = 2.0
    assert [rates.wait("a") == 0.0 for _ in range(3)] == [True, True, False]


def test_the_newest_request_of_a_user_wins_and_shared_work_stays():
    jobs, go, done = Jobs(1), threading.Event(), []

    def work(name: str) -> Any:
        return lambda: done.append(name)

    jobs.put("first", go.wait)
    old = jobs.put("old", work("old"), user="ana")
    both = jobs.put("both", work("both"), user="bob")
    assert jobs.put("both", work("both again"), user="eve") is both
    new = jobs.put("new", work("new"), user="ana")
    newest = jobs.put("newest", work("newest"), user="bob")
    assert old.cancelled()
    assert not both.cancelled()
    go.set()
    newest.result(10)
    new.result(10)
    assert done == ["both", "new", "newest"]
    jobs.close()
