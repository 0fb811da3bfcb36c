# One worker in a container: docker build -t front-desk .
# Two stages, so that nothing that only builds is in what runs. Versions and hashes come from requirements.lock.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9 && python -m venv .venv
COPY pyproject.toml requirements.lock README.md ./
RUN uv pip install --no-cache --python .venv/bin/python -c requirements.lock -r pyproject.toml --extra offline
COPY src ./src
RUN uv pip install --no-cache --python .venv/bin/python --no-deps .
# The model files that the installed plugins want; with the models chosen here there are none to fetch.
RUN .venv/bin/python -m livekit.agents download-files

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --home-dir /app --no-create-home appuser
WORKDIR /app
COPY --from=build /app/.venv ./.venv
COPY agents ./agents
# The journal lives here: mount a volume that outlives the container.
RUN install -d -o appuser -m 700 /app/.offhook
VOLUME /app/.offhook
USER appuser
# SIGTERM: no new calls; running ones may finish, then hear a goodbye (docs/running.md). Give it that time.
STOPSIGNAL SIGTERM
CMD ["python", "agents/agent.py", "start"]
