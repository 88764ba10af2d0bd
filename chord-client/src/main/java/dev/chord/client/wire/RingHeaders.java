package dev.chord.client.wire;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The metadata every call carries: which ring is meant, and which version of the contract is spoken. A ring's
 * name that metadata cannot carry as text goes as bytes under a key of its own; names of plain ASCII go as
 * they always have.
 */
public final class RingHeaders implements ClientInterceptor {
    /** The version of the wire contract. */
    public static final int PROTOCOL = 1;

    public static final Metadata.Key<String> VERSION =
            Metadata.Key.of("chord-protocol", Metadata.ASCII_STRING_MARSHALLER);

    /** The ring's name where it is printable ASCII; {@link #ring} reads any. */
    public static final Metadata.Key<String> RING = Metadata.Key.of("chord-ring", Metadata.ASCII_STRING_MARSHALLER);

    private static final Metadata.Key<byte[]> RING_BYTES =
            Metadata.Key.of("chord-ring-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private final String ring;

    public RingHeaders(String ring) {
        this.ring = ring;
    }

    /** Says which ring is meant. */
    static void put(Metadata headers, String ring) {
        if (ring.equals(ring.strip()) && ring.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            headers.put(RING, ring);
        } else {
            headers.put(RING_BYTES, ring.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The ring that a caller means; empty: it does not say, or not in UTF-8. */
    public static Optional<String> ring(Metadata headers) {
        byte @Nullable [] bytes = headers.get(RING_BYTES);
        if (bytes == null) {
            return Optional.ofNullable(headers.get(RING));
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    @Override
    public <Q, P> ClientCall<Q, P> interceptCall(MethodDescriptor<Q, P> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<P> listener, Metadata headers) {
                put(headers, ring);
                headers.put(VERSION, Integer.toString(PROTOCOL));
                super.start(listener, headers);
            }
        };
    }
}
