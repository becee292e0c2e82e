# The page, built with Node.
FROM node:24-slim AS web
WORKDIR /carnet/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web ./
RUN npm run build

# What Python needs, each package by its hash.
FROM python:3.11-slim AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --require-hashes -r requirements.lock
WORKDIR /carnet
COPY pyproject.toml README.md LICENSE ./
COPY sync ./sync
COPY api ./api
RUN /venv/bin/pip install --no-deps --no-build-isolation -e . && /venv/bin/python -m compileall -q sync api

# The server: nobody in particular, on a file system that it does not write to. Data is under /data.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CARNET_DATA_DIR=/data PATH=/venv/bin:$PATH
RUN useradd --system --uid 10001 --no-create-home carnet && install -d -o carnet -g carnet /data
COPY --from=python /venv /venv
COPY --from=python /carnet /carnet
COPY --from=web /carnet/web/dist /carnet/web/dist
WORKDIR /carnet
USER carnet
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["carnet", "serve", "--host", "0.0.0.0"]
