# The page, built with Node.
FROM node:24-slim AS web
WORKDIR /carnet/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web ./
RUN npm run build

# The server.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CARNET_DATA_DIR=/data
WORKDIR /carnet
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY sync ./sync
COPY api ./api
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . && python -m compileall -q sync api
COPY --from=web /carnet/web/dist ./web/dist

RUN useradd --system --uid 10001 --no-create-home carnet && install -d -o carnet -g carnet /data
USER carnet
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["carnet", "serve", "--host", "0.0.0.0"]
