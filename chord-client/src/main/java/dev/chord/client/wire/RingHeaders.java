package dev.chord.client.wire;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;

/** The metadata every call carries: which ring is meant, and which version of the contract is spoken. */
public final class RingHeaders implements ClientInterceptor {
    /** The version of the wire contract. */
    public static final int PROTOCOL = 1;

    public static final Metadata.Key<String> RING = Metadata.Key.of("chord-ring", Metadata.ASCII_STRING_MARSHALLER);
    public static final Metadata.Key<String> VERSION =
            Metadata.Key.of("chord-protocol", Metadata.ASCII_STRING_MARSHALLER);

    private final String ring;

    public RingHeaders(String ring) {
        this.ring = ring;
    }

    @Override
    public <Q, P> ClientCall<Q, P> interceptCall(MethodDescriptor<Q, P> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<P> listener, Metadata headers) {
                headers.put(RING, ring);
                headers.put(VERSION, Integer.toString(PROTOCOL));
                super.start(listener, headers);
            }
        };
    }
}
