package dev.chord.client.wire;

import com.google.common.util.concurrent.ListenableFuture;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import io.grpc.MethodDescriptor;
import java.time.Duration;

/**
 * All that the client's rules for keys and records need of what is around them: other processes, time,
 * and chance. {@link PeerChannels} is the one of real rings; the simulator has another, under the same
 * rules. Thread-safe.
 */
public interface Outside {
    /** What passes here, and how to wait. */
    Time time();

    /**
     * Asks a process, without waiting. The future ends at the latest when time is up; it fails with a {@link
     * io.grpc.StatusRuntimeException}: UNAVAILABLE caused by a {@link java.net.ConnectException} where nobody
     * has heard the question, DEADLINE_EXCEEDED where nobody has answered it, and what {@link
     * WireErrors#isAnswer} knows where the process itself declines.
     *
     * @throws dev.chord.client.error.ChordException UNREACHABLE if nobody is asked any more
     */
    <Q, A> ListenableFuture<A> call(Endpoint to, MethodDescriptor<Q, A> method, Q request, Duration limit);

    /** A number by which a write is known again, never 0: drawn so that no two writes have the same. */
    long operation();

    /**
     * Where a name lies on the circle. Every real ring has one hash function; a simulated ring has a circle
     * that is smaller.
     */
    default Identifier keyOf(String name) {
        return Label.key(name);
    }

    /** Waiting in that time. */
    default Await await() {
        return new Await(time());
    }

    /**
     * The same as {@link #call}, waited for.
     *
     * @throws io.grpc.StatusRuntimeException as the future would fail; CANCELLED if interrupted
     */
    default <Q, A> A ask(Endpoint to, MethodDescriptor<Q, A> method, Q request, Duration limit) {
        return await().reply(call(to, method, request, limit));
    }
}
