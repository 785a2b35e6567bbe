# syntax=docker/dockerfile:1
# Builds with everything, ships with what runs: node, the compiled program, its dependencies.

FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY proto proto
COPY openapi openapi
COPY src src
COPY gateway gateway
COPY scripts scripts
RUN npm run build && npm run sbom && npm prune --omit=dev --ignore-scripts

FROM node:26-bookworm-slim
LABEL org.opencontainers.image.title="rocketway" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/sbom.cdx.json ./
COPY LICENSE NOTICE ./
RUN ln -s /app/dist/bundle/main/rocketway.mjs /usr/local/bin/rocketway \
 && mkdir /data && chown node:node /data
USER node
VOLUME /data
# The gateway's fronts, for a published port of the host or a balancer in front: TLS ends there, or
# is set up with gateway.http.tls and gateway.grpc.tls instead of plainText. namesrv and broker stay
# on the container's loopback: they have no users until somebody makes them.
EXPOSE 8080 8081
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["rocketway", "health"]
ENTRYPOINT ["rocketway"]
CMD ["up", "--data", "/data", "--gateway-host", "0.0.0.0", "--require-auth", \
     "--set", "gateway.plainText=true"]
