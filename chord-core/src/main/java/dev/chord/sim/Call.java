package dev.chord.sim;

import dev.chord.core.protocol.Event;
import dev.chord.core.ring.Endpoint;
import java.util.Optional;

/**
 * One remote call: it ends exactly once, with an answer or with a failure, at the latest at its deadline. A deadline is
 * only put into the queue when something goes wrong, which keeps large rings fast and changes nothing.
 */
final class Call<A> {
    /** What is asked, and what becomes of the answer. */
    interface Exchange<A> {
        /** Runs at the process that is asked; ends with {@link Call#answer}, now or later. */
        void serve(SimulatedProcess at, Call<A> call);

        void answered(A answer);

        void failed(Event.Failure failure);
    }

    private static final long REFUSED_MICROS = 1;

    private final SimulatedProcess caller;
    private final Endpoint to;
    private final Exchange<A> exchange;
    private final long deadline;
    private boolean ended;
    private boolean watched;
    private boolean arrived;

    private Call(SimulatedProcess caller, Endpoint to, Exchange<A> exchange, long timeout) {
        this.caller = caller;
        this.to = to;
        this.exchange = exchange;
        this.deadline = caller.ring().simulation().now() + timeout;
    }

    /** A ring message, which the network may deliver twice. */
    static <A> void start(SimulatedProcess caller, Endpoint to, Exchange<A> exchange) {
        Call<A> call = new Call<>(
                caller, to, exchange, caller.ring().settings().timers().timeout());
        call.send(call::arrive);
    }

    /** A call that is carried out at most once, as gRPC's are. */
    static <A> void once(SimulatedProcess caller, Endpoint to, Exchange<A> exchange, long timeout) {
        Call<A> call = new Call<>(caller, to, exchange, timeout);
        call.send(() -> {
            if (!call.arrived) {
                call.arrived = true;
                call.arrive();
            }
        });
    }

    private void send(Runnable arrival) {
        SimulatedNetwork network = caller.ring().network();
        if (network.refuses(caller.endpoint(), to)) {
            fail("connection refused", false, REFUSED_MICROS);
        } else if (network.send(caller.endpoint(), to, arrival) < 0) {
            watch();
        }
    }

    private void arrive() {
        Optional<SimulatedProcess> callee = caller.ring().process(to);
        if (callee.isPresent()) {
            if (!callee.get().running()) {
                watch();
            }
            callee.get().run(() -> exchange.serve(callee.get(), this));
        } else if (caller.ring().settings().refuses()) {
            fail("connection refused", false, REFUSED_MICROS);
        } else {
            watch();
        }
    }

    /** Sends the answer back. */
    void answer(A answer) {
        long arrival = caller.ring()
                .network()
                .send(to, caller.endpoint(), () -> caller.run(() -> end(() -> exchange.answered(answer))));
        if (arrival < 0 || arrival > deadline) {
            watch();
        }
    }

    /** Sends back that there will be no answer. */
    void decline(Event.Failure why) {
        caller.ring().network().send(to, caller.endpoint(), () -> caller.run(() -> end(() -> exchange.failed(why))));
        watch();
    }

    /** The process is there, but hosts no such member. */
    void unknownMember() {
        decline(new Event.Failure("no such member there", true));
    }

    /** From now on somebody has to look at the clock. */
    void watch() {
        if (!watched && !ended) {
            watched = true;
            fail(
                    "no answer in time",
                    false,
                    Math.max(0, deadline - caller.ring().simulation().now()));
        }
    }

    private void fail(String why, boolean certain, long after) {
        caller.ring()
                .simulation()
                .after(after, () -> caller.run(() -> end(() -> exchange.failed(new Event.Failure(why, certain)))));
    }

    private void end(Runnable then) {
        if (!ended) {
            ended = true;
            then.run();
        }
    }
}
