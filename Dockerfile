# The program `bantin`, built from source. The demo, with nothing else to set up:
#
#   docker build -t bantin .
#   docker run --rm -p 8080:8080 bantin demo

FROM rust:1.95.0-slim-trixie AS build
# Cargo features: postgres-tls encrypts the connection to PostgreSQL. FEATURES= builds without.
ARG FEATURES="postgres-tls"
# OpenSSL's headers are needed by postgres-tls only; SQLite and libpq are compiled from their source.
RUN apt-get update && apt-get install -y --no-install-recommends libssl-dev pkg-config && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlive the build, so that a change of our own code does not compile every dependency again.
# What is built stays in such a cache, hence the copy.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p bantin-cli ${FEATURES:+--features "$FEATURES"} && \
    cp target/release/bantin /usr/local/bin/bantin

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3t64 && rm -rf /var/lib/apt/lists/*
# A number above those of the system's users: the owner of the volumes is the same wherever they are mounted.
# /keys is apart from /data, because the secret key must never be in a backup of the data.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin bantin && \
    install -d -o bantin -g bantin -m 0700 /data /keys
COPY --from=build /usr/local/bin/bantin /usr/local/bin/bantin
COPY LICENSE LICENSE-MIT LICENSE-APACHE /usr/share/doc/bantin/

# Inside a container the loopback address would be reached by nobody.
ENV BANTIN_LISTEN=0.0.0.0:8080 \
    BANTIN_DATA_DIR=/data \
    BANTIN_DATABASE_URL=sqlite:/data/bantin.db \
    BANTIN_SECRET_KEY_FILE=/keys/secret.key
USER bantin
WORKDIR /data
VOLUME ["/data", "/keys"]
EXPOSE 8080
ENTRYPOINT ["bantin"]
CMD ["serve"]
