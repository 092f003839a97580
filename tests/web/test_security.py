"""What must be refused: no or wrong tokens on every route, forged requests, foreign hosts, private addresses, too much,
too slow, odd paths; and hostile words stay words."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
import world  # type: ignore[import-not-found]

OPEN = {"/healthz", "/login", "/static/style.css"}


def routes(app: Any) -> list[tuple[str, str]]:
    """Every method and path of the application, parameters filled in."""
    found: list[tuple[str, str]] = []

    def walk(items: Any) -> None:
        for route in items:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                walk(inner.routes)
            elif getattr(route, "methods", None):
                path = re.sub(r"\{n\}", "1", route.path)
                path = path.replace("{name}", "poker").replace("{key}", "aland-ruler")
                path = re.sub(r"\{ident\}", "0" * (12 if "tokens" in path else 16), path)
                found.extend((method, path) for method in sorted(route.methods - {"HEAD"}))

    walk(app.routes)
    return found


def test_every_route_without_and_with_a_wrong_token(make_client: Any):
    client = make_client(demand_tokens=True, logins_per_minute=10_000)
    listed = routes(client.app)
    assert len(listed) > 30
    assert ("POST", "/api/v1/cases/aland-ruler/what-if") in listed
    for method, path in listed:
        if path in OPEN:
            continue
        assert client.request(method, path).status_code == 401, (method, path)
        wrong = client.request(method, path, headers={"Authorization": "Bearer ofr_0_wrong"})
        assert wrong.status_code == 401, (method, path)
        assert wrong.json()["error"]["code"] == "no_token"


def test_a_browser_without_a_token_is_led_to_the_login(make_client: Any):
    client = make_client(demand_tokens=True)
    answer = client.get("/", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_scopes_are_kept(make_client: Any, tokens: Any):
    client = make_client(demand_tokens=True)

    def status(scope: str, method: str, path: str, **rest: Any) -> int:
        return client.request(method, path, headers={"Authorization": f"Bearer {tokens[scope]}"}, **rest).status_code

    ending = {"outcome": "coup", "date": "2026-01-01"}
    assert status("read", "GET", "/api/v1/cases") == 200
    assert status("read", "POST", "/api/v1/cases/aland-ruler/resolution", json=ending) == 403
    assert status("read", "POST", "/api/v1/forecasts", json={"text": "x"}) == 403
    assert status("write", "GET", "/api/v1/tokens") == 403
    assert status("write", "DELETE", "/api/v1/tokens/000000000000") == 403
    assert status("write", "POST", "/api/v1/cases/aland-ruler/resolution", json=ending) == 200
    assert status("admin", "GET", "/api/v1/tokens") == 200


def test_revoking_ends_a_token_and_its_session_at_once(make_client: Any, tokens: Any, tmp_path: Any):
    from offramp.web.tokens import Tokens

    client = make_client(demand_tokens=True)
    page = client.get("/login")
    form = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert form is not None
    done = client.post("/login", data={"token": tokens["read"], "form_token": form[1]}, follow_redirects=False)
    assert done.status_code == 303
    cookie = done.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").status_code == 200
    Tokens(tmp_path / "tokens.json").revoke(tokens["read"].split("_")[1])
    assert client.get("/").status_code == 401
    assert client.get("/api/v1/cases", headers={"Authorization": f"Bearer {tokens['read']}"}).status_code == 401


def test_wrong_tokens_are_limited(make_client: Any, tokens: Any):
    client = make_client(demand_tokens=True, logins_per_minute=3)
    wrong = {"Authorization": "Bearer ofr_1_2"}
    assert [client.get("/api/v1/cases", headers=wrong).status_code for _ in range(5)] == [401, 401, 401, 429, 429]


def test_forms_of_other_sites_are_refused(make_client: Any):
    client = make_client()
    ask = {"overrides": {}, "mode": "preview"}
    path = "/api/v1/cases/aland-ruler/what-if"
    assert client.post(path, json=ask, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(path, json=ask, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(path, content=json.dumps(ask), headers={"Content-Type": "text/plain"}).status_code == 422
    assert client.post("/read", data={"text": "x"}).status_code == 403
    assert client.post("/read", data={"text": "x", "form_token": "0" * 64}).status_code == 403
    assert client.post("/login", data={"token": "x"}).status_code == 403


def test_a_session_needs_the_form_token_for_the_api_too(make_client: Any, tokens: Any):
    client = make_client(demand_tokens=True)
    form = re.search(r'name="form_token" value="([^"]+)"', client.get("/login").text)
    assert form is not None
    client.post("/login", data={"token": tokens["admin"], "form_token": form[1]})
    assert client.post("/api/v1/tokens", json={"name": "x"}).status_code == 403
    mine = re.search(r'name="form_token" value="([^"]+)"', client.get("/read").text)
    assert mine is not None
    assert client.post("/api/v1/tokens", json={"name": "x"}, headers={"X-Form-Token": mine[1]}).status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "169.254.169.254", "", "[::1", "a@b:c"])
def test_a_foreign_host_name_is_refused(make_client: Any, host: str):
    assert make_client().get("/api/v1/cases", headers={"Host": host}).status_code == 421


ADDRESSES = [
    "http://127.0.0.1/x", "http://localhost/x", "http://[::1]/", "http://10.1.2.3/", "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data", "http://0x7f.1/", "http://2130706433/", "http://[::ffff:127.0.0.1]/",
    "http://0/", "file:///etc/passwd", "ftp://example.org/", "http://user:pass@example.org/", "http://a b/",
    "gopher://127.0.0.1", "http://rebind.example/", "//127.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_never_reach_private_networks(make_client: Any, address: str):
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        if host == "rebind.example":  # one public and one private answer, as a name that is being rebound gives
            return ["93.184.215.14", "127.0.0.1"]
        return {"2130706433": ["127.0.0.1"], "0x7f.1": ["127.0.0.1"], "0": ["0.0.0.0"]}.get(host, [host.strip("[]")])

    answer = make_client(resolver=resolver).post("/api/v1/reports/read", json={"address": address})
    assert answer.status_code == 400
    assert "127.0.0.1 connection" not in answer.text


def test_a_redirect_to_a_private_address_is_not_followed(monkeypatch: pytest.MonkeyPatch, make_client: Any):
    from offramp.fetch import client as fetching

    monkeypatch.setattr(fetching, "_request", lambda *_: "http://127.0.0.1:1/secret")
    client = make_client(resolver=lambda host, _: ["127.0.0.1" if host.startswith("127") else "93.184.215.14"])
    answer = client.post("/api/v1/reports/read", json={"address": "http://example.org/"})
    assert answer.status_code == 400
    assert "redirects to http://127.0.0.1:1/secret" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/", "/cases/aland-ruler", "/score", "/entries/1"])
def test_hostile_words_are_escaped_on_every_page(make_client: Any, path: str):
    client = make_client()
    text = client.get(path, headers={"Accept": "text/html"}).text
    assert "<script>window" not in text
    assert 'onerror="window' not in text
    assert "<svg onload" not in text
    assert "\u202e" not in text
    if path != "/score":
        assert "&lt;script&gt;window.pwned=1" in text


def test_hostile_report_is_text_in_the_answer_to_reading(make_client: Any):
    client = make_client()
    form = re.search(r'name="form_token" value="([^"]+)"', client.get("/read").text)
    assert form is not None
    text = f"President Alpha of Aland was told to leave office at once. {world.TEXT} He refused to step down."
    answer = client.post("/read", data={"text": text, "form_token": form[1]})
    assert answer.status_code == 200, answer.text[:500]
    assert "<script>window" not in answer.text
    assert 'onerror="window' not in answer.text
    assert "{{ 7*7 }}" in answer.text.replace("&#39;", "'")
    assert "&lt;script&gt;" in answer.text


def test_headers_and_policy(make_client: Any):
    client = make_client()
    for path in ("/", "/api/v1/cases", "/healthz", "/nothing", "/static/htmx.min.js"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
    text = client.get("/cases/aland-ruler").text
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", text)
    assert not re.search(r"\son\w+=", re.sub(r"&lt;.*?&gt;", "", text))


def test_too_large_is_refused_however_it_comes(make_client: Any):
    client = make_client(max_bytes=5000)
    big = {"text": "x" * 6000}
    assert client.post("/api/v1/reports/read", json=big).status_code == 413

    def pieces() -> Any:
        for _ in range(10):
            yield b"x" * 1000

    answer = client.post("/api/v1/reports/read", content=pieces(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert client.post("/api/v1/reports/read", headers={"Content-Length": "-5"}).status_code == 413
    assert client.get("/" + "a" * 3000).status_code == 414


def test_too_fast_is_refused(make_client: Any):
    client = make_client(per_minute=1)  # a bucket that takes a minute to fill, so that a slow machine changes nothing
    found = [client.get("/api/v1/cases") for _ in range(3)]
    assert [answer.status_code for answer in found] == [200, 429, 429]
    assert int(found[-1].headers["retry-after"]) >= 1
    assert client.get("/healthz").status_code == 200


def test_slow_requests_are_hung_up_on(served: Any):
    one = served(body_seconds=0.6)
    with one.connect() as head:
        head.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        start = time.monotonic()
        for _ in range(3):
            time.sleep(0.1)
            head.sendall(b"a")
        assert head.recv(1000) == b""
        assert 0.4 < time.monotonic() - start < 5
    with one.connect() as body:
        body.sendall(b"POST /api/v1/reports/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 100\r\n\r\n{")  # fmt: skip
        assert body.recv(1000).startswith(b"HTTP/1.1 408")
    with one.connect() as again:  # a connection that behaves is kept and may ask twice, slowly
        for _ in range(2):
            again.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b""
            while b'"version"' not in answer:  # head and body may come apart
                answer += again.recv(4000)
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(0.8)


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fapp.py", "/static//etc/passwd", "/static/%00",
     "/static/....//app.py", "/cases/..%2f..%2fetc", "/cases/%00", "/entries/../../etc/passwd", "/games/..%2fx",
     "/api/v1/entries/0", "/api/v1/entries/99999999999999", "/api/v1/entries/1%00", "/static/%5c..%5capp.py"],
)  # fmt: skip
def test_odd_paths_lead_nowhere(make_client: Any, path: str):
    answer = make_client().get(path)
    assert answer.status_code in (404, 422), path
    assert "import" not in answer.text
    assert "root:" not in answer.text


def test_audit_log_has_what_changes_and_what_is_refused_and_no_secret(make_client: Any, tokens: Any, tmp_path: Any):
    client = make_client(demand_tokens=True)
    client.get("/api/v1/cases%0d%0aforged", headers={"Authorization": "Bearer ofr_1_secretsecret"})
    made = client.post("/api/v1/tokens", json={"name": "new"}, headers={"Authorization": f"Bearer {tokens['admin']}"})
    assert made.status_code == 201
    client.get("/api/v1/cases", headers={"Authorization": f"Bearer {tokens['read']}"})
    rows = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(row["method"], row["status"], row["who"]) for row in rows] == [("GET", 401, None), ("POST", 201, "admin")]
    text = (tmp_path / "audit.jsonl").read_text() + (tmp_path / "tokens.json").read_text()
    assert "secretsecret" not in text
    assert all(token.split("_", 2)[2] not in text for token in [*tokens.values(), made.json()["token"]])
    assert (tmp_path / "tokens.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o077 == 0


def test_any_other_address_demands_a_token_that_is_there(tmp_path: Any, filled: Any):
    from offramp.errors import InputError
    from offramp.web.app import create_app
    from offramp.web.run import server
    from offramp.web.settings import Settings

    settings = Settings(host="0.0.0.0", tokens=str(tmp_path / "t.json"), ledger=str(filled[0]), log="none")
    with pytest.raises(InputError, match=r"demands tokens.*serve token new"):
        server(create_app(settings, warm=False), settings)
