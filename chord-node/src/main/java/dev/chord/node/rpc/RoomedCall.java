package dev.chord.node.rpc;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One call and what it holds of the {@link CallRoom}. It holds that until it has been answered, or its caller
 * has gone, and nothing works for it any more; whether the answer is read has no part in that. Thread-safe:
 * whoever closes it first has closed it, and what is sent after that is not.
 */
final class RoomedCall<Q, P> extends SimpleForwardingServerCall<Q, P> {
    private final CallRoom room;
    private final Object caller;
    private final Executor threads;
    private final boolean asksOnce;
    // guarded by this, as all below
    private long arriving; // bytes of a request that is not complete
    private long inHand; // bytes of one that is
    private @Nullable FairRoom permits; // where its permit is from
    private boolean complete;
    private int working;
    private boolean closed;
    private boolean gone;
    private volatile long lastMove = System.nanoTime();

    /** @param threads carry what comes once the request is complete, one after the other */
    RoomedCall(CallRoom room, ServerCall<Q, P> call, Object caller, Executor threads) {
        super(call);
        this.room = room;
        this.caller = caller;
        this.asksOnce = call.getMethodDescriptor().getType().clientSendsOneMessage();
        this.threads =
                threads == MoreExecutors.directExecutor() ? threads : MoreExecutors.newSequentialExecutor(threads);
    }

    Object caller() {
        return caller;
    }

    // ---- what comes, on a network thread

    /** Bytes of the request have come. */
    void bytes(long count) {
        synchronized (this) {
            if (complete || closed || gone) {
                return;
            }
            lastMove = System.nanoTime();
            if (room.arriving().take(caller, count)) {
                arriving += count;
                return;
            }
        }
        refuse("too many bytes of unfinished requests here: send fewer at a time");
    }

    /** The stream has ended, whoever ended it. */
    synchronized void gone() {
        gone = true;
        settle();
    }

    ServerCall.Listener<Q> told(ServerCall.Listener<Q> next) {
        return new SimpleForwardingServerCallListener<>(next) {
            @Override
            public void onMessage(Q message) {
                if (asksOnce) {
                    super.onMessage(message);
                } else if (admitted()) {
                    work(() -> super.onMessage(message));
                }
            }

            @Override
            public void onHalfClose() {
                if (admitted()) {
                    work(() -> {
                        if (isWanted()) { // else its caller went while it waited for its turn
                            super.onHalfClose();
                        }
                    });
                }
            }

            @Override
            public void onReady() {
                lastMove = System.nanoTime();
                tell(super::onReady);
            }

            @Override
            public void onCancel() {
                tell(super::onCancel);
            }

            @Override
            public void onComplete() {
                tell(super::onComplete);
            }

            private void tell(Runnable task) {
                if (isComplete()) {
                    work(task);
                } else {
                    task.run();
                }
            }
        };
    }

    private synchronized boolean isWanted() {
        return !gone && !closed;
    }

    private synchronized boolean isComplete() {
        return complete;
    }

    // The request is complete, or the first of many is: now the call takes what it needs.
    private boolean admitted() {
        synchronized (this) {
            if (closed || gone) {
                return false;
            }
            if (complete) {
                return true;
            }
            long bytes = arriving;
            room.arriving().give(caller, bytes);
            arriving = 0;
            lastMove = System.nanoTime();
            if (room.inHand().take(caller, bytes)) {
                inHand = bytes;
                permits = room.permit(caller, getMethodDescriptor());
                if (permits != null) {
                    complete = true;
                    return true;
                }
            }
        }
        refuse("too many calls at once: try again in a moment");
        return false;
    }

    // ---- work for it

    private void work(Runnable task) {
        synchronized (this) {
            working++;
        }
        try {
            threads.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException | Error e) {
                    Answers.unforeseen(e);
                    close(Status.INTERNAL.withDescription("internal error"), new Metadata());
                } finally {
                    ended();
                }
            });
        } catch (RejectedExecutionException e) {
            close(Status.UNAVAILABLE.withDescription("this node is stopping"), new Metadata());
            ended();
        }
    }

    private synchronized void ended() {
        working--;
        settle();
    }

    // Gives back what nobody works with any more.
    private synchronized void settle() {
        if (closed || gone) {
            room.arriving().give(caller, arriving);
            arriving = 0;
            if (working == 0) {
                room.inHand().give(caller, inHand);
                inHand = 0;
                if (permits != null) {
                    permits.give(caller, 1);
                    permits = null;
                }
            }
        }
        if (gone) {
            room.over(this);
        }
    }

    /**
     * Ends it if for so long no more of its request has come, or its caller has taken nothing of what
     * it streams.
     */
    void endIfStalled(long now, long limit) {
        if (now - lastMove < limit) {
            return;
        }
        boolean begun;
        synchronized (this) {
            if (closed || gone || working > 0) {
                return;
            }
            begun = complete;
        }
        if (!begun) {
            refuse("no more of the request came");
        } else if (!asksOnce || getMethodDescriptor().getType() == MethodType.SERVER_STREAMING && !super.isReady()) {
            refuse("nothing more of the answer was taken");
        }
    }

    private void refuse(String why) {
        room.refused(this);
        close(Status.RESOURCE_EXHAUSTED.withDescription(why), new Metadata());
    }

    // ---- what goes

    @Override
    public synchronized void sendHeaders(Metadata headers) {
        if (!closed) {
            super.sendHeaders(headers);
        }
    }

    @Override
    public synchronized void sendMessage(P message) {
        if (!closed) {
            lastMove = System.nanoTime();
            super.sendMessage(message);
        }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
        if (!closed) {
            closed = true;
            super.close(status, trailers);
            settle();
        }
    }
}
