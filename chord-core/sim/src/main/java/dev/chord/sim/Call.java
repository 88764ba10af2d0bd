package dev.chord.sim;

import dev.chord.core.protocol.Event;
import dev.chord.core.ring.Endpoint;
import java.util.Optional;

/**
 * One remote call: it ends exactly once, with an answer or with a failure, at the latest at its deadline.
 * A deadline is only put into the queue when something goes wrong, which keeps large rings fast and
 * changes nothing.
 */
public final class Call<A> {
    /** What is asked, and what becomes of the answer. */
    public interface Exchange<A> {
        /** Runs at the process that is asked; ends with {@link Call#answer}, now or later. */
        void serve(SimulatedProcess at, Call<A> call);

        void answered(A answer);

        void failed(Event.Failure failure);
    }

    /** Nobody is there, and that is said at once: the question was heard by nobody. */
    public static final Event.Failure REFUSED = new Event.Failure("connection refused", false);

    /** No answer came: it may be on its way, or the question, or either is lost. */
    public static final Event.Failure SILENT = new Event.Failure("no answer in time", false);

    private static final long REFUSED_MICROS = 1;

    private final SimulatedProcess caller;
    private final Endpoint to;
    private final Exchange<A> exchange;
    private final long deadline;
    private final boolean once;
    private boolean ended;
    private boolean watched;
    private boolean arrived;

    private Call(SimulatedProcess caller, Endpoint to, Exchange<A> exchange, long timeout, boolean once) {
        this.caller = caller;
        this.to = to;
        this.exchange = exchange;
        this.once = once;
        this.deadline = caller.ring().simulation().now() + timeout;
    }

    /** A ring message, which the network may deliver twice. */
    static <A> void start(SimulatedProcess caller, Endpoint to, Exchange<A> exchange) {
        new Call<>(caller, to, exchange, caller.ring().settings().timers().timeout(), false).send();
    }

    /** A call that is carried out at most once, as gRPC's are. */
    static <A> void once(SimulatedProcess caller, Endpoint to, Exchange<A> exchange, long timeout) {
        new Call<>(caller, to, exchange, timeout, true).send();
    }

    /** The same, of which the caller hears the end in time although it was sent by nobody any more. */
    public static <A> void timely(SimulatedProcess caller, Endpoint to, Exchange<A> exchange, long timeout) {
        Call<A> call = new Call<>(caller, to, exchange, timeout, true);
        call.send();
        call.watch();
    }

    private void send() {
        SimulatedNetwork network = caller.ring().network();
        if (network.refuses(caller.endpoint(), to)) {
            fail(REFUSED, REFUSED_MICROS);
        } else if (network.send(caller.endpoint(), to, new Arrival()) < 0) {
            watch();
        }
    }

    /** The question gets to where it was sent. */
    private final class Arrival implements EventQueue.Foreseen {
        private Optional<SimulatedProcess> expected = Optional.empty();

        @Override
        public EventQueue.Subject subject() {
            expected = caller.ring().process(to);
            return expected.orElse(caller);
        }

        @Override
        public void run() {
            if (arrived && once) {
                return;
            }
            arrived = true;
            boolean still = expected.isPresent() && expected.get().alive();
            arrive(still ? expected : caller.ring().process(to));
        }
    }

    private void arrive(Optional<SimulatedProcess> callee) {
        if (callee.isPresent()) {
            SimulatedProcess at = callee.get();
            if (at.running()) {
                exchange.serve(at, this);
            } else {
                watch();
                at.run(() -> exchange.serve(at, this));
            }
        } else if (caller.ring().settings().refuses()) {
            fail(REFUSED, REFUSED_MICROS);
        } else {
            watch();
        }
    }

    /** Sends the answer back. */
    public void answer(A answer) {
        long arrival = caller.ring().network().send(to, caller.endpoint(), new Answer(answer));
        if (arrival < 0 || arrival > deadline) {
            watch();
        }
    }

    /** The answer gets back to who asked. */
    private final class Answer implements EventQueue.Foreseen {
        private final A answer;

        Answer(A answer) {
            this.answer = answer;
        }

        @Override
        public EventQueue.Subject subject() {
            return caller;
        }

        @Override
        public void run() {
            if (caller.running()) {
                happen();
            } else {
                caller.run(this::happen);
            }
        }

        private void happen() {
            if (!ended) {
                ended = true;
                exchange.answered(answer);
            }
        }
    }

    /** Sends back that there will be no answer. */
    public void decline(Event.Failure why) {
        caller.ring().network().send(to, caller.endpoint(), () -> caller.run(() -> failed(why)));
        watch();
    }

    /** The process is there, but hosts no such member. */
    public void unknownMember() {
        decline(new Event.Failure("no such member there", true));
    }

    /** From now on somebody has to look at the clock. */
    void watch() {
        if (!watched && !ended) {
            watched = true;
            fail(SILENT, Math.max(0, deadline - caller.ring().simulation().now()));
        }
    }

    private void fail(Event.Failure why, long after) {
        caller.ring().simulation().after(after, () -> caller.run(() -> failed(why)));
    }

    private void failed(Event.Failure why) {
        if (!ended) {
            ended = true;
            exchange.failed(why);
        }
    }
}
