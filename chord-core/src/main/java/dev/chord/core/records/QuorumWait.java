package dev.chord.core.records;

import dev.chord.core.ring.Peer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Counts the answers of several peers to one question: until all have come, or time is up, or a moment after
 * those so far are enough. What comes after the end does not count.
 */
final class QuorumWait<A> {
    private final RecordHost host;
    private final Count<A> count;
    private final Runnable done;
    private final long rest;
    private int left;
    private boolean enough;
    private boolean over;

    /** How one peer is asked; empty: it did not answer, or said something that is none. */
    interface Way<A> {
        void ask(Peer peer, Consumer<Optional<A>> answer);
    }

    /** Hears the answers one after the other. */
    interface Count<A> {
        /** Returns whether those so far are enough. */
        boolean heard(Peer peer, Optional<A> answer);
    }

    private QuorumWait(RecordHost host, int left, long rest, Count<A> count, Runnable done) {
        this.host = host;
        this.left = left;
        this.rest = rest;
        this.count = count;
        this.done = done;
    }

    /**
     * Asks all at the same time.
     *
     * @param limit until the end in any case
     * @param rest how long to wait for the others once it is enough
     */
    static <A> void gather(
            RecordHost host, Collection<Peer> peers, Wait wait, Way<A> way, Count<A> count, Runnable done) {
        List<Peer> all = List.copyOf(peers);
        QuorumWait<A> gathering = new QuorumWait<>(host, all.size(), wait.rest(), count, done);
        if (all.isEmpty()) {
            done.run();
            return;
        }
        host.after(wait.limit(), gathering::end);
        all.forEach(peer -> way.ask(peer, answer -> gathering.heard(peer, answer)));
    }

    /**
     * How long is waited.
     *
     * @param limit in any case
     * @param rest once it is enough
     */
    record Wait(long limit, long rest) {}

    private void heard(Peer peer, Optional<A> answer) {
        if (over) {
            return;
        }
        left--;
        boolean now = count.heard(peer, answer);
        if (left == 0) {
            end();
        } else if (now && !enough) {
            enough = true;
            host.after(rest, this::end);
        }
    }

    private void end() {
        if (!over) {
            over = true;
            done.run();
        }
    }
}
