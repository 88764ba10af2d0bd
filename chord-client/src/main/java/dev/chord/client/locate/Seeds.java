package dev.chord.client.locate;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.RingReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Asks where a ring may be, in the order given and a moment apart: an address that hangs does not hold up the next one. */
public final class Seeds {
    private static final Duration APART = Duration.ofMillis(300);
    private static final Duration GRACE = Duration.ofMillis(200); // for calls to say that their time is up

    private Seeds() {}

    /** What came of one address: an answer, or why there is none. */
    public record Answer(Endpoint seed, Optional<Reply.Neighborhood> at, Optional<ChordException> failure) {}

    /** What came of them, up to the first one that is as wanted, or of all in time. */
    public static List<Answer> ask(
            RingCalls calls, List<Endpoint> seeds, Duration limit, Predicate<Reply.Neighborhood> wanted) {
        long end = System.nanoTime() + limit.toNanos();
        BlockingQueue<Answer> heard = new LinkedBlockingQueue<>();
        List<Answer> answers = new ArrayList<>();
        int asked = 0;
        while (answers.size() < seeds.size()) {
            if (asked < seeds.size()) {
                start(calls, seeds.get(asked++), end, heard);
            }
            boolean all = asked == seeds.size();
            Optional<Answer> answer = next(heard, all ? end - System.nanoTime() + GRACE.toNanos() : APART.toNanos());
            answer.ifPresent(answers::add);
            boolean enough = answer.flatMap(Answer::at).filter(wanted).isPresent();
            if (enough || all && answer.isEmpty()) {
                break;
            }
        }
        return answers;
    }

    private static void start(RingCalls calls, Endpoint seed, long end, BlockingQueue<Answer> heard) {
        Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
        ListenableFuture<RingReply> call = calls.start(
                seed, RingCodec.out(Optional.empty(), Optional.empty(), new Request.GetNeighborhood()), left);
        call.addListener(() -> heard.add(outcome(seed, call)), MoreExecutors.directExecutor());
    }

    private static Answer outcome(Endpoint seed, ListenableFuture<RingReply> call) {
        try {
            RingReply reply = Objects.requireNonNull(Futures.getDone(call));
            return new Answer(seed, Optional.of(RingCalls.neighborhood(seed, reply)), Optional.empty());
        } catch (ExecutionException | CancellationException e) {
            Throwable why = Objects.requireNonNullElse(e.getCause(), e);
            return new Answer(seed, Optional.empty(), Optional.of(WireErrors.fromStatus(why, seed)));
        } catch (ChordException e) {
            return new Answer(seed, Optional.empty(), Optional.of(e));
        }
    }

    private static Optional<Answer> next(BlockingQueue<Answer> heard, long nanos) {
        try {
            return Optional.ofNullable(heard.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }
}
