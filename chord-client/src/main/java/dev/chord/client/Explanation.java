package dev.chord.client;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import java.util.List;

/**
 * Where everything that belongs to a file is, beside where it should be.
 *
 * @param record who has the record of the name; empty if it was asked for by content id
 * @param parts the blocks, those with the same holders together
 */
public record Explanation(Located located, List<RecordCopy> record, List<Part> parts) {
    /** How a holder stands to what it should hold. */
    public enum State {
        /** Should have it and has it. */
        GOOD,
        /** Has an older version. */
        STALE,
        /** Should have it and does not. */
        MISSING,
        /** Does not answer. */
        SILENT,
        /** Has it and need not: it goes once those who should have it say that they do. */
        SURPLUS
    }

    /**
     * A record as one holder has it.
     *
     * @param version {@link Version#NONE}: it has none
     */
    public record RecordCopy(Peer peer, String role, Version version, State state) {}

    /**
     * Blocks with the same holders.
     *
     * @param chunks how many of the file's blocks these are; its manifest is one of them
     * @param copies how many copies of each there should be
     */
    public record Part(List<Identifier> chunks, int copies, List<BlockCopies> holders) {
        /** Of how many of the blocks there are fewer copies than there should be. */
        public int tooFew() {
            int good = 0;
            for (int i = 0; i < chunks.size(); i++) {
                int at = i;
                long held = holders.stream().filter(h -> h.held().get(at)).count();
                good += held >= copies ? 1 : 0;
            }
            return chunks.size() - good;
        }
    }

    /**
     * What one holder has of a part.
     *
     * @param held for each block whether it has it
     */
    public record BlockCopies(Peer peer, State state, List<Boolean> held) {
        public long count() {
            return held.stream().filter(h -> h).count();
        }
    }

    /** Whether everything is where it should be. */
    public boolean inPlace() {
        return record.stream().allMatch(r -> r.state() == State.GOOD)
                && parts.stream().flatMap(p -> p.holders().stream()).allMatch(h -> h.state() == State.GOOD);
    }
}
