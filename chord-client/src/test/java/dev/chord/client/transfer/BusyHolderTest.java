package dev.chord.client.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A holder that turns calls away because it is busy. */
class BusyHolderTest {
    private static final byte[] LARGE = new byte[BlockClient.SMALL + 1];
    private static final Identifier DIGEST = Identifier.sha256(LARGE);

    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final PeerChannels channels = new PeerChannels("default");
    private Server server;
    private BlockClient client;
    private Peer holder;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new BlockServiceGrpc.BlockServiceImplBase() {
                    @Override
                    public void putBlock(PutBlockRequest request, StreamObserver<PutBlockReply> out) {
                        if (asked.getAndIncrement() < busy.get()) {
                            out.onError(Status.RESOURCE_EXHAUSTED
                                    .withDescription("too many calls at once")
                                    .asRuntimeException());
                        } else {
                            out.onNext(PutBlockReply.newBuilder()
                                    .addHolders(WireCodec.out(holder))
                                    .build());
                            out.onCompleted();
                        }
                    }
                })
                .build()
                .start();
        holder = new Peer(Identifier.of(1), new Endpoint("127.0.0.1", server.getPort()), "z", Identifier.of(1), 1);
        client = new BlockClient(
                channels,
                new KeyLocator(
                        channels,
                        List.of(),
                        key -> Optional.of(new Lookup.Result(key, Optional.of(holder), List.of(holder), List.of()))));
    }

    @AfterEach
    void stop() {
        channels.close();
        server.shutdownNow();
    }

    @Test
    void isAskedAgainUntilItHasTime() {
        busy.set(12);
        assertThat(client.put(DIGEST, LARGE, 1, Duration.ofSeconds(60))).isNotNull();
        assertThat(asked).hasValue(13);
    }

    @Test
    void isGivenUpWhenTheTimeIsOverAndSaysThatItIsBusy() {
        busy.set(1);
        assertThat(client.put(DIGEST, LARGE, 1, Duration.ofSeconds(60)))
                .as("connected")
                .isNotNull();
        busy.set(Integer.MAX_VALUE);
        assertThatThrownBy(() -> client.put(DIGEST, LARGE, 1, Duration.ofSeconds(5)))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNFINISHED));
    }
}
