package dev.chord.client.transfer;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One peer asked for one block. What it brings belongs to whoever takes it first; {@link #end} gives back
 * what nobody took.
 */
final class BlockCall {
    private final Consumer<String> cancel;
    private final AtomicReference<@Nullable ReceivedBlock> brought = new AtomicReference<>();
    private volatile boolean ended;
    private volatile boolean over;

    private BlockCall(Consumer<String> cancel) {
        this.cancel = cancel;
    }

    /**
     * Asks for one among others.
     *
     * @param done told once: this call, and what went wrong with it if anything did
     */
    static BlockCall among(ListenableFuture<GetBlockReply> answer, BiConsumer<BlockCall, Optional<Throwable>> done) {
        BlockCall started = new BlockCall(why -> answer.cancel(false));
        Futures.addCallback(
                answer,
                new FutureCallback<>() {
                    @Override
                    public void onSuccess(@Nullable GetBlockReply reply) {
                        started.brought.set(ReceivedBlock.of(Objects.requireNonNull(reply)));
                        done.accept(started, Optional.empty());
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        done.accept(started, Optional.of(failure));
                    }
                },
                MoreExecutors.directExecutor());
        return started;
    }

    /**
     * Asks in a call of its own.
     *
     * @param done told once, on a network thread: this call, and what went wrong with it if anything did
     */
    static BlockCall alone(
            Channel channel,
            CallOptions options,
            GetBlockRequest request,
            BiConsumer<BlockCall, Optional<Throwable>> done) {
        ClientCall<GetBlockRequest, ReceivedBlock> call = channel.newCall(ReceivedBlock.METHOD, options);
        BlockCall started = new BlockCall(why -> call.cancel(why, null));
        call.start(started.new Listener(done), new Metadata());
        try {
            call.sendMessage(request);
            call.halfClose();
            call.request(2); // a second answer would be an error, and is seen this way
        } catch (RuntimeException e) {
            call.cancel("it could not be asked", e);
            throw e;
        }
        return started;
    }

    /** The block, if it has come and nobody has taken it. Who takes it closes it. */
    Optional<ReceivedBlock> take() {
        return Optional.ofNullable(brought.getAndSet(null));
    }

    /** Nobody wants it any more. */
    void end() {
        ended = true;
        if (!over) { // what is over must not be touched: its connection may be gone
            cancel.accept("no longer wanted");
        }
        take().ifPresent(ReceivedBlock::close);
    }

    private final class Listener extends ClientCall.Listener<ReceivedBlock> {
        private final BiConsumer<BlockCall, Optional<Throwable>> done;

        Listener(BiConsumer<BlockCall, Optional<Throwable>> done) {
            this.done = done;
        }

        @Override
        public void onMessage(ReceivedBlock block) {
            ReceivedBlock earlier = brought.getAndSet(block);
            if (earlier != null) {
                earlier.close();
                cancel.accept("two answers to one question");
            }
            if (ended) { // this may have been missed when it ended
                take().ifPresent(ReceivedBlock::close);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            over = true;
            if (!status.isOk()) {
                take().ifPresent(ReceivedBlock::close);
                done.accept(BlockCall.this, Optional.of(status.asRuntimeException(trailers)));
            } else if (brought.get() == null) {
                Status why = ended ? Status.CANCELLED : Status.INTERNAL.withDescription("an answer without a message");
                done.accept(BlockCall.this, Optional.of(why.asRuntimeException()));
            } else {
                done.accept(BlockCall.this, Optional.empty());
            }
        }
    }
}
