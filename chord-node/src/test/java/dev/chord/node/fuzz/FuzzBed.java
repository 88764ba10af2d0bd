package dev.chord.node.fuzz;

import dev.chord.client.Ring;
import dev.chord.client.RingOptions;
import dev.chord.node.demo.LocalRing;
import dev.chord.node.gateway.Gateway;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One node with its gateway on loopback, made when the first target asks for it and kept for the life of the
 * process: a fuzzer calls its target thousands of times a second and cannot start a node for each.
 */
final class FuzzBed {
    static final String NAME = "kept/file";
    static final byte[] CONTENT = "these bytes are there before and after".getBytes(StandardCharsets.US_ASCII);
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static Optional<FuzzBed> only = Optional.empty();

    final LocalRing ring;
    final Gateway gateway;
    final Path work;
    final ManagedChannel channel;
    private final Ring client;

    private FuzzBed() throws IOException {
        work = Files.createTempDirectory("chord-fuzz");
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 1);
        ring.awaitIdeal(LIMIT);
        gateway = Gateway.start(ring.nodes().get(0), () -> "chord_up 1\n").orElseThrow();
        client = Ring.connect(RingOptions.DEFAULT, List.of(ring.entry()));
        channel = NettyChannelBuilder.forAddress(
                        ring.entry().host(), ring.entry().port())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
        Path file = Files.write(work.resolve("file"), CONTENT);
        client.files().put(file, NAME);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "fuzz-bed-close"));
    }

    static synchronized FuzzBed get() {
        if (only.isEmpty()) {
            try {
                only = Optional.of(new FuzzBed());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return only.get();
    }

    int httpPort() {
        return URI.create(gateway.url()).getPort();
    }

    /** Fails unless the node still stores and finds: whatever came in may not have broken it. */
    void assertWorks() {
        Path copy = work.resolve("copy");
        try {
            Files.deleteIfExists(copy);
            client.files().download(NAME, copy);
            if (!Arrays.equals(Files.readAllBytes(copy), CONTENT)) {
                throw new AssertionError("the file that was there before has other bytes now");
            }
            client.files().put(copy, "again");
            client.names().remove("again", Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void close() {
        client.close();
        channel.shutdownNow();
        try {
            channel.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        gateway.close();
        ring.close();
    }
}
