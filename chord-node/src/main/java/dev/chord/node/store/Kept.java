package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** Whether a block was here before, or why it was not stored. */
public record Kept(boolean known, Optional<ChordException> refused) {
    static final Kept KNOWN = new Kept(true, Optional.empty());
    static final Kept NEW = new Kept(false, Optional.empty());

    static Kept refused(Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return new Kept(
                false,
                Optional.of(
                        why instanceof ChordException chord
                                ? chord
                                : new ChordException(
                                        ErrorCode.INTERNAL, "storing failed: " + why, "see the node's log", why)));
    }

    /** Whether it was here before. */
    public boolean orThrow() {
        if (refused.isPresent()) {
            throw refused.get();
        }
        return known;
    }
}
