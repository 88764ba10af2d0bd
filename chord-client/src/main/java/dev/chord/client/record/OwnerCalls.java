package dev.chord.client.record;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.Time;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.NotOwner;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Puts questions to the owners of keys, whoever that is by then, until one answers, or it is certain that
 * none may, or time is up.
 */
final class OwnerCalls {
    static final Duration CALL_LIMIT = Duration.ofSeconds(3);
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 250;
    // How long to wait for an owner, try by try: all may be asked again without harm, and others may own the
    // key by then.
    private static final List<Duration> PATIENCE = List.of(
            Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(2), CALL_LIMIT);
    private static final Duration SILENT_PATIENCE = Duration.ofMillis(500); // with one that was silent a moment ago
    private static final Duration WARY_PATIENCE = Duration.ofMillis(700); // when another one was
    private static final int FEW = 3;
    private static final Duration REFUSED_AFTER =
            Duration.ofSeconds(2); // holders that are only slow have answered by then

    private final KeyLocator locator;
    private final Time time;
    private final Await await;

    OwnerCalls(KeyLocator locator, Time time) {
        this.locator = locator;
        this.time = time;
        this.await = new Await(time);
    }

    /** One question to one member: an answer, or who else to ask. */
    interface Question<T> {
        /** Empty: the member is not the owner, and {@code hint} may name a better one. */
        Optional<T> ask(Peer peer, Duration limit, List<Peer> hint);
    }

    /** Takes in that a member does not own a key. */
    static void note(NotOwner answer, List<Peer> hint) {
        if (answer.getRefused()) {
            throw new Refused(answer);
        }
        if (answer.hasHint()) {
            hint.add(WireCodec.in(answer.getHint()));
        }
    }

    /**
     * The member that owns a key may not speak for it: too few of its holders are in reach, as on one side of
     * a cut.
     */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final boolean inVain;

        Refused(NotOwner answer) {
            super(why(WireCodec.in(answer.getMissingList()), answer.getInVain()));
            this.inVain = answer.getInVain();
        }

        private static String why(List<Peer> missing, boolean inVain) {
            if (!inVain) {
                return "the holders of this key are agreeing on who they are";
            }
            return missing.isEmpty()
                    ? "nobody in reach knows who keeps this key"
                    : "too few of the holders of this key are in reach to speak for it; silent are "
                            + missing.stream()
                                    .map(peer -> peer.endpoint().toString())
                                    .collect(Collectors.joining(", "));
        }
    }

    /** What may be told of a key though its owner does not answer, found out within a time. */
    interface Fallback<T> {
        Optional<T> without(Peer owner, Duration left);
    }

    <T> T ask(Identifier key, Duration limit, boolean writes, Question<T> question, Fallback<T> fallback) {
        long start = time.nanos();
        long end = start + limit.toNanos();
        long pause = FIRST_PAUSE_MILLIS;
        String last = "nobody was asked";
        boolean mayHaveActed = false;
        boolean refused = false;
        Optional<Peer> silentOwner = Optional.empty();
        int silent = 0;
        while (time.nanos() < end) {
            refused = false;
            boolean asked = false;
            try {
                List<Peer> chain = locator.chain(key, Duration.ofNanos(end - time.nanos()));
                Peer owner = chain.get(0);
                int before = silentOwner.filter(owner::equals).isPresent() ? silent : 0;
                long patience = time.nanos() + patience(owner, before).toNanos();
                asked = true;
                Optional<T> answer = ask(owner, question, Math.min(end, patience));
                if (answer.isPresent()) {
                    return answer.get();
                }
                last = owner + " does not own the key now";
            } catch (Refused e) {
                refused = true;
                last = String.valueOf(e.getMessage());
                if (e.inVain && isLate(start)) {
                    break;
                }
            } catch (OwnerSilent e) {
                silent = silentOwner.filter(e.owner::equals).isPresent() ? silent + 1 : 1;
                silentOwner = Optional.of(e.owner);
                last = String.valueOf(e.getMessage());
                mayHaveActed |= writes && e.mayHaveActed();
                Optional<T> answer = fallback.without(e.owner, left(end, CALL_LIMIT));
                if (answer.isPresent()) {
                    return answer.get();
                }
                refused = isLate(start) && locator.isCutOff(left(end, SILENT_PATIENCE));
                if (refused) {
                    last += ", and this side of a cut has no ring";
                    break;
                }
            } catch (ChordException | OwnerFailed e) {
                ChordException why = e instanceof OwnerFailed failed ? failed.why : (ChordException) e;
                if (!why.code().retryable()) {
                    // it may be this write itself that is in the way
                    throw mayHaveActed ? unanswered(key, String.valueOf(why.getMessage()), true) : why;
                }
                mayHaveActed |= writes && asked && why.code() != ErrorCode.UNREACHABLE;
                last = String.valueOf(why.getMessage());
                refused = locator.isCutOff();
                if (refused && isLate(start)) {
                    break;
                }
            }
            locator.forget(key);
            await.pause(Duration.ofMillis(Math.min(pause, Math.max(1, (end - time.nanos()) / 1_000_000))));
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
        if (refused && !mayHaveActed) {
            throw new ChordException(
                    ErrorCode.UNREACHABLE,
                    "refused: " + last,
                    "'chord ring check' names those that are waited for; try again when they are back, or a node on their side");
        }
        throw unanswered(key, last, mayHaveActed);
    }

    private static ChordException unanswered(Identifier key, String last, boolean mayHaveActed) {
        return new ChordException(
                ErrorCode.DEADLINE,
                "no owner of key " + key.abbreviated() + " answered in time: " + last
                        + (mayHaveActed ? "; whether it was written is unknown" : ""),
                "the ring may be healing: see 'chord ring check', "
                        + (mayHaveActed ? "read again, and decide" : "and try again"));
    }

    private Duration left(long end, Duration most) {
        Duration left = Duration.ofNanos(Math.max(0, end - time.nanos()));
        return left.compareTo(most) < 0 ? left : most;
    }

    private boolean isLate(long start) {
        return time.nanos() - start > REFUSED_AFTER.toNanos();
    }

    private Duration patience(Peer owner, int silentBefore) {
        if (silentBefore < FEW && locator.isSilent(owner)) {
            return SILENT_PATIENCE;
        }
        return silentBefore == 0 && locator.isWary()
                ? WARY_PATIENCE
                : PATIENCE.get(Math.min(silentBefore, PATIENCE.size() - 1));
    }

    /** The member that should own a key did not answer. */
    private static final class OwnerSilent extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Peer owner;

        OwnerSilent(Peer owner, ChordException cause) {
            super(cause.getMessage(), cause);
            this.owner = owner;
        }

        // A refused connection is the one silence after which nothing can have happened.
        boolean mayHaveActed() {
            Throwable cause = this;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return !(cause instanceof ConnectException);
        }
    }

    /** It did answer: that it could not do it. */
    private static final class OwnerFailed extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient ChordException why;

        OwnerFailed(ChordException why) {
            super(why.getMessage(), why);
            this.why = why;
        }
    }

    /** What a question ends with whose owner answers that it could not do it. */
    static RuntimeException failed(ChordException why) {
        return new OwnerFailed(why);
    }

    // Follows one hint; more would be a ring that is just changing, for which asking again is better.
    private <T> Optional<T> ask(Peer peer, Question<T> question, long end) {
        List<Peer> hints = new ArrayList<>();
        Optional<T> answer = once(peer, question, end, hints);
        if (answer.isEmpty() && !hints.isEmpty() && !hints.get(0).equals(peer)) {
            return once(hints.get(0), question, end, new ArrayList<>());
        }
        return answer;
    }

    private <T> Optional<T> once(Peer peer, Question<T> question, long end, List<Peer> hints) {
        Duration left = Duration.ofNanos(Math.max(1_000_000, end - time.nanos()));
        try {
            return question.ask(peer, left.compareTo(CALL_LIMIT) < 0 ? left : CALL_LIMIT, hints);
        } catch (MalformedMessageException e) {
            throw new ChordException(
                    ErrorCode.UNFINISHED,
                    peer + " answered " + e.getMessage(),
                    "try again",
                    e); // somebody else may own it soon
        } catch (StatusRuntimeException | ChordException e) {
            ChordException why = WireErrors.fromStatus(e, peer.endpoint());
            if (WireErrors.isAnswer(e)) {
                throw new OwnerFailed(why);
            }
            if (why.code() == ErrorCode.UNREACHABLE || why.code() == ErrorCode.DEADLINE) {
                locator.avoid(peer);
                throw new OwnerSilent(peer, why);
            }
            throw why;
        }
    }
}
