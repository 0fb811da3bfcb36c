# One worker in a container: docker build -t front-desk .
# Two stages, so that the final image has no build tools. Every package must have the version and the hash in
# requirements.lock; other packages are refused. Development tools are not installed.

FROM python:3.11-slim-bookworm AS build
# Models that plugins fetch also go into .venv, so that the final image has them.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 HF_HOME=/app/.venv/models
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.9 && python -m venv --without-pip .venv
COPY pyproject.toml requirements.lock README.md LICENSE hatch_build.py ./
RUN uv pip install --no-cache --python .venv/bin/python --require-hashes -c requirements.lock \
    -r pyproject.toml --extra offline
# No agent loads these files: tests, ONNX Runtime's library for C programs, ONNX Runtime's tools for model
# authors, and espeak-ng's dictionaries for languages that the offline voice does not speak.
RUN cd .venv/lib/python3.*/site-packages && \
    find . -type d -name tests -prune -exec rm -r {} + && \
    find espeakng_loader/espeak-ng-data -name '*_dict' ! -name en_dict -delete && \
    cd onnxruntime && rm -rf capi/libonnxruntime.so.* backend datasets quantization tools transformers
COPY src ./src
RUN uv pip install --no-cache --python .venv/bin/python --no-deps --build-constraints requirements.lock .
# Download the model files of the installed plugins. The default models need no files.
RUN .venv/bin/python -m livekit.agents download-files

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HF_HOME=/app/.venv/models OFFHOOK_READY=127.0.0.1:8082
RUN useradd --uid 10001 --home-dir /app --no-create-home appuser
WORKDIR /app
COPY --from=build /app/.venv ./.venv
COPY agents ./agents
# The journal is stored here: mount a volume that outlives the container. The worker writes only here and to /tmp, so
# `docker run --read-only --tmpfs /tmp` works.
RUN install -d -o 10001 -g 10001 -m 700 /app/.offhook
VOLUME /app/.offhook
USER 10001:10001
# This check is for liveness, not readiness: Docker must not restart a worker that drains or has lost its server.
# `GET :8082/ready` reports readiness.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8081/', timeout=4)"]
# After SIGTERM, the worker takes no new calls, and running calls may continue for OFFHOOK_DRAIN seconds. Then the
# worker ends the remaining calls with a goodbye (docs/deploying.md). Let Docker wait that long.
STOPSIGNAL SIGTERM
CMD ["python", "agents/agent.py", "start"]
