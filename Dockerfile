# Untested: no container engine was at hand where this was written. See docs/serve.md.
# Build: docker build -t offramp .    Run: see docs/serve.md (a token first; the port is published to loopback).
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock requirements-dev.lock pyproject.toml README.md LICENSE THIRD_PARTY.md ./
COPY src ./src
# What serving needs beyond the core is taken at the versions and hashes of the development lock.
RUN python -m venv /opt/offramp \
 && /opt/offramp/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock \
 && /opt/offramp/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 offramp && mkdir /data && chown offramp /data
COPY --from=build /opt/offramp /opt/offramp
USER offramp
ENV PATH=/opt/offramp/bin:$PATH \
    OFFRAMP_LEDGER=/data/ledger.sqlite \
    OFFRAMP_SERVE_HOST=0.0.0.0 \
    OFFRAMP_SERVE_TOKENS=/data/tokens.json \
    OFFRAMP_SERVE_AUDIT=/data/audit.jsonl \
    OFFRAMP_SERVE_HOSTS=localhost,127.0.0.1
VOLUME /data
EXPOSE 8484
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8484/healthz', timeout=4)"]
CMD ["offramp", "serve"]
