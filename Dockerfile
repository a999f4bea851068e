# docker build -t galley .
# docker run -p 127.0.0.1:3000-3002:3000-3002 -v galley:/data galley
# The first start prints the owner's sign-in link: docker logs.
FROM node:22-slim AS build
# better-sqlite3 is compiled where no binary of it can be fetched.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /galley
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-slim
WORKDIR /galley
ENV NODE_ENV=production GALLEY_HOST=0.0.0.0 GALLEY_DATA_DIR=/data
COPY --from=build /galley/package.json /galley/LICENSE ./
COPY --from=build /galley/node_modules node_modules
COPY --from=build /galley/dist dist
RUN ln -s /galley/dist/bin/galley.js /usr/local/bin/galley && install -d -o node -g node /data
USER node
VOLUME /data
# The app, and the two content origins of a server that is on localhost.
EXPOSE 3000 3001 3002
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://localhost:${process.env.GALLEY_PORT ?? 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["galley"]
CMD ["serve"]
