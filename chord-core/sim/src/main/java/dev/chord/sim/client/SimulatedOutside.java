package dev.chord.sim.client;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.Outside;
import dev.chord.client.wire.Time;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Event;
import dev.chord.core.ring.Endpoint;
import dev.chord.sim.Call;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedValue;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What is around the client's program in a simulated process: the messages of the wire over the simulated
 * network, whose faults look to it as those of a real one do.
 */
final class SimulatedOutside implements Outside {
    private final SimulatedProcess process;
    private final Programs programs;
    private final Witness witness;
    private final Time time;

    /** Sees what clients and processes say to each other. */
    interface Witness {
        void asked(Object question);

        void answered(Object question, Object answer);
    }

    SimulatedOutside(SimulatedProcess process, Programs programs, Witness witness) {
        this.process = process;
        this.programs = programs;
        this.witness = witness;
        this.time = new VirtualTime(process.ring().simulation(), programs, process::run);
    }

    @Override
    public Time time() {
        return time;
    }

    @Override
    public long operation() {
        return programs.current().nextNumber();
    }

    @Override
    public Identifier keyOf(String name) {
        return SimulatedValue.keyOf(name);
    }

    @Override
    public <Q, A> ListenableFuture<A> call(Endpoint to, MethodDescriptor<Q, A> method, Q request, Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            return Futures.immediateFailedFuture(Status.DEADLINE_EXCEEDED.asRuntimeException());
        }
        witness.asked(request);
        SettableFuture<A> reply = SettableFuture.create();
        Call.Exchange<A> exchange = new Call.Exchange<>() {
            @Override
            public void serve(SimulatedProcess at, Call<A> call) {
                SimulatedServices.serve(at, method, request, call);
            }

            @Override
            public void answered(A answer) {
                witness.answered(request, answer);
                reply.set(answer);
            }

            @Override
            public void failed(Event.Failure failure) {
                reply.setException(status(failure));
            }
        };
        Call.timely(process, to, exchange, Math.max(1, TimeUnit.NANOSECONDS.toMicros(limit.toNanos())));
        return reply;
    }

    private static StatusRuntimeException status(Event.Failure failure) {
        if (failure.equals(Call.REFUSED)) {
            return Status.UNAVAILABLE
                    .withDescription("io exception")
                    .withCause(new ConnectException("Connection refused"))
                    .asRuntimeException();
        }
        if (failure.equals(Call.SILENT)) {
            return Status.DEADLINE_EXCEEDED.asRuntimeException();
        }
        ErrorCode code = failure.certain() ? ErrorCode.NOT_FOUND : ErrorCode.UNREACHABLE;
        return WireErrors.toStatus(new ChordException(code, failure.detail(), "ask again"));
    }
}
