package dev.chord.client.locate;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.wire.RingCalls;
import dev.chord.client.wire.Time;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;

/**
 * Asks where a ring may be, in the order given and a moment apart: an address that hangs does not hold up the
 * next one.
 */
public final class Seeds {
    private static final Duration APART = Duration.ofMillis(300);
    private static final Duration GRACE = Duration.ofMillis(200); // for calls to say that their time is up

    private Seeds() {}

    /** What came of one address: an answer, or why there is none. */
    public record Answer(Endpoint seed, Optional<Reply.Neighborhood> at, Optional<ChordException> failure) {}

    /** What came of them, up to the first one that is as wanted, or of all in time. */
    public static List<Answer> ask(
            RingCalls calls, List<Endpoint> seeds, Duration limit, Predicate<Reply.Neighborhood> wanted) {
        Time time = calls.around().time();
        long end = time.nanos() + limit.toNanos();
        Time.Inbox<Answer> heard = time.inbox();
        List<Answer> answers = new ArrayList<>();
        int asked = 0;
        while (answers.size() < seeds.size()) {
            if (asked < seeds.size()) {
                start(calls, seeds.get(asked++), end - time.nanos(), heard);
            }
            boolean all = asked == seeds.size();
            long patience = all ? end - time.nanos() + GRACE.toNanos() : APART.toNanos();
            Optional<Answer> answer = calls.around().await().next(heard, patience);
            answer.ifPresent(answers::add);
            boolean enough = answer.flatMap(Answer::at).filter(wanted).isPresent();
            if (enough || all && answer.isEmpty()) {
                break;
            }
        }
        return answers;
    }

    private static void start(RingCalls calls, Endpoint seed, long nanosLeft, Time.Inbox<Answer> heard) {
        Duration left = Duration.ofNanos(Math.max(1_000_000, nanosLeft));
        ListenableFuture<Reply> call = calls.start(seed, Optional.empty(), new Request.GetNeighborhood(), left);
        call.addListener(() -> heard.add(outcome(seed, call)), MoreExecutors.directExecutor());
    }

    private static Answer outcome(Endpoint seed, ListenableFuture<Reply> call) {
        try {
            Reply reply = Objects.requireNonNull(Futures.getDone(call));
            return new Answer(seed, Optional.of(RingCalls.neighborhood(seed, reply)), Optional.empty());
        } catch (ExecutionException | CancellationException e) {
            Throwable why = Objects.requireNonNullElse(e.getCause(), e);
            return new Answer(seed, Optional.empty(), Optional.of(WireErrors.fromStatus(why, seed)));
        } catch (ChordException e) {
            return new Answer(seed, Optional.empty(), Optional.of(e));
        }
    }
}
