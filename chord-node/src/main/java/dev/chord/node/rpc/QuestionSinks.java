package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.records.RecordHost.Sink;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

/** Answers of a record engine as replies to calls. */
final class QuestionSinks {
    private QuestionSinks() {}

    /** For a call with one reply. */
    static <A, R> Sink<A> one(StreamObserver<R> out, Function<A, R> reply) {
        return new Sink<>() {
            @Override
            public void send(A answer, Consumer<Boolean> then) {
                Answers.late(out, () -> reply.apply(answer));
                then.accept(true);
            }

            @Override
            public void end() {
                // the only answer was the end
            }

            @Override
            public void refuse(String why) {
                refused(out, why);
            }
        };
    }

    /**
     * For a call with many replies, sent no faster than they are read. To be called from the method that the
     * call came in by.
     *
     * @param engine runs what goes on when more can be sent
     */
    static <A, R> Sink<A> many(StreamObserver<R> out, Function<A, R> reply, Executor engine) {
        ServerCallStreamObserver<R> reader = (ServerCallStreamObserver<R>) out;
        Many<A, R> sink = new Many<>(reader, reply, engine);
        reader.setOnReadyHandler(sink::ready);
        reader.setOnCancelHandler(sink::ready);
        return sink;
    }

    private static final class Many<A, R> implements Sink<A> {
        private final ServerCallStreamObserver<R> out;
        private final Function<A, R> reply;
        private final Executor engine;
        private final AtomicReference<Consumer<Boolean>> waiting = new AtomicReference<>();

        Many(ServerCallStreamObserver<R> out, Function<A, R> reply, Executor engine) {
            this.out = out;
            this.reply = reply;
            this.engine = engine;
        }

        @Override
        public void send(A answer, Consumer<Boolean> then) {
            if (!sent(reply.apply(answer))) {
                then.accept(false);
                return;
            }
            waiting.set(then);
            if (out.isReady() || out.isCancelled()) {
                ready();
            }
        }

        private boolean sent(R message) {
            try {
                out.onNext(message);
                return true;
            } catch (RuntimeException e) {
                return false; // the caller has gone, or its time was up
            }
        }

        // From the network's threads too; whoever comes first goes on.
        private void ready() {
            Consumer<Boolean> then = waiting.getAndSet(null);
            if (then != null) {
                goOn(then);
            }
        }

        private void goOn(Consumer<Boolean> then) {
            try {
                engine.execute(() -> then.accept(!out.isCancelled()));
            } catch (ChordException e) {
                refuse("this node is too busy, or stopping");
            }
        }

        @Override
        public void end() {
            try {
                out.onCompleted();
            } catch (RuntimeException e) {
                waiting.set(null); // it is over already
            }
        }

        @Override
        public void refuse(String why) {
            refused(out, why);
        }
    }

    private static void refused(StreamObserver<?> out, String why) {
        Answers.lateRefusal(out, new ChordException(ErrorCode.UNREACHABLE, why, "ask again"));
    }
}
