# An image that runs the program:
#   docker build -t maskbench .
#   docker run --rm --user "$(id -u)" -v "$PWD":/data maskbench select --data docs.parquet --quality score --fraction 0.1 --out ids.parquet
# Untested as an image, docker was not at hand: the second stage's steps were tried in a bare Debian 12 folder (debootstrap, minbase), where
# the program selected from web_sample; the first stage's are those of scripts/test.
FROM debian:12 AS build
WORKDIR /src
COPY . .
RUN scripts/bootstrap
RUN cmake --preset release -D MASKBENCH_TESTS=OFF && cmake --build --preset release --parallel "$(nproc)" --target maskbench
# The program, the libraries that it loads (Debian's C library aside, which the next stage has), samples, cards, descriptors and schemas.
RUN mkdir -p /image/bin /image/lib /image/root && cp build/release/maskbench /image/bin && \
    ldd build/release/maskbench | awk '/=> \//{print $3}' | grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv)\.so' | xargs cp -L -t /image/lib && \
    cp -r --parents datasets/samples datasets/cards experiments/descriptors experiments/schema LICENSE /image/root

FROM debian:12-slim
COPY --from=build /image /opt/maskbench
RUN echo /opt/maskbench/lib >/etc/ld.so.conf.d/maskbench.conf && ldconfig && useradd --create-home maskbench
ENV PATH=/opt/maskbench/bin:$PATH MASKBENCH_ROOT=/opt/maskbench/root
USER maskbench
WORKDIR /data
ENTRYPOINT ["maskbench"]
CMD ["--help"]
