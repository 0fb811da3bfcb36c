# One worker in a container: docker build -t front-desk .
# Two stages, so that nothing that only builds is in what runs. Every package has the version and a hash that
# requirements.lock gives it; one that is not in there is refused. Development tools are not installed.

FROM python:3.11-slim-bookworm AS build
# Models that plugins fetch go into .venv too, so that they come along.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 HF_HOME=/app/.venv/models
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9 && python -m venv --without-pip .venv
COPY pyproject.toml requirements.lock README.md LICENSE hatch_build.py ./
RUN uv pip install --no-cache --python .venv/bin/python --require-hashes -c requirements.lock \
    -r pyproject.toml --extra offline
COPY src ./src
RUN uv pip install --no-cache --python .venv/bin/python --no-deps --build-constraints requirements.lock .
# The model files that the installed plugins want; with the models chosen here there are none to fetch.
RUN .venv/bin/python -m livekit.agents download-files

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HF_HOME=/app/.venv/models OFFHOOK_READY=127.0.0.1:8082
RUN useradd --uid 10001 --home-dir /app --no-create-home appuser
WORKDIR /app
COPY --from=build /app/.venv ./.venv
COPY agents ./agents
# The journal lives here: mount a volume that outlives the container. Besides it only /tmp is written to, so that
# `docker run --read-only --tmpfs /tmp` works.
RUN install -d -o 10001 -g 10001 -m 700 /app/.offhook
VOLUME /app/.offhook
USER 10001:10001
# Alive, not ready: a worker that drains or has lost its server must not be restarted. Ready is GET :8082/ready.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8081/', timeout=4)"]
# SIGTERM: no new calls; running ones may finish, then hear a goodbye (docs/deploying.md). Give it that time.
STOPSIGNAL SIGTERM
CMD ["python", "agents/agent.py", "start"]
