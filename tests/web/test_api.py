"""The API by its Python client: pages, tags, pagination, what-ifs, live change, games, scores, tokens."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from offramp.forecast.record import append_brief
from offramp.ledger.store import Ledger
from offramp.web.client import Client, ServerError


@pytest.fixture
def api(make_client: Any) -> Client:
    made = make_client()
    client = Client("http://127.0.0.1")
    client._http = made  # a test client is one of httpx's
    return client


def test_cases_tell_where_they_stand_how_they_moved_and_how_they_did(api: Client, filled: Any):
    rows = {row["key"]: row for row in api.cases()}
    assert set(rows) == {"aland-ruler", "other-ruler"}
    row = rows["aland-ruler"]
    brief = filled[2]
    place = brief.forecast.months.index(12)
    assert row["out"] == pytest.approx(1 - brief.forecast.outcomes["in_office"].mean[place])
    assert (row["forecasts"], len(row["path"]), row["outcome"], row["brier"]) == (3, 3, None, None)
    assert row["because"].startswith("Feed title")
    assert rows["other-ruler"]["outcome"] == "negotiated"
    assert 0 < rows["other-ruler"]["brier"] < 2
    assert api.case("other-ruler") == rows["other-ruler"]
    with pytest.raises(ServerError, match="404: there is no case 'nobody'"):
        api.case("nobody")


def test_pages_go_on_where_the_one_before_ended(make_client: Any):
    client = make_client()
    first = client.get("/api/v1/entries", params={"limit": 2}).json()
    second = client.get("/api/v1/entries", params={"limit": 3, "before": first["next"]}).json()
    assert [row["n"] for row in first["items"] + second["items"]] == [5, 4, 3, 2, 1]
    assert second["next"] is None
    one = client.get("/api/v1/cases", params={"limit": 1}).json()
    assert (one["items"][0]["key"], one["next"]) == ("aland-ruler", "aland-ruler")
    rest = client.get("/api/v1/cases", params={"after": one["next"]}).json()
    assert [row["key"] for row in rest["items"]] == ["other-ruler"]


def test_tags_say_that_nothing_changed_until_something_does(make_client: Any, filled: Any):
    client = make_client()
    for path in ("/cases", "/cases/aland-ruler", "/entries", "/entries/1", "/entries/1/evidence", "/score"):
        tag = client.get(f"/api/v1{path}").headers["etag"]
        same = client.get(f"/api/v1{path}", headers={"If-None-Match": f'"x", {tag}'})
        assert (same.status_code, same.content) == (304, b"")
    append_brief(client.app.state.service.ledger, filled[2], case="third-ruler")
    assert client.get("/api/v1/cases", headers={"If-None-Match": tag}).status_code == 200


def test_entries_and_evidence(api: Client):
    entry = api.entry(1)
    assert len(entry["hash"]) == 64
    assert entry["content"]["run"] == {"months": 24, "draws": 16, "seed": 0, "nodes": 21}
    (report,) = api.evidence(1)
    assert report["text"].startswith("A report. <script>")
    assert report["erased"] is False
    assert [row["kind"] for row in api.entries("other-ruler")] == ["resolution", "forecast"]
    with pytest.raises(ServerError, match="400: entry 5 is a resolution"):
        api.evidence(5)


def test_erased_texts_are_gone(make_client: Any):
    from offramp.ledger.texts import erase

    client = make_client()
    report = client.get("/api/v1/entries/1/evidence").json()[0]["report"]
    erase(client.app.state.service.ledger, report, why="asked", by="test")
    (gone,) = client.get("/api/v1/entries/1/evidence").json()
    assert (gone["erased"], gone["text"], gone["title"]) == (True, None, None)
    page = client.get("/cases/aland-ruler").text
    assert "Erased from this ledger" in page
    assert "javascript:alert" not in page


def test_what_if_previews_and_settles(api: Client):
    preview = api.what_if("aland-ruler", {"army_loyalty": 0.3})
    full = api.what_if("aland-ruler", {"army_loyalty": 0.3}, mode="full")
    assert (preview["mode"], full["mode"]) == ("preview", "full")
    assert "preview" in preview["note"]
    for name, series in full["outcomes"].items():
        assert preview["outcomes"][name]["mean"] == pytest.approx(series["mean"], abs=0.03)
    assert full["outcomes"]["coup"]["mean"][3] > full["recorded"]["coup"]["mean"][3]
    other = api.what_if("aland-ruler", {"economy": 0.9}, mode="full")
    assert other["outcomes"] != full["recorded"]
    with pytest.raises(ServerError, match="a live answer moves"):
        api.what_if("aland-ruler", {"economy": 0.9})
    with pytest.raises(ServerError, match="400: override of army_loyaltyy: unknown key"):
        api.what_if("aland-ruler", {"army_loyaltyy": 0.9}, mode="full")


def test_a_brief_is_made_again_with_the_recorded_figures(api: Client, filled: Any):
    brief = api.brief(1)
    assert brief["forecast"] == filled[2].forecast.model_dump(mode="json")
    (report,) = brief["reports"]
    assert report["path"] == "report.txt"
    assert report["text"].startswith("A report. <script>")


def test_reading_a_report_gives_a_case_and_says_why_not(api: Client, examples: Any):
    found = api.read(text=(examples / "gambia-2017.txt").read_text("utf-8"))
    assert found["case"]["ruler"]["country"] == "GMB"
    assert found["reading"]["evidence"]["events"]
    none = api.read(text=(examples / "football.txt").read_text("utf-8"))
    assert none["case"] is None
    assert none["problem"]
    with pytest.raises(ServerError, match="400: give either text or address"):
        api.read()


def test_a_report_becomes_a_recorded_forecast(api: Client, examples: Any):
    entry = api.forecast(text=(examples / "gambia-2017.txt").read_text("utf-8"), draws=16)
    assert entry["case"] == "gmb-yahya-jammeh"
    assert entry["content"]["why"] == {"by": "local user"}
    with pytest.raises(ServerError, match="no standoff found"):
        api.forecast(text=(examples / "football.txt").read_text("utf-8"), draws=16)


def test_games_are_solved(api: Client):
    assert len(api.games()) == 10
    found = api.solve("entry", precision=0, fight=-2.0, branch=True)
    assert {choice["probability"] for choice in found["choices"]} == {0.5}
    assert found["parameters"]["fight"] == -2
    assert found["branch"][0]["precision"] == 0
    sure = api.solve("entry", precision=100)
    assert next(c["probability"] for c in sure["choices"] if c["action"] == "share") > 0.99
    with pytest.raises(ServerError, match="400: game 'entry' has no parameter 'fihgt'"):
        api.solve("entry", fihgt=1)
    with pytest.raises(ServerError, match="404: there is no game 'chess'"):
        api.solve("chess")


def test_resolving_and_scores(api: Client):
    assert api.score("aland-ruler")["forecasts"] == 0
    done = api.resolve("aland-ruler", "coup", "2026-01-05", source="a gazette")
    assert done["kind"] == "resolution"
    assert api.score("aland-ruler")["forecasts"] > 0
    with pytest.raises(ServerError, match="is resolved as coup"):
        api.resolve("aland-ruler", "negotiated", "2026-01-06")


def test_new_entries_are_told_to_listeners(served: Any, filled: Any):
    one = served()
    heard: list[dict[str, Any]] = []

    def listen() -> None:
        with Client(one.address) as client:
            for row in client.events(after=3):
                heard.append(row)
                if len(heard) == 3:
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while len(heard) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    with Ledger(str(filled[0])) as ledger:
        entry = append_brief(ledger, filled[2], case="other-ruler")
    thread.join(20)
    assert [row["n"] for row in heard] == [4, 5, entry.n]


def test_health_tells_little_and_needs_no_token(make_client: Any):
    answer = make_client(demand_tokens=True).get("/healthz")
    assert (answer.status_code, sorted(answer.json())) == (200, ["status", "version"])


def test_client_says_when_no_server_is_there():
    with Client("http://127.0.0.1:9", timeout=2) as client, pytest.raises(ServerError, match=r"127\.0\.0\.1:9"):
        list(client.cases())


def test_openapi_describes_every_route_of_the_api(make_client: Any):
    client = make_client()
    described = client.get("/openapi.json").json()
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    assert len(described["paths"]) >= 17
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            assert told["tags"], (path, method)
            assert {"401", "403", "429"} <= set(told["responses"]), (path, method)
