# docker build -t galley .
# docker run -p 127.0.0.1:3000-3002:3000-3002 -v galley:/data galley
# The first start prints the owner's sign-in link: docker logs. Several nodes: compose.yaml.

# Any image of Node 20.19 or newer on Debian; by its digest, where a build is to be repeated to the byte.
ARG BASE=node:22-bookworm-slim

FROM ${BASE} AS build
# better-sqlite3 is compiled where no binary of it can be fetched.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# What runs is what the npm package holds, with those versions of its dependencies that the tests ran with. Of
# better-sqlite3 that is the binary, without what it was made from.
RUN npm pack --pack-destination /tmp && npm prune --omit=dev --no-audit --no-fund \
  && mkdir /galley && tar -xzf /tmp/galley-*.tgz -C /galley --strip-components=1 \
  && cd node_modules/better-sqlite3 && mv build/Release/better_sqlite3.node . && rm -rf build deps src \
  && mkdir -p build/Release && mv better_sqlite3.node build/Release \
  && mv /build/node_modules /galley

FROM ${BASE}
LABEL org.opencontainers.image.title="Galley" \
  org.opencontainers.image.description="A self-hosted server for live pages" \
  org.opencontainers.image.licenses="MIT"
# A home also for users that no base image knows of.
ENV NODE_ENV=production HOME=/data GALLEY_HOST=0.0.0.0 GALLEY_DATA_DIR=/data
COPY --from=build /galley /galley
# By number, so that whoever runs it can see that it is not root.
RUN ln -s /galley/dist/bin/galley.js /usr/local/bin/galley && install -d -o 1000 -g 1000 /data
USER 1000:1000
# All that it writes is here, and nothing where there is a DATABASE_URL: the rest may be read-only.
VOLUME /data
WORKDIR /data
# The app, and the two content origins of a server that is on localhost.
EXPOSE 3000 3001 3002
# PostgreSQL may take half a minute to come up.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GALLEY_PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["galley"]
CMD ["serve"]
