package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.WireErrors;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How services answer: a value, or an error of the catalogue, and never a stack trace. */
public final class Answers {
    private static final Logger log = LoggerFactory.getLogger(Answers.class);
    private static final int MOST_TOLD = 1000;
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();
    private static final long READY_NANOS = 30_000_000_000L;

    private Answers() {}

    public static <T> void one(StreamObserver<T> out, Supplier<T> work) {
        T value;
        try {
            value = work.get();
        } catch (RuntimeException | OutOfMemoryError e) {
            out.onError(status(e));
            return;
        }
        out.onNext(value);
        out.onCompleted();
    }

    /** Does something for a call that is answered later; what is thrown is its answer. */
    static void guarded(StreamObserver<?> out, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            out.onError(status(e));
        }
    }

    /**
     * Sends the only reply to a call out of a callback of somebody who must not hear of its trouble: the call
     * may be over by now, because its time was up.
     */
    static <T> void late(StreamObserver<T> out, Supplier<T> reply) {
        try {
            one(out, reply);
        } catch (RuntimeException e) {
            log.debug("a call was over before its answer: {}", e.getMessage());
        }
    }

    /** The same for a call that is refused. */
    static void lateRefusal(StreamObserver<?> out, ChordException why) {
        try {
            out.onError(status(why));
        } catch (RuntimeException e) {
            log.debug("a call was over before its refusal: {}", e.getMessage());
        }
    }

    /** @throws ChordException USAGE if a message holds more questions than one may */
    static void limit(int questions) {
        if (questions > Batches.MOST) {
            throw new ChordException(
                    ErrorCode.USAGE, "too many questions in one message", Batches.MOST + " are the limit");
        }
    }

    /**
     * To be called now and then by what takes long.
     *
     * @throws ChordException UNFINISHED if the caller of the current call has gone, or its time is up: nobody
     *     would read the answer
     */
    static void stillWanted() {
        if (Context.current().isCancelled()) {
            throw new ChordException(ErrorCode.UNFINISHED, "the caller has gone", "");
        }
    }

    /**
     * Answers with messages that are made one by one as their reader takes them: a reader that does not read
     * holds no thread. To be called from the method that the call came in by.
     */
    static <T> void stream(StreamObserver<T> out, Supplier<Iterator<T>> messages) {
        ServerCallStreamObserver<T> reader = (ServerCallStreamObserver<T>) out;
        try {
            Runnable pull = pull(reader, messages.get());
            reader.setOnReadyHandler(pull);
            pull.run();
        } catch (RuntimeException e) {
            out.onError(status(e));
        }
    }

    // Runs one after the other for one call, on its threads.
    private static <T> Runnable pull(ServerCallStreamObserver<T> reader, Iterator<T> messages) {
        AtomicBoolean over = new AtomicBoolean();
        return () -> {
            try {
                while (!over.get() && reader.isReady()) {
                    stillWanted();
                    if (messages.hasNext()) {
                        reader.onNext(messages.next());
                    } else {
                        over.set(true);
                        reader.onCompleted();
                    }
                }
            } catch (RuntimeException e) {
                over.set(true);
                reader.onError(status(e));
            }
        };
    }

    /** Work that sends many messages through a {@link Sender}. */
    public interface Streaming<T> {
        void run(Sender<T> sender);
    }

    public static <T> void many(StreamObserver<T> out, Streaming<T> work) {
        try {
            work.run(new Sender<>((ServerCallStreamObserver<T>) out));
        } catch (RuntimeException e) {
            out.onError(status(e));
            return;
        }
        out.onCompleted();
    }

    static StatusRuntimeException status(Throwable failure) {
        return WireErrors.toStatus(error(failure));
    }

    /**
     * A call failed for a reason nobody thought of: each kind is told once, or whoever found it could fill
     * the log.
     */
    static void unforeseen(Throwable why) {
        StackTraceElement[] trace = why.getStackTrace();
        String kind = why.getClass().getName() + (trace.length == 0 ? "" : " at " + trace[0]);
        if (TOLD.size() < MOST_TOLD && TOLD.add(kind)) {
            log.error("a call failed for a reason nobody thought of; more of the kind are not logged", why);
        }
    }

    /** What a failure is called in the catalogue. */
    static ChordException error(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ChordException chord) {
            return chord;
        }
        if (cause instanceof OutOfMemoryError) {
            return new ChordException(ErrorCode.UNFINISHED, "this node is out of memory", "try again, or ask another");
        }
        if (cause instanceof MalformedMessageException malformed) {
            return new ChordException(
                    ErrorCode.USAGE, "malformed message: " + malformed.getMessage(), "compare versions");
        }
        if (Context.current().isCancelled()) {
            return new ChordException(ErrorCode.UNFINISHED, "the caller has gone", ""); // what fails then is no bug
        }
        unforeseen(cause);
        return new ChordException(ErrorCode.INTERNAL, "internal error", "see the node's log");
    }

    /** Sends no faster than the reader reads: a slow reader costs no memory. */
    public static final class Sender<T> {
        private final ServerCallStreamObserver<T> out;

        Sender(ServerCallStreamObserver<T> out) {
            this.out = out;
        }

        public void send(T message) {
            stillWanted();
            long end = System.nanoTime() + READY_NANOS;
            while (!out.isReady()) {
                stillWanted();
                if (System.nanoTime() > end) {
                    throw new ChordException(ErrorCode.UNFINISHED, "the reader went away", "");
                }
                pause();
            }
            out.onNext(message);
        }

        // isReady turns true on a network thread; its handler cannot be set once the call has begun, so look
        // again soon.
        private static void pause() {
            try {
                TimeUnit.MILLISECONDS.sleep(2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            }
        }
    }
}
