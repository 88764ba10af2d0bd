package dev.chord.client.transfer;

import dev.chord.proto.v1.GetBlockRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One peer asked for one block. What it brings belongs to whoever takes it first; {@link #end} gives back what nobody took. */
final class BlockCall {
    private final ClientCall<GetBlockRequest, ReceivedBlock> call;
    private final AtomicReference<@Nullable ReceivedBlock> brought = new AtomicReference<>();
    private volatile boolean ended;

    private BlockCall(ClientCall<GetBlockRequest, ReceivedBlock> call) {
        this.call = call;
    }

    /**
     * Asks.
     *
     * @param done told once, on a network thread: this call, and what went wrong with it if anything did
     */
    static BlockCall start(
            Channel channel,
            CallOptions options,
            GetBlockRequest request,
            BiConsumer<BlockCall, Optional<Throwable>> done) {
        BlockCall started = new BlockCall(channel.newCall(ReceivedBlock.METHOD, options));
        started.call.start(started.new Listener(done), new Metadata());
        try {
            started.call.sendMessage(request);
            started.call.halfClose();
            started.call.request(2); // a second answer would be an error, and is seen this way
        } catch (RuntimeException e) {
            started.call.cancel("it could not be asked", e);
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
        call.cancel("no longer wanted", null);
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
                call.cancel("two answers to one question", null);
            }
            if (ended) { // this may have been missed when it ended
                take().ifPresent(ReceivedBlock::close);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
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
