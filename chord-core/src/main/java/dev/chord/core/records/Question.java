package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one record engine asks of another. Each may be lost, come twice or late, and be carried out though its
 * answer is lost.
 *
 * @param <A> what is answered, once; {@link Pull} and {@link Release} are answered by a stream of batches
 */
public sealed interface Question<A> {
    /**
     * Keep copies of records.
     *
     * @param owner who orders writes for these keys; empty: repair brings them
     * @param news an epoch of ownership that is about to begin, which the receiver remembers; 0: none
     * @param tenure epoch of the tenure they belong to; 0: none
     */
    record Replicate(Optional<Peer> owner, List<Record> records, long news, long tenure) implements Question<Kept> {}

    /**
     * Promise to serve no tenure before this epoch in the arcs. Epoch 0 promises nothing: it asks what
     * is claimed.
     */
    record Promise(List<Arc> arcs, long epoch) implements Question<Promised> {}

    /**
     * Note a tenure.
     *
     * @param begun whether it has begun; otherwise it is about to
     */
    record Note(List<Arc> arcs, Tenure tenure, boolean begun) implements Question<Word> {}

    /**
     * Whether the tenure of this epoch is still served in all of the arc; then it is for the length of a
     * lease more.
     */
    record Lease(Arc arc, long epoch) implements Question<Word> {}

    /**
     * Which of these versions are lacking there, by their places in the list.
     *
     * @param keep microseconds for which no record is to be let go there
     */
    record Compare(List<Record.Digest> digests, long keep) implements Question<List<Integer>> {}

    /** What is there of an arc, in little space; no record is let go there for so many microseconds. */
    record Fingerprint(Arc arc, long keep) implements Question<Fingerprints> {}

    /** Whether the process is there. */
    record Presence() implements Question<Boolean> {}

    /**
     * Copies of the records of an arc; changes nothing.
     *
     * @param here fingerprints of what the asker has: only parts that differ are sent
     * @param since goes on after a position that was sent before
     */
    record Pull(Arc arc, Optional<Fingerprints> here, long since) implements Question<Batch> {}

    /**
     * Stop writing in an arc, send what changed since, give the arc up.
     *
     * @param target the member that is asked
     * @param asHead whether the taker believes that this member comes right after it
     */
    record Release(Arc arc, Peer taker, long since, Identifier target, boolean asHead) implements Question<Batch> {}

    // ---- answers

    /** Whether copies were kept. */
    enum Kept {
        KEPT,
        /** A later tenure was promised, or another process was meant. */
        SUPERSEDED,
        /** The process asked owns one of the keys itself. */
        NOT_OWNER
    }

    /** Whether what was asked is done, and what is claimed where it is not. */
    record Word(boolean agreed, List<ArcMap.Piece<Claim>> claims) {}

    /**
     * What a holder says to {@link Promise}.
     *
     * @param claims as they were before
     * @param leaseLeft microseconds for which an owner may rely on what was given to it
     */
    record Promised(boolean agreed, List<ArcMap.Piece<Claim>> claims, Map<Identifier, Long> givenUp, long leaseLeft) {}

    /**
     * A part of what was asked for.
     *
     * @param position in the sender's log of changes
     * @param end of a release: what has become of the arc
     */
    record Batch(List<Record> records, long position, Optional<Released> end) {}

    /**
     * The end of a release.
     *
     * @param given whether the arc was the sender's, and is the taker's now
     * @param settled whether the sender owns its own arc
     * @param epoch the highest that the sender has heard of
     */
    record Released(boolean given, boolean settled, long epoch) {}
}
