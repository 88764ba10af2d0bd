package dev.chord.node.rpc;

import dev.chord.core.bounds.CallMemory;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How much of this node calls may have. One that is only begun holds the bytes that have come, and is ended
 * if no more come. Once its request is complete it takes a permit and goes to the threads of its kind.
 * Connections share all of that as {@link FairRoom} has it; who is over its share is told so at once, and
 * nothing waits without bound. Some permits are for the ring's messages and questions about health alone.
 *
 * <p>Called on network threads; blocks none.
 */
final class CallRoom implements ServerInterceptor {
    static final int PERMITS = 992;
    static final int FOR_RING = 32;

    /** Within which more of a request has to come, or of an answer to be taken. */
    private static final long STALL_NANOS = 30_000_000_000L;

    private static final Context.Key<Arrival> ARRIVAL = Context.key("chord-arrival");
    // What others judge a node's life by: it gets through when nothing else does.
    private static final Set<String> VITAL = Set.of("chord.v1.RingService", HealthGrpc.SERVICE_NAME);

    private final Function<MethodDescriptor<?, ?>, Executor> threads;
    private final Set<RoomedCall<?, ?>> open = ConcurrentHashMap.newKeySet();
    private final FairRoom permits = new FairRoom(PERMITS);
    private final FairRoom ringPermits = new FairRoom(FOR_RING);
    private final FairRoom arriving;
    private final FairRoom inHand;
    private volatile Consumer<String> refusals = method -> {};

    /** @param threads which ones carry a call once its request is complete */
    CallRoom(CallMemory memory, Function<MethodDescriptor<?, ?>, Executor> threads) {
        this.arriving = new FairRoom(memory.unfinished());
        this.inHand = new FairRoom(memory.inHand());
        this.threads = threads;
    }

    /** @param told of the method of each call that is turned away */
    void onRefusal(Consumer<String> told) {
        refusals = told;
    }

    /** The connection that the current call came on; one and the same where there is none. */
    static Object caller() {
        return Optional.ofNullable(ARRIVAL.get())
                .flatMap(a -> Optional.ofNullable(a.call))
                .map(RoomedCall::caller)
                .orElse(CallRoom.class);
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
        Object caller = String.valueOf(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        RoomedCall<Q, P> mine = new RoomedCall<>(this, call, caller, threads.apply(call.getMethodDescriptor()));
        open.add(mine);
        Arrival arrival = ARRIVAL.get();
        if (arrival != null) {
            arrival.call = mine;
        }
        return mine.told(next.startCall(mine, headers));
    }

    FairRoom arriving() {
        return arriving;
    }

    FairRoom inHand() {
        return inHand;
    }

    /** Takes a permit: where it is from, or null if there is none for this caller. */
    @Nullable
    FairRoom permit(Object caller, MethodDescriptor<?, ?> method) {
        if (permits.take(caller, 1)) {
            return permits;
        }
        return VITAL.contains(String.valueOf(method.getServiceName())) && ringPermits.take(caller, 1)
                ? ringPermits
                : null;
    }

    void refused(RoomedCall<?, ?> call) {
        refusals.accept(String.valueOf(call.getMethodDescriptor().getBareMethodName()));
    }

    void over(RoomedCall<?, ?> call) {
        open.remove(call);
    }

    /** Ends calls of which nothing comes, and answers that nobody takes. */
    void sweep() {
        long now = System.nanoTime();
        open.forEach(call -> call.endIfStalled(now, STALL_NANOS));
    }

    /** Sees the bytes of requests while they come. */
    static ServerStreamTracer.Factory arrivals() {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new Arrival();
            }
        };
    }

    /** Tells a call of its bytes and of its end, on the network thread. */
    private static final class Arrival extends ServerStreamTracer {
        private volatile @Nullable RoomedCall<?, ?> call;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(ARRIVAL, this);
        }

        @Override
        public void inboundWireSize(long bytes) {
            RoomedCall<?, ?> mine = call;
            if (mine != null) {
                mine.bytes(bytes);
            }
        }

        @Override
        public void streamClosed(Status status) {
            RoomedCall<?, ?> mine = call;
            if (mine != null) {
                mine.gone();
            }
        }
    }
}
