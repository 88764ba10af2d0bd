package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.demo.LocalRing;
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetStatusRequest;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who speaks another version of the protocol is told so, by every service, and joins nothing. */
class OtherVersionTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    static Path work;

    private static LocalRing ring;

    @BeforeAll
    static void start() throws IOException {
        ring = new LocalRing(Files.createDirectories(work.resolve("ring")), 1);
        ring.awaitIdeal(LIMIT);
    }

    @AfterAll
    static void stop() {
        ring.close();
    }

    private static ChordException asked(Metadata said, Function<Channel, Object> question) {
        Endpoint node = ring.entry();
        ManagedChannel channel = NettyChannelBuilder.forAddress(node.host(), node.port())
                .usePlaintext()
                .intercept(MetadataUtils.newAttachHeadersInterceptor(said))
                .build();
        try {
            throw new AssertionError("it was answered: " + question.apply(channel));
        } catch (StatusRuntimeException e) {
            assertThat(WireErrors.isAnswer(e)).as(e.toString()).isTrue();
            return WireErrors.fromStatus(e, node);
        } finally {
            channel.shutdownNow();
        }
    }

    private static Metadata headers(String... version) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("chord-ring", Metadata.ASCII_STRING_MARSHALLER), "default");
        for (String one : version) {
            headers.put(Metadata.Key.of("chord-protocol", Metadata.ASCII_STRING_MARSHALLER), one);
        }
        return headers;
    }

    @Test
    void everyServiceRefusesACallerOfAnotherVersion() {
        List<Function<Channel, Object>> questions = List.of(
                channel -> RingServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .exchange(RingRequest.getDefaultInstance()),
                channel -> RecordServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .listRefused(ListRefusedRequest.getDefaultInstance()),
                channel -> BlockServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .hasBlocks(HasBlocksRequest.getDefaultInstance()),
                channel -> AdminServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .getStatus(GetStatusRequest.getDefaultInstance()));
        for (Function<Channel, Object> question : questions) {
            for (Metadata said : List.of(
                    headers("2"),
                    headers("0"),
                    headers("-1"),
                    headers("1.0"),
                    headers("one"),
                    headers(""),
                    headers())) {
                ChordException refused = asked(said, question);
                assertThat(refused.code()).as(refused.toString()).isEqualTo(ErrorCode.INCOMPATIBLE);
                assertThat(refused.getMessage()).contains("speaks protocol 1");
            }
        }
        assertThat(asked(headers("2"), questions.get(1)).getMessage()).contains("the caller 2");
    }

    /** Lets bytes through to a node, but the number of the protocol that a caller says. */
    private static final class OtherNumber implements AutoCloseable {
        private static final byte[] SAID = "chord-protocol\u00011".getBytes(StandardCharsets.ISO_8859_1);

        private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Endpoint node;
        private final AtomicInteger changed = new AtomicInteger();

        OtherNumber(Endpoint node) throws IOException {
            this.node = node;
            begin(() -> {
                while (true) {
                    Socket caller = door.accept();
                    Socket called = new Socket(node.host(), node.port());
                    begin(() -> pass(caller, called, true));
                    begin(() -> pass(called, caller, false));
                }
            });
        }

        private interface Passing {
            void run() throws IOException;
        }

        private static void begin(Passing passing) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            passing.run();
                        } catch (IOException e) {
                            // one side has hung up
                        }
                    },
                    "relay");
            thread.setDaemon(true);
            thread.start();
        }

        private void pass(Socket from, Socket to, boolean asks) throws IOException {
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                byte[] bytes = new byte[64 * 1024];
                for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                    for (int at = 0; asks && at + SAID.length <= n; at++) {
                        if (Arrays.equals(bytes, at, at + SAID.length, SAID, 0, SAID.length)) {
                            bytes[at + SAID.length - 1] = '2';
                            changed.incrementAndGet();
                        }
                    }
                    out.write(bytes, 0, n);
                    out.flush();
                }
            }
        }

        Endpoint endpoint() {
            return new Endpoint(node.host(), door.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            door.close();
        }
    }

    @Test
    void aNodeOfAnotherVersionDoesNotJoinAndDoesNotWaitUntilItMay() throws Exception {
        try (OtherNumber relay = new OtherNumber(ring.entry())) {
            NodeConfig config = NodeConfig.defaults()
                    .with(ConfigKey.NODE_DATA_DIR, work.resolve("other").toString())
                    .with(ConfigKey.GRPC_BIND, "127.0.0.1:0")
                    .with(ConfigKey.RING_PRESET, "local")
                    .with(ConfigKey.RING_JOIN_TIMEOUT, "1d")
                    .with(ConfigKey.RING_JOIN, relay.endpoint().toString());
            CompletableFuture<ChordNode> joining =
                    CompletableFuture.supplyAsync(() -> ChordNode.start(config, new SimpleMeterRegistry()));
            ExecutionException failed = catchThrowableOfType(
                    ExecutionException.class, () -> joining.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
            assertThat(relay.changed).as("times that it said its version").hasPositiveValue();
            assertThat(failed).hasCauseInstanceOf(ChordException.class);
            ChordException refused = (ChordException) failed.getCause();
            assertThat(refused.code()).as(refused.toString()).isEqualTo(ErrorCode.INCOMPATIBLE);
            assertThat(refused.getMessage())
                    .contains("cannot join through " + relay.endpoint())
                    .contains("speaks protocol 1, the caller 2");
            assertThat(ring.nodes().get(0).loop().states().get(0).view().known())
                    .as("whom the ring knows")
                    .hasSizeLessThanOrEqualTo(1);
        }
    }
}
