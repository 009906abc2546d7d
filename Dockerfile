# syntax=docker/dockerfile:1
FROM debian:12-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN scripts/package && mkdir /out && cp build/release/hil-scheduler_*.deb /out/hil.deb

FROM debian:12-slim
LABEL org.opencontainers.image.title="hil-scheduler" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/hil.deb /tmp/hil.deb
RUN apt-get update \
    && apt-get install -y --no-install-recommends /tmp/hil.deb curl \
    && rm -rf /var/lib/apt/lists/* /tmp/hil.deb
USER hil-scheduler
WORKDIR /var/lib/hil-scheduler
VOLUME ["/var/lib/hil-scheduler", "/var/log/hil-scheduler"]
EXPOSE 8050
# The plants are stopped in order: give it the time (docker stop -t 90).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s CMD curl -fsS http://127.0.0.1:8050/health/live
ENTRYPOINT ["/usr/bin/hil_scheduler"]
CMD ["run", "--config", "/etc/hil-scheduler/hil.json", "--data-dir", "/var/lib/hil-scheduler"]
